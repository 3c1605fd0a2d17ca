"""Sends approved payouts through the rails that do it by themselves, each exactly once.

First the intent is committed (`sent`, with the attempt's number), then the rail is called with a key that names payout
and attempt, then its answer is committed. Whoever dies in between leaves a payout without an answer. Of such a one the
rail is asked first; if it knows nothing, the same attempt is repeated under the same key. Another attempt is made only
after one that certainly paid nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import ParamSpec, TypeVar

import structlog
from sqlalchemy import ColumnElement, Connection, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Refusal
from core.executors import BoundedExecutor
from core.jobs import Job
from money.payouts.approvals import Approvals
from money.payouts.checks import Checks
from money.payouts.notices import PayoutNotices
from money.payouts.rails import Accepted, Outcome, Paid, Payment, Rail, Refused
from money.payouts.states import COLUMNS, Payout, State, States, change, find, payout_of
from money.reconciliation.movements import remember
from money.tables import payouts

SEND = "money.send_payouts"
SEND_EVERY_S = 60.0
SILENCE_MS = 120_000  # longer than any call may take
RETRY_MS = 600_000  # after an attempt that was refused for now
ATTEMPTS_MAX = 5
PAGE_ROWS = 1_000
REASON_CHARS_MAX = 200

P = ParamSpec("P")
T = TypeVar("T")

log = structlog.get_logger("payouts")


class Sending:
    def __init__(
        self,
        database: Database,
        clock: Clock,
        states: States,
        checks: Checks,
        approvals: Approvals,
        rails: Mapping[str, Rail],
        notices: PayoutNotices,
        executor: BoundedExecutor,
    ) -> None:
        self._database = database
        self._clock = clock
        self._states = states
        self._checks = checks
        self._approvals = approvals
        self._rails = rails
        self._notices = notices
        self._executor = executor

    def run(self, job: Job) -> None:
        """One round. Blocks."""
        self.round()
        job.progress("sent", 100)

    def round(self) -> None:
        for payout in self._waiting("requested"):
            self._database.write(lambda c: self._check(c, payout.id))  # noqa: B023
        for payout in self._waiting("checked"):
            self._database.write(lambda c: self._approvals.approve_small(c, payout.id))  # noqa: B023
        for rail in self._rails.values():
            if rail.automatic:
                self._through(rail)

    def _through(self, rail: Rail) -> None:
        left: dict[str, int | None] = {}
        for payout in self._unanswered(rail):
            self._resume(rail, payout)
        for payout in chain(self._refused(rail), self._waiting("approved", rail.name)):
            if self._covered(rail, payout, left):
                self._attempt(rail, payout)

    def _covered(self, rail: Rail, payout: Payout, left: dict[str, int | None]) -> bool:
        """Whether the provider can move this much, beside what this round has sent already."""
        if payout.currency not in left:
            try:
                left[payout.currency] = self._call(rail.available, payout.currency)
            except Refusal:
                left[payout.currency] = 0
            if (have := left[payout.currency]) is not None and have < 0:
                log.error("negative balance at the provider", rail=rail.name, currency=payout.currency, minor=have)
        have = left[payout.currency]
        if have is not None and have < payout.net_minor:
            if payout.reason != "provider_balance":
                log.warning("the provider cannot move a payout", payout=payout.id, has=have, needs=payout.net_minor)
                self._database.write(lambda c: change(c, payout, reason="provider_balance"))
            return False
        left[payout.currency] = None if have is None else have - payout.net_minor
        return True

    def _attempt(self, rail: Rail, payout: Payout) -> None:
        payment = self._database.write(lambda c: self._begin(c, payout))
        if payment is not None:
            self._send(rail, payment)

    def _begin(self, connection: Connection, seen: Payout) -> Payment | None:
        """Commit the intent; None if the payout may not go, or somebody else has it."""
        now = self._clock()
        payout = find(connection, seen.id, lock=True)
        if payout is None or (payout.state, payout.attempt, payout.called_at) != (
            seen.state, seen.attempt, seen.called_at,
        ):  # fmt: skip
            return None
        if payout.state == "sent":  # after an attempt that was refused
            return _payment(change(connection, payout, attempt=payout.attempt + 1, answer="", called_at=now))
        if obstacle := self._checks.obstacle(connection, payout):
            self._notices.tell(connection, self._checks.stop(connection, payout, obstacle))
            return None
        sent = self._states.move(connection, payout.id, "sent", now, by=payout.rail, attempt=1, called_at=now)
        return _payment(sent) if sent else None

    def _resume(self, rail: Rail, payout: Payout) -> None:
        """Ask what became of an attempt without an answer, and repeat it if it never arrived."""
        if not self._database.write(lambda c: self._claim(c, payout)):
            return
        payment = _payment(payout)
        try:
            outcome = self._call(rail.ask, payment)
        except Refusal:
            return
        if outcome is None:
            self._send(rail, payment)
        else:
            self._database.write(lambda c: self.record(c, payout.id, outcome, payout.attempt))

    def _claim(self, connection: Connection, payout: Payout) -> bool:
        same = (
            payouts.c.id == payout.id, payouts.c.state == "sent", payouts.c.answer == "",
            payouts.c.attempt == payout.attempt, payouts.c.called_at == payout.called_at,
        )  # fmt: skip
        return connection.execute(update(payouts).where(*same).values(called_at=self._clock())).rowcount == 1

    def _send(self, rail: Rail, payment: Payment) -> None:
        try:
            outcome = self._call(rail.send, payment)
        except Refusal as silence:  # we do not know what it did: a later round asks
            log.warning("no answer about a payout", payout=payment.payout, attempt=payment.attempt, code=silence.code)
            return
        self._database.write(lambda c: self.record(c, payment.payout, outcome, payment.attempt))

    def record(self, connection: Connection, id: str, outcome: Outcome, attempt: int) -> Payout | None:
        """Take down what a rail says. Repeated, late or out of order it changes nothing twice."""
        payout = find(connection, id, lock=True)
        if payout is None:
            return None
        now = self._clock()
        if isinstance(outcome, Refused):
            if (payout.state, payout.attempt, payout.answer) != ("sent", attempt, ""):
                return payout
            log.warning("a payout was refused", payout=id, attempt=attempt, reason=outcome.reason)
            reason = outcome.reason[:REASON_CHARS_MAX]
            if outcome.again and attempt < ATTEMPTS_MAX:
                return change(connection, payout, answer="refused", reason=reason, called_at=now)
            failed = self._states.move(connection, id, "failed", now, by=payout.rail, reason=reason)
            return self._tell(connection, failed)
        if isinstance(outcome, Accepted):
            return change(connection, payout, answer="accepted", ref=outcome.ref) if payout.state == "sent" else payout
        to: State = "paid" if isinstance(outcome, Paid) else "returned"
        reason = "" if isinstance(outcome, Paid) else outcome.reason[:REASON_CHARS_MAX]
        moved = self._states.move(
            connection, id, to, now, by=payout.rail, reason=reason, ref=outcome.ref, answer="accepted"
        )
        after = moved or payout
        if after.state not in ("paid", "returned"):  # not remembered, so that the reconciliation finds what moved
            log.error("a rail has paid what has ended here", payout=id, state=after.state, ref=outcome.ref)
            return after
        for movement in outcome.moved:
            remember(connection, payout.rail, movement)
        self._tell(connection, moved)
        if isinstance(outcome, Paid) and outcome.returned_minor:
            part = self._states.give_back(connection, id, outcome.returned_minor, now, "partly_reversed")
            if part is not None:
                log.warning("a part of a payout came back", payout=id, minor=part.returned_minor)
                self._notices.came_back_in_part(connection, part)
        return find(connection, id)

    def ask_here(self, id: str) -> None:
        """A rail has hinted that something happened: ask it, and take down what it says. Blocks the calling thread,
        which must be one of the pool for providers."""
        payout = self._database.read(lambda c: find(c, id))
        rail = self._rails.get(payout.rail) if payout else None
        if payout is None or rail is None or payout.destination is None or payout.attempt == 0:
            return
        outcome = rail.ask(_payment(payout))
        if outcome is not None:
            self._database.write(lambda c: self.record(c, id, outcome, payout.attempt))

    def _tell(self, connection: Connection, payout: Payout | None) -> Payout | None:
        if payout is not None:
            self._notices.tell(connection, payout)
        return payout

    def _check(self, connection: Connection, id: str) -> None:
        payout = find(connection, id, lock=True)
        if payout is not None and payout.state == "requested":
            self._notices.tell(connection, self._checks.advance(connection, payout))

    def _waiting(self, state: State, rail: str = "") -> Iterator[Payout]:
        of_rail = [payouts.c.rail == rail] if rail else []
        return self._pages(payouts.c.state == state, *of_rail)

    def _unanswered(self, rail: Rail) -> Iterator[Payout]:
        return self._called(rail, "", SILENCE_MS)

    def _refused(self, rail: Rail) -> Iterator[Payout]:
        return self._called(rail, "refused", RETRY_MS)

    def _called(self, rail: Rail, answer: str, ago_ms: int) -> Iterator[Payout]:
        return self._pages(
            payouts.c.state == "sent", payouts.c.rail == rail.name, payouts.c.answer == answer,
            payouts.c.called_at <= self._clock() - ago_ms,
        )  # fmt: skip

    def _pages(self, *which: ColumnElement[bool]) -> Iterator[Payout]:
        """All of them, the oldest first, a page at a time: those that have to wait keep nobody else waiting."""
        last = ""
        while True:
            page = select(*COLUMNS).where(*which, payouts.c.id > last).order_by(payouts.c.id).limit(PAGE_ROWS)
            found = [payout_of(row) for row in self._database.read(lambda c: c.execute(page).all())]  # noqa: B023
            yield from found
            if len(found) < PAGE_ROWS:
                return
            last = found[-1].id

    def _call(self, run: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """In the pool for providers, so that a hanging one delays only payments."""
        return self._executor.submit(run, *args, **kwargs).result()


def _payment(payout: Payout) -> Payment:
    assert payout.destination is not None
    return Payment(payout.id, payout.attempt, payout.net_minor, payout.currency, payout.destination)
