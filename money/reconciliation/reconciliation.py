"""Reads the provider's balance transactions page by page and compares them with our movements, both ways.

Rows of the last hour are left for the next run: events may still be on their way. Memory does not grow with the number
of rows. What moves without a purchase, fees and transfers to the bank, is posted here. What we have missed of a
payment is made up for, by fetching it as if its event had come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, case, func, insert, or_, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Refusal
from core.jobs import Job
from money.ledger import Ledger
from money.ledger.accounts import fees, provider
from money.ledger.rules import Account, Transfer
from money.providers.provider import Movement, Provider, Subject
from money.purchases.state import SETTLED
from money.reconciliation.differences import Difference, DifferenceKind, Differences
from money.tables import disputes, movements, purchases

RECONCILE_DAYS = 35
RECONCILE_EVERY_S = 86_400.0
DAY_MS = 86_400_000
LAG_MS = 3_600_000
PAGE_ROWS = 1_000
PAYMENTS_MADE_UP_MAX = 100  # of one page of the provider's list
BANK = "bank"
_OF_PAYMENTS = ("payment", "refund", "dispute", "dispute_won")

CatchUp = Callable[[Subject], None]


class Reconciled(msgspec.Struct):
    """`rows` were read from the provider. `found` are all differences of this run, `new` those not noted before."""

    rows: int = 0
    found: int = 0
    new: int = 0

    def add(self, counts: tuple[int, int]) -> None:
        self.found += counts[0]
        self.new += counts[1]


class Reconciliation:
    def __init__(
        self, database: Database, clock: Clock, ledger: Ledger, provider: Provider, differences: Differences,
        catch_up: CatchUp | None = None,
    ) -> None:  # fmt: skip
        """`catch_up` with payments of which events got lost; None: what is missing here is only noted."""
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._provider = provider
        self._differences = differences
        self._catch_up = catch_up

    def run_daily(self, job: Job) -> None:
        """Blocks. Raises Unavailable, so that the job is tried again."""
        job.progress("reconciling", 0)
        self.run()

    def run(self, days: int = RECONCILE_DAYS) -> Reconciled:
        """Compare the last days. Blocks. Raises Unavailable; what was noted before stays."""
        done = Reconciled()
        now = self._clock()
        since, until = now - days * DAY_MS, now - LAG_MS
        for page in self._provider.movements(since):
            done.rows += len(page)
            settled = [row for row in page if row.at < until]
            if settled:
                self._make_up(settled)
                done.add(self._database.write(lambda c: self._compare(c, settled, now)))  # noqa: B023  it runs at once
        for ours in self._unseen(since, until, now):
            done.add(self._database.write(lambda c: self._note(c, ours)))  # noqa: B023
        for differing in self._differing_purchases(since, until):
            done.add(self._database.write(lambda c: self._note(c, differing)))  # noqa: B023
        return done

    # -- theirs against ours ---------------------------------------------------------------------

    def _make_up(self, page: Sequence[Movement]) -> None:
        """Fetch the payments of movements that we do not know: their events never came, or could not be recorded."""
        refs = [row.ref for row in page if row.kind in _OF_PAYMENTS]
        found = select(movements.c.ref).where(movements.c.provider == self._provider.name, movements.c.ref.in_(refs))
        known = set(self._database.read(lambda c: c.execute(found).scalars().all()))
        asked: set[Subject] = set()
        for ref in [ref for ref in refs if ref not in known][:PAYMENTS_MADE_UP_MAX] if self._catch_up else ():
            subject = self._provider.subject_of(ref)
            if subject is not None and subject not in asked and self._catch_up is not None:
                asked.add(subject)
                self._catch_up(subject)

    def _compare(self, connection: Connection, page: Sequence[Movement], now: int) -> tuple[int, int]:
        name = self._provider.name
        mine = movements.c.provider == name, movements.c.ref.in_([row.ref for row in page])
        known = {row.ref: row for row in connection.execute(select(movements).where(*mine))}
        found: list[Difference] = []
        for theirs in page:
            ours = known.get(theirs.ref)
            if ours is not None:
                found += self._differing(ours, theirs)
            elif theirs.kind in ("bank", "fee"):
                self._post(connection, theirs, now)
            else:
                net = theirs.amount_minor - theirs.fee_minor
                found.append(Difference(name, "unknown_here", theirs.ref, None, None, net, theirs.currency))
        connection.execute(update(movements).where(*mine).values(seen_at=now))
        return self._note(connection, found)

    def _differing(self, ours: Any, theirs: Movement) -> Iterator[Difference]:
        compared: tuple[tuple[DifferenceKind, int, int, bool], ...] = (
            ("currency_differs", ours.amount_minor, theirs.amount_minor, ours.currency != theirs.currency),
            ("amount_differs", ours.amount_minor, theirs.amount_minor, ours.amount_minor != theirs.amount_minor),
            ("fee_differs", ours.fee_minor, theirs.fee_minor, ours.fee_minor != theirs.fee_minor),
        )
        for kind, our, their, differs in compared:
            if differs:
                yield Difference(self._provider.name, kind, theirs.ref, ours.purchase, our, their, theirs.currency)

    def _post(self, connection: Connection, movement: Movement, now: int) -> None:
        """A fee without a purchase, or money that went to our bank (or came back from it). Booked when it is found: a
        month that is over does not change."""
        name, currency = self._provider.name, movement.currency
        kept = movement.fee_minor - (movement.amount_minor if movement.kind == "fee" else 0)
        moved = movement.amount_minor if movement.kind == "bank" else 0
        entries: dict[Account, int] = {
            provider(name, currency): kept - moved,
            provider(BANK, currency): moved,
            fees(currency): -kept,
        }
        wanted = {account: amount for account, amount in entries.items() if amount}
        if wanted:
            key = f"moved:{name}:{movement.ref}"
            transfer = Transfer(key, movement.kind, now, movement.ref, wanted, {"movement": movement.ref})
            [verdict] = self._ledger.post(connection, [transfer])
            if isinstance(verdict, Refusal):
                raise verdict
        values = msgspec.structs.asdict(movement)
        connection.execute(insert(movements).values(provider=name, seen_at=now, **values))

    # -- ours against theirs ---------------------------------------------------------------------

    def _unseen(self, since: int, until: int, now: int) -> Iterator[list[Difference]]:
        """Movements of ours that the provider did not list, a page at a time."""
        last = ""
        while True:
            found = (
                select(movements)
                .where(
                    movements.c.provider == self._provider.name, movements.c.at >= since, movements.c.at < until,
                    or_(movements.c.seen_at.is_(None), movements.c.seen_at != now), movements.c.ref > last,
                )
                .order_by(movements.c.ref)
                .limit(PAGE_ROWS)
            )  # fmt: skip
            rows = self._database.read(lambda c: c.execute(found).all())  # noqa: B023
            yield [
                Difference(row.provider, "unknown_there", row.ref, row.purchase, row.amount_minor, None, row.currency)
                for row in rows
            ]
            if len(rows) < PAGE_ROWS:
                return
            last = rows[-1].ref

    def _differing_purchases(self, since: int, until: int) -> Iterator[list[Difference]]:
        """Purchases for which the provider moved another sum than our books say, a page at a time."""
        moved = _sum(movements.c.amount_minor, movements.c.purchase, movements.c.currency == purchases.c.currency)
        open_or_lost = and_(disputes.c.state != "won", disputes.c.currency == purchases.c.currency)
        disputed = _sum(disputes.c.amount_minor, disputes.c.purchase, open_or_lost)
        expected = purchases.c.price_minor - purchases.c.refunded_minor - disputed
        last = ""
        while True:
            found = (
                select(purchases.c.id, purchases.c.currency, expected.label("ours"), moved.label("theirs"))
                .where(
                    purchases.c.provider == self._provider.name, purchases.c.state.in_(SETTLED),
                    purchases.c.settled_at >= since, purchases.c.settled_at < until, purchases.c.id > last,
                )
                .order_by(purchases.c.id)
                .limit(PAGE_ROWS)
            )  # fmt: skip
            rows = self._database.read(lambda c: c.execute(found).all())  # noqa: B023
            yield [
                Difference(
                    self._provider.name, "purchase_differs", row.id, row.id, row.ours, int(row.theirs), row.currency
                )
                for row in rows
                if row.ours != row.theirs
            ]
            if len(rows) < PAGE_ROWS:
                return
            last = rows[-1].id

    def _note(self, connection: Connection, found: Sequence[Difference]) -> tuple[int, int]:
        """How many there are, and how many of them are new."""
        return len(found), sum(self._differences.note(connection, difference) for difference in found)


def _sum(amount: Any, purchase: Any, condition: Any) -> Any:
    """The sum of amounts of the purchase in the enclosing query."""
    summed = func.coalesce(func.sum(case((condition, amount), else_=0)), 0)
    return select(summed).where(purchase == purchases.c.id).correlate(purchases).scalar_subquery()
