"""Invalid traffic: events that are kept, marked, and count nowhere. Pure, with a memory of its own.

Marked, not refused: whoever sends them learns nothing from the answer.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Mapping, Sequence
from typing import Literal

Kind = Literal[
    "view", "viewable", "not_viewable", "quarter", "half", "three_quarters", "finish", "click", "hide", "report"
]
SEES: frozenset[Kind] = frozenset(("view", "viewable", "click", "finish"))
"""Of these, each says by itself that an ad was seen: so whatever is billed counts for the caps, too."""
Mark = Literal["", "program", "soon", "late", "own", "rate"]
"""`program`: not a person's browser. `soon`: before it can be true, by the server's clock. `late`: after the serve has
expired, or a day after it for what costs nothing. `own`: the advertiser's people. `rate`: too often."""

VIEWABLE_MS = 2_000  # of unbroken play, for the MRC's definition of a viewable video
CLICK_MS = 100
WATCHED: Mapping[Kind, float] = {"quarter": 0.25, "half": 0.5, "three_quarters": 0.75, "finish": 1.0}
"""The share of the video's length that has to have passed."""
CLOCK_MS = 500  # a player's clock may be ahead of ours by so much, and says "finished" a little before the end
LATE_MS = 4 * 60 * 60_000  # a click works afterwards, and counts no more

Window = tuple[int, int]
"""At most so many, in so many milliseconds."""

CLICKS: Sequence[Window] = ((1, 60_000), (3, 600_000), (10, 3_600_000), (25, 86_400_000))  # of a viewer
CLICKS_ON_CAMPAIGN: Sequence[Window] = ((1, 86_400_000),)  # of a viewer: one is billed a day
VIEWS_OF_CAMPAIGN: Sequence[Window] = ((5, 300_000),)  # of a viewer; a network, for visitors
SOURCES_MAX = 50_000


def mark_of(
    kind: Kind, at: int, served_at: int, expires_at: int, bills: str, *, length_ms: int = 0, program: bool, own: bool
) -> Mark:
    """Why an event does not count, by itself; empty if it does. `length_ms`: of the video; 0: unknown."""
    if program:
        return "program"
    if own:
        return "own"
    if at < served_at + _least_ms(kind, length_ms):
        return "soon"
    if at > (expires_at if kind == bills or kind == "viewable" else served_at + LATE_MS):
        return "late"
    return ""


def _least_ms(kind: Kind, length_ms: int) -> int:
    """How long after the serve an event can be true at the earliest. Ads play at the speed they were made at."""
    if kind in WATCHED and length_ms:
        return max(0, int(WATCHED[kind] * length_ms) - CLOCK_MS)
    return {"viewable": VIEWABLE_MS, "finish": VIEWABLE_MS, "click": CLICK_MS}.get(kind, 0)


class Rates:
    """How often each source did something lately. In this process: a flood comes to each of them."""

    def __init__(self) -> None:
        self._times: OrderedDict[tuple[str, ...], deque[int]] = OrderedDict()

    def exceeds(self, kind: Kind, source: str, campaign: str, at: int) -> bool:
        """Count this one, unless it is too much: what is marked does not make the next one wait longer."""
        if kind == "click":
            rules: Mapping[tuple[str, ...], Sequence[Window]] = {
                ("click", source): CLICKS, ("click", source, campaign): CLICKS_ON_CAMPAIGN
            }  # fmt: skip
        elif kind == "viewable":
            rules = {("viewable", source, campaign): VIEWS_OF_CAMPAIGN}
        else:
            return False
        times = {key: self._recent(key, at, windows) for key, windows in rules.items()}
        for key, windows in rules.items():
            if any(sum(time > at - ms for time in times[key]) >= count for count, ms in windows):
                return True
        for found in times.values():
            found.append(at)
        return False

    def _recent(self, key: tuple[str, ...], at: int, windows: Sequence[Window]) -> deque[int]:
        found = self._times.setdefault(key, deque())
        self._times.move_to_end(key)
        while found and found[0] <= at - max(ms for _, ms in windows):
            found.popleft()
        if len(self._times) > SOURCES_MAX:
            self._times.popitem(last=False)
        return found
