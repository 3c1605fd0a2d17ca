"""How a pot is divided: a pure function of the views. Integers only, so a second program gets the same to the coin.

Each viewer has a mass, at most `FULL_MASS`. It is divided among the videos they watched. What a video gets of all
viewers is its weight, and the pot is divided by weight. So nothing that a viewer does moves more than their own mass.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

FULL_DAYS = 10
"""A viewer who was active on so many days has the full mass; one with fewer has a tenth for each."""
MASS_A_DAY = 10**8
FULL_MASS = FULL_DAYS * MASS_A_DAY
CAP_MS = 3_600_000
"""What one viewer watches of one creator on one day counts up to this."""
LIKED, SHARED, FOLLOWED = 1, 2, 4
FACTORS = tuple(
    10 + 2 * bool(reactions & LIKED) + 3 * bool(reactions & SHARED) + bool(reactions & FOLLOWED)
    for reactions in range(8)
)
"""In tenths, by `reactions`: a like counts a fifth more, a share three tenths, following the creator a tenth."""


class View(NamedTuple):
    """What one viewer watched of one video on one day."""

    viewer: str
    day: int
    video: str
    creator: str
    ms: int
    reactions: int


def mass(days: int, least_days: int) -> int:
    """Of a viewer who was active on so many days. With fewer than `least_days` they are not trusted."""
    return min(days, FULL_DAYS) * MASS_A_DAY if days >= least_days else 0


def weights(views: Sequence[View], eligible: Collection[str], least_days: int) -> list[int]:
    """What each of one viewer's views weighs. Their days are all days, also with creators who are not eligible."""
    watched: dict[tuple[str, int], int] = {}
    for _, day, _, creator, ms, _ in views:  # unpacked, because this runs for every view
        key = creator, day
        watched[key] = watched.get(key, 0) + ms
    has = mass(len({day for _, day in watched}), least_days)
    if not has:
        return [0] * len(views)
    scores = []
    for _, day, _, creator, ms, reactions in views:
        if creator in eligible:
            together = watched[creator, day]
            counted = ms if together <= CAP_MS else ms * CAP_MS // together
            scores.append(counted * FACTORS[reactions])
        else:
            scores.append(0)
    total = sum(scores)
    return [has * score // total for score in scores] if total else scores


def divided(pot: int, shares: Mapping[str, int]) -> dict[str, int]:
    """The pot by weight: rounded down, and the rest by the largest remainder, ties by name. Names are keyed hashes of
    period and creator, so no order of input and no luck of an alphabet changes anything. Empty if nobody has weight."""
    total = sum(shares.values())
    if not total:
        return {}
    found, remainders = {}, []
    for name, weight in shares.items():
        found[name], remainder = divmod(pot * weight, total)
        remainders.append((-remainder, name))
    remainders.sort()
    for _, name in remainders[: pot - sum(found.values())]:
        found[name] += 1
    return found


def by_viewer(views: Iterable[View]) -> Iterator[list[View]]:
    """Views in the order of their viewers, each viewer's together."""
    for _, own in groupby(views, itemgetter(0)):
        yield list(own)
