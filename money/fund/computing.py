"""Computes a period from its views, in one pass, with the memory of creators and videos, not of views."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Row, text

from money.earnings import DAY_MS
from money.fund.division import View, by_viewer, divided, weights
from money.fund.originals.left_out import left_out
from money.fund.terms import Figures, Terms
from money.fund.views import hashed
from money.reports.months import span

DAYS_MAX = 31
ROWS_AT_ONCE = 20_000
_VIEWS = text(
    "SELECT viewer, day, video, creator, ms, reactions FROM fund_views WHERE period = :period "
    "ORDER BY viewer, day, video"
).execution_options(yield_per=ROWS_AT_ONCE)


class Result(NamedTuple):
    """`reasons`: why the creator gets nothing; empty if they do."""

    figures: Figures
    reasons: list[str]


Facts = dict[str, Result]


@dataclass(slots=True)
class Tally:
    """A creator's views that weigh something. `videos`: views, ms, liked, shared, followed, weight of each.
    `by_day`: the weight of each day of the month."""

    ms: int = 0
    weight: int = 0
    by_day: array[int] = field(default_factory=lambda: array("q", bytes(8 * DAYS_MAX)))
    videos: dict[str, list[int]] = field(default_factory=dict)


@dataclass(slots=True)
class Computed:
    """`views`, `viewers`: all that were recorded. `digest`: SHA-256 over the views' lines of the export."""

    pot: int
    weight: int
    views: int
    viewers: int
    digest: str
    tallies: dict[str, Tally]
    coins: dict[str, int]


class Codes(dict[str, str]):
    """The names of creators and videos in the export: keyed hashes."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._hashed = partial(hashed, key)

    def __missing__(self, name: str) -> str:
        code = self[name] = self._hashed(name)
        return code


def views_of(connection: Connection, period: str) -> Iterator[View]:
    """Those that count, as tuples with the fields of a `View`."""
    left = left_out(connection, period)
    found = connection.execute(_VIEWS, {"period": period}).partitions(ROWS_AT_ONCE)  # much faster than one by one
    views = chain.from_iterable(cast("Iterator[Sequence[View]]", found))
    return (view for view in views if view[2] not in left) if left else views


def line_of(view: View, codes: Codes) -> str:
    """A view as it is exported."""
    viewer, day, video, creator, ms, reactions = view
    return f"view\t{viewer}\t{day}\t{codes[video]}\t{codes[creator]}\t{ms}\t{reactions}\n"


def compute(connection: Connection, period: Row[Any], pot: int, facts: Mapping[str, Result], terms: Terms) -> Computed:
    codes = Codes(bytes(period.code_key))
    first = span(period.period).start // DAY_MS
    eligible = {creator: Tally() for creator, result in facts.items() if not result.reasons}
    digest = hashlib.sha256()
    views = viewers = 0
    for own in by_viewer(views_of(connection, period.period)):
        viewers += 1
        views += len(own)
        digest.update("".join([line_of(view, codes) for view in own]).encode())
        for view, weight in zip(own, weights(own, eligible, terms.viewer_active_days), strict=True):
            if weight:
                _add(eligible[view[3]], view, weight, first)
    shares = {codes[creator]: tally.weight for creator, tally in eligible.items() if tally.weight}
    coins = divided(pot, shares)
    return Computed(
        pot, sum(shares.values()), views, viewers, digest.hexdigest(),
        {creator: tally for creator, tally in eligible.items() if tally.weight},
        {creator: coins[codes[creator]] for creator, tally in eligible.items() if tally.weight},
    )  # fmt: skip


def _add(tally: Tally, view: View, weight: int, first: int) -> None:
    _, day, name, _, ms, reactions = view
    tally.ms += ms
    tally.weight += weight
    tally.by_day[day - first] += weight
    video = tally.videos.get(name)
    if video is None:
        video = tally.videos[name] = [0] * 6
    video[0] += 1
    video[1] += ms
    video[2] += reactions & 1  # LIKED
    video[3] += reactions >> 1 & 1  # SHARED
    video[4] += reactions >> 2  # FOLLOWED
    video[5] += weight
