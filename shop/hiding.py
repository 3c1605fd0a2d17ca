"""What of the shop somebody does not see."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, Protocol

from sqlalchemy import Connection


class Hides(Protocol):
    """What `trust` knows: whoever reports something does not see it any more, and two of whom one has reported the
    other do not see each other's reviews."""

    def hidden(
        self,
        connection: Connection,
        reporter: str,
        kind: Literal["review", "person", "product"],
        subjects: Collection[str],
    ) -> set[str]:
        """Those that this person has reported."""

    def reporters(self, connection: Connection, person: str, among: Collection[str]) -> set[str]:
        """Those of these people who have reported a person."""


class NothingHidden:
    """For tools that open the shop without reports."""

    def hidden(self, *_: object) -> set[str]:
        return set()

    def reporters(self, *_: object) -> set[str]:
        return set()


NOTHING_HIDDEN: Hides = NothingHidden()
