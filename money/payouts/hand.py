"""What an admin notes about a payout whose rail tells us nothing: that it was sent, paid, refused or returned."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection

from core.clock import Clock
from core.errors import NotAllowed, NotFound
from money.errors import AnotherAdminNeeded, PayoutNotOpen
from money.payouts.checks import Checks
from money.payouts.notices import PayoutNotices
from money.payouts.states import Payout, States, find

Noted = Literal["sent", "paid", "failed", "returned"]
_BY_RAIL: dict[str, tuple[Noted, ...]] = {
    "hand": ("sent", "paid", "failed", "returned"),
    "sepa": ("paid", "failed", "returned"),  # sent by a file
    "sandbox": ("returned",),
}


class ByHand:
    def __init__(self, clock: Clock, states: States, checks: Checks, notices: PayoutNotices) -> None:
        self._clock = clock
        self._states = states
        self._checks = checks
        self._notices = notices

    def note(self, connection: Connection, id: str, what: Noted, reference: str, admin: str) -> Payout:
        """Again changes nothing. Raises NotFound, AnotherAdminNeeded, NotAllowed, PayoutNotOpen."""
        payout = find(connection, id, lock=True)
        if payout is None:
            raise NotFound("There is no such payout.")
        if payout.person == admin:  # who said that their own money came back would be paid twice
            raise AnotherAdminNeeded
        if what not in _BY_RAIL.get(payout.rail, ()):
            raise NotAllowed("The way this payout takes says so itself.")
        if payout.state == what:
            return payout
        if what == "sent" and payout.state == "approved" and (obstacle := self._checks.obstacle(connection, payout)):
            stopped = self._checks.stop(connection, payout, obstacle)
            self._notices.tell(connection, stopped)
            return stopped
        values: dict[str, object] = {"answer": "accepted", "called_at": self._clock()}
        if what == "sent":
            values["attempt"] = 1
        elif what == "paid":
            values["ref"] = reference
        reason = reference if what in ("failed", "returned") else ""
        moved = self._states.move(connection, id, what, self._clock(), by=admin, reason=reason, **values)
        if moved is None:
            raise PayoutNotOpen
        self._notices.tell(connection, moved)
        return moved
