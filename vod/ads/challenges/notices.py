"""Tells people what became of a challenge: its sponsor, its winner, everybody who took part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row

from people.inbox.notices import Notice, Notifies
from vod.ads.campaigns.notices import bookers_of

if TYPE_CHECKING:
    from vod.ads.challenges.entries import Entries

ENTRANTS_TOLD_MAX = 2_000


class ChallengeNotices:
    """`challenge` is a row of the table of challenges. Everything is in the caller's transaction."""

    def __init__(self, inbox: Notifies) -> None:
        self._inbox = inbox

    def reviewed(self, connection: Connection, challenge: Row[Any], *, approved: bool) -> None:
        what = "approved" if approved else "rejected"
        self._tell(
            connection, bookers_of(connection, challenge.advertiser), f"{challenge.id}:{challenge.revision}", what
        )

    def over(self, connection: Connection, challenge: Row[Any]) -> None:
        """The sponsor is to choose."""
        if challenge.choice == "sponsor":
            self._tell(connection, bookers_of(connection, challenge.advertiser), challenge.id, "judge")

    def decided(self, connection: Connection, challenge: Row[Any], entry: Row[Any], entries: Entries) -> None:
        self._tell(connection, [entry.person], f"{challenge.id}:{entry.video}", "won")
        others = [one for one in entries.entrants(connection, challenge.id, ENTRANTS_TOLD_MAX) if one != entry.person]
        self._tell(connection, others, challenge.id, "decided")

    def paid(self, connection: Connection, challenge: Row[Any], coins: int) -> None:
        self._tell(connection, [challenge.winner], challenge.id, "paid", coins)

    def _tell(self, connection: Connection, people: Sequence[str], item: str, what: str, amount: int = 0) -> None:
        told = [Notice(one, "challenge", one, item=f"{item}:{what}", text=what, amount=amount) for one in people]
        if told:
            self._inbox.tell(connection, told)
