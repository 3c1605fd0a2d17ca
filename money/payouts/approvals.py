"""Approval by admins: by one, above a limit by two, never by who is paid, and only so much a day.

The limit is for the sum of a day, so that splitting a payout does not evade it, and people who are paid to the same
account count as one. All approvals of a currency on a day take turns.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.errors import NotFound
from money.earnings import DAY_MS, day_name
from money.errors import AnotherAdminNeeded, PayoutCapReached, PayoutNotOpen, PayoutWaits
from money.payouts.checks import Checks, Obstacle
from money.payouts.notices import PayoutNotices
from money.payouts.states import UNSENT, Payout, States, change, find
from money.payouts.terms import Terms
from money.tables import payout_days, payouts

AUTOMATIC = "automatic"


class Approvals:
    def __init__(self, clock: Clock, states: States, checks: Checks, terms: Terms, notices: PayoutNotices) -> None:
        self._clock = clock
        self._states = states
        self._checks = checks
        self._terms = terms
        self._notices = notices

    def approve(self, connection: Connection, id: str, admin: str) -> Payout:
        """Approve a payout. It stays `checked`, with this admin's name on it, if a second one is needed.

        Raises NotFound, PayoutNotOpen, AnotherAdminNeeded, PayoutWaits, PayoutCapReached.
        """
        payout = find(connection, id, lock=True)
        if payout is None:
            raise NotFound("There is no such payout.")
        if payout.state == "requested":
            payout = self._checks.advance(connection, payout)
        if payout.state == "requested":
            raise PayoutWaits(f"It waits: {payout.reason}.")
        if payout.state != "checked":
            raise PayoutNotOpen
        if admin in (payout.person, payout.approved_by):
            raise AnotherAdminNeeded
        return self._decide(connection, payout, admin)

    def approve_small(self, connection: Connection, id: str) -> Payout | None:
        """Approve a payout that needs no admin; None if it does, or has to wait."""
        payout = find(connection, id, lock=True)
        if payout is None or payout.state != "checked" or payout.approved_by is not None:
            return None
        self._lock_day(connection, payout.currency)
        if self._sum_of_day(connection, payout) + payout.amount_minor > self._terms.auto_minor:
            return None
        try:
            return self._decide(connection, payout, AUTOMATIC)
        except (PayoutWaits, PayoutCapReached):
            return None

    def refuse(self, connection: Connection, id: str, admin: str, reason: str) -> Payout:
        """End a payout that is not sent; its coins are the person's again. Raises NotFound, PayoutNotOpen."""
        payout = find(connection, id, lock=True)
        if payout is None:
            raise NotFound("There is no such payout.")
        if payout.state not in UNSENT:
            raise PayoutNotOpen
        ended = self._states.move(connection, id, "cancelled", self._clock(), by=admin, reason=reason) or payout
        self._notices.tell(connection, ended)
        return ended

    def _decide(self, connection: Connection, payout: Payout, admin: str) -> Payout:
        obstacle = self._checks.obstacle(connection, payout)
        if obstacle is not None and obstacle.ends:
            ended = self._checks.stop(connection, payout, obstacle)
            self._notices.tell(connection, ended)
            return ended
        destination = self._checks.destination(connection, payout.person)
        if obstacle is None and isinstance(destination, Obstacle):
            obstacle = destination
        if obstacle is not None or isinstance(destination, Obstacle):
            raise PayoutWaits(f"It waits: {obstacle.reason}." if obstacle else "")
        now = self._clock()
        self._lock_day(connection, payout.currency)
        total = self._sum_of_day(connection, payout, destination.fingerprint) + payout.amount_minor
        if total > self._terms.person_day_minor:
            raise PayoutCapReached("This person's payouts of today have reached their limit.")
        spent = self._approved_today(connection, payouts.c.currency == payout.currency)
        if spent + payout.amount_minor > self._terms.day_minor:
            raise PayoutCapReached
        if total > self._terms.second_minor and payout.approved_by is None:
            return change(connection, payout, approved_by=admin, reason="second_admin")
        today = payout_days.c.day == day_name(now // DAY_MS), payout_days.c.currency == payout.currency
        connection.execute(update(payout_days).where(*today).values(minor=payout_days.c.minor + payout.amount_minor))
        names = {"seconded_by": admin} if payout.approved_by else {"approved_by": admin}
        approved = self._states.move(
            connection, payout.id, "approved", now, by=admin, approved_at=now, rail=destination.rail,
            destination=dict(destination.details), shown=destination.shown, fingerprint=destination.fingerprint,
            **names,
        )  # fmt: skip
        assert approved is not None
        return approved

    def _lock_day(self, connection: Connection, currency: str) -> None:
        """Take the turn of whoever approves in this currency today, until the transaction ends."""
        day = day_name(self._clock() // DAY_MS)
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        new = dialect.insert(payout_days).values(day=day, currency=currency, minor=0)
        connection.execute(new.on_conflict_do_nothing(index_elements=["day", "currency"]))
        row = select(payout_days.c.day).where(payout_days.c.day == day, payout_days.c.currency == currency)
        connection.execute(row.with_for_update())

    def _sum_of_day(self, connection: Connection, payout: Payout, fingerprint: str = "") -> int:
        """What was approved today for this person, and for others who are paid to the same account."""
        same = payouts.c.fingerprint.in_([payout.fingerprint, fingerprint or payout.fingerprint])
        return self._approved_today(connection, or_(payouts.c.person == payout.person, same))

    def _approved_today(self, connection: Connection, which: ColumnElement[bool]) -> int:
        """Without what ended unpaid: whoever asks and cancels all day long must keep nobody else from being paid."""
        now = self._clock()
        total = select(func.coalesce(func.sum(payouts.c.amount_minor), 0)).where(
            payouts.c.approved_at >= now // DAY_MS * DAY_MS,
            payouts.c.approved_at < (now // DAY_MS + 1) * DAY_MS,
            which,
            payouts.c.state.not_in(("cancelled", "failed")),
        )
        return int(connection.execute(total).scalar_one())
