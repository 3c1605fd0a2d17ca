"""Closing a period: everything that counts is computed once and frozen.

The month is over, so nothing is counted any more. What the views lead to is computed in one reading transaction and
written in pieces, each of which checks that nobody else has begun meanwhile. A closing that was killed is begun again
and replaces whatever the first one has written.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, func, select, update

from core.clock import Clock
from core.database import Database
from core.database.many import Many
from core.ids import new_id
from money.earnings import DAY_MS
from money.errors import FundNotReady, FundPeriodRuns
from money.fund import corrections
from money.fund.computing import Computed, Facts, Result, Tally, compute
from money.fund.originals import left_out
from money.fund.periods import Period, Periods, check_month, forward, locked, pot
from money.fund.states import FROZEN, GRACE_MS
from money.fund.terms import Figures, Terms, reasons
from money.ledger.reading import use_one_state
from money.reports.months import span
from money.tables import fund_creators, fund_periods, fund_videos, fund_views

PIECE_ROWS = 2_000
LOOKED_UP_MAX = 1_000  # people at once

Joined = Callable[[Connection, Collection[str]], Mapping[str, int]]
"""(connection, people) -> when each joined (Unix ms); deleted ones are missing."""
Followers = Callable[[Connection, Collection[str]], Mapping[str, int]]
"""(connection, people) -> how many follow each; those without any are missing."""
FillFromAds = Callable[[str, int], None]
"""(period, percent): puts the share of the month's ad revenue into its pot, once. Blocks."""

_CREATORS = Many.insert(
    "fund_creators",
    {"period": "text", "creator": "text", "views": "bigint", "days": "int", "followers": "bigint", "age_days": "int",
     "reasons": "text", "ms": "bigint", "weight": "bigint", "coins": "bigint", "by_day": "text", "posted": "int"},
)  # fmt: skip
_VIDEOS = Many.insert(
    "fund_videos",
    {"period": "text", "creator": "text", "video": "text", "views": "bigint", "ms": "bigint", "liked": "bigint",
     "shared": "bigint", "followed": "bigint", "weight": "bigint"},
)  # fmt: skip


class Closing:
    """All methods block."""

    def __init__(
        self, database: Database, clock: Clock, periods: Periods, terms: Terms, joined: Joined, followers: Followers,
        fill_from_ads: FillFromAds,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._periods = periods
        self._terms = terms
        self._joined = joined
        self._followers = followers
        self._fill_from_ads = fill_from_ads

    def close(self, period: str, by: str, progress: Callable[[], None] = lambda: None) -> Period:
        """Close a month that is over; one that is closed already stays as it is. Raises InvalidRequest,
        FundPeriodRuns, FundNotReady (its corrections are more than its pot)."""
        self.check_over(period)
        if self._database.write(lambda c: locked(c, period).state) == "open":
            self._fill_from_ads(period, self._terms.ads_percent)
        run = new_id()
        if not self._database.write(partial(self._begin, period, run)):
            return self._database.read(lambda c: self._periods.one(c, period))
        progress()
        facts, computed = self._database.read(partial(self._compute, period))
        progress()
        for table, many, rows in (
            (fund_videos, _VIDEOS, _video_rows(period, computed)),
            (fund_creators, _CREATORS, _creator_rows(period, facts, computed)),
        ):
            while self._database.write(partial(_delete_some, period, run, table)):
                pass
            for start in range(0, len(rows), PIECE_ROWS):
                self._database.write(partial(_write, period, run, many, rows[start : start + PIECE_ROWS]))
                progress()
        self._database.write(partial(self._finish, period, run, by, computed))
        return self._database.read(lambda c: self._periods.one(c, period))

    def check_over(self, period: str) -> None:
        """Raises InvalidRequest, FundPeriodRuns."""
        check_month(period, self._clock())
        if self._clock() < span(period).end + GRACE_MS:
            raise FundPeriodRuns

    def _begin(self, period: str, run: str, connection: Connection) -> bool:
        row = locked(connection, period)
        if row.state in FROZEN:
            return False
        if pot(connection, period) < corrections.net(connection, period):
            raise FundNotReady("The corrections are more than what is in the pot: fill it.")
        left_out.freeze(connection, period)
        change = update(fund_periods).where(fund_periods.c.period == period)
        connection.execute(change.values(state="closing", run=run, viewer_key=None))
        return True

    def _compute(self, period: str, connection: Connection) -> tuple[Facts, Computed]:
        use_one_state(connection)
        row = connection.execute(select(fund_periods).where(fund_periods.c.period == period)).one()
        facts = self._facts(connection, period)
        divided = pot(connection, period) - corrections.net(connection, period)
        return facts, compute(connection, row, divided, facts, self._terms)

    def _facts(self, connection: Connection, period: str) -> Facts:
        """What decides about each creator who had a view."""
        end = span(period).end
        own = (
            select(fund_views.c.creator, func.count(), func.count(fund_views.c.day.distinct()))
            .where(fund_views.c.period == period, left_out.counts(period))
            .group_by(fund_views.c.creator)
        )
        seen = {creator: (views, days) for creator, views, days in connection.execute(own)}
        found: Facts = {}
        names = sorted(seen)
        for start in range(0, len(names), LOOKED_UP_MAX):
            some = names[start : start + LOOKED_UP_MAX]
            joined, followers = self._joined(connection, some), self._followers(connection, some)
            for name in some:
                age = max(0, (end - joined[name]) // DAY_MS) if name in joined else -1
                figures = Figures(age, followers.get(name, 0), *seen[name])
                found[name] = Result(figures, reasons(figures, self._terms))
        return found

    def _finish(self, period: str, run: str, by: str, computed: Computed, connection: Connection) -> None:
        _check(connection, period, run)
        corrected = corrections.net(connection, period)  # nobody adds any once it is not open
        values = {
            "terms": msgspec.json.encode(self._terms).decode(), "pot": computed.pot + corrected,
            "corrected": corrected, "weight": computed.weight,
            "carried": computed.pot - sum(computed.coins.values()), "views": computed.views,
            "viewers": computed.viewers, "digest": computed.digest, "closed_at": self._clock(), "closed_by": by,
            "run": None,
        }  # fmt: skip
        forward(connection, period, "closing", "closed", **values)


def _check(connection: Connection, period: str, run: str) -> None:
    row = locked(connection, period)
    if (row.state, row.run) != ("closing", run):
        raise FundNotReady("Somebody else is closing it.")


def _delete_some(period: str, run: str, table: Any, connection: Connection) -> int:
    _check(connection, period, run)
    some = select(table.c.creator).where(table.c.period == period).distinct().limit(PIECE_ROWS)
    gone = delete(table).where(table.c.period == period, table.c.creator.in_(some))
    return connection.execute(gone).rowcount


def _write(period: str, run: str, many: Many, rows: Sequence[tuple[Any, ...]], connection: Connection) -> None:
    _check(connection, period, run)
    many.write(connection, rows)


def _creator_rows(period: str, facts: Facts, computed: Computed) -> list[tuple[Any, ...]]:
    rows = []
    for creator, (has, why) in facts.items():
        tally = computed.tallies.get(creator) or Tally()
        rows.append(
            (period, creator, has.views, has.days, has.followers, has.age_days, ",".join(why), tally.ms, tally.weight,
             computed.coins.get(creator, 0), json.dumps(list(tally.by_day)), 0)
        )  # fmt: skip
    return rows


def _video_rows(period: str, computed: Computed) -> list[tuple[Any, ...]]:
    return [
        (period, creator, video, *figures)
        for creator, tally in computed.tallies.items()
        for video, figures in tally.videos.items()
    ]
