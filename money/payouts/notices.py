"""Tells people what became of their payouts, and of changed bank details."""

from __future__ import annotations

from sqlalchemy import Connection

from money.payouts.states import BACK, Payout
from people.inbox.notices import Notice, Notifies


class PayoutNotices:
    def __init__(self, inbox: Notifies) -> None:
        self._inbox = inbox

    def tell(self, connection: Connection, payout: Payout) -> None:
        """Of a payout that arrived, or came back."""
        if payout.state == "paid" or payout.state in BACK:
            self._inbox.tell(connection, [_notice(payout.person, payout.id, payout.state)])

    def came_back_in_part(self, connection: Connection, payout: Payout) -> None:
        self._inbox.tell(connection, [_notice(payout.person, f"{payout.id}:{payout.returned_minor}", "returned_part")])

    def details_changed(self, connection: Connection, person: str, destination: str) -> None:
        """At once, because it may have been somebody else."""
        self._inbox.tell(connection, [_notice(person, destination, "destination")])


def _notice(person: str, item: str, what: str) -> Notice:
    return Notice(person, "payout", by=person, item=f"{item}:{what}", text=what)
