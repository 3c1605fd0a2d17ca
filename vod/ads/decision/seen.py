"""What ads people have seen, for the caps: in memory, read once for each person and node.

The exact count is taken again when a serve is written, because another node may have shown something meanwhile. Here it
saves most decisions that would be undone there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

VIEWERS_MAX = 50_000
SHOWN_PER_VIEWER_MAX = 500


@dataclass(slots=True)
class Shown:
    """`until`: when it no longer counts unless it was seen (Unix ms); None: it was seen."""

    serve: str
    campaign: str
    day: str
    until: int | None


@dataclass(slots=True)
class Past:
    """What one viewer was shown, and which campaigns they have hidden."""

    shown: list[Shown]
    hidden: set[str]

    def counts(self, now: int) -> dict[str, int]:
        found: dict[str, int] = {}
        for one in self.shown:
            if one.until is None or one.until > now:
                found[one.campaign] = found.get(one.campaign, 0) + 1
        return found

    def on(self, campaign: str, day: str, now: int) -> int:
        """How often a campaign was shown on a day of it."""
        return sum(
            one.campaign == campaign and one.day == day and (one.until is None or one.until > now) for one in self.shown
        )


class Seen:
    def __init__(self) -> None:
        self._pasts: OrderedDict[str, Past] = OrderedDict()

    def knows(self, viewer: str) -> bool:
        return viewer in self._pasts

    def learn(self, viewer: str, past: Past) -> None:
        self._pasts[viewer] = past
        self._pasts.move_to_end(viewer)
        if len(self._pasts) > VIEWERS_MAX:
            self._pasts.popitem(last=False)

    def past(self, viewer: str) -> Past:
        """Nothing, of a viewer who is not known here."""
        found = self._pasts.get(viewer)
        if found is None:
            return Past([], set())
        self._pasts.move_to_end(viewer)
        return found

    def add(self, viewer: str, shown: Iterable[Shown]) -> None:
        if (past := self._pasts.get(viewer)) is not None:
            past.shown = [*past.shown, *shown][-SHOWN_PER_VIEWER_MAX:]

    def viewed(self, viewer: str, serve: str) -> None:
        if (past := self._pasts.get(viewer)) is not None:
            for one in past.shown:
                if one.serve == serve:
                    one.until = None

    def hide(self, viewer: str, campaign: str) -> None:
        if (past := self._pasts.get(viewer)) is not None:
            past.hidden.add(campaign)

    def forget(self, viewer: str) -> None:
        """What is known here is old: read it again."""
        self._pasts.pop(viewer, None)
