"""Why a creator gets what they get: their months, by day and by video, and what they lack otherwise."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Row, func, select

from core.clock import Clock
from core.errors import NotFound
from money.earnings import DAY_MS, day_name
from money.fund.closing import Followers, Joined
from money.fund.corrections import Correction, Corrections
from money.fund.division import divided
from money.fund.originals.originality import Originality, Resemblance
from money.fund.periods import pot
from money.fund.results.copies import CopyOf, DescribeVideos, copies_of
from money.fund.states import FROZEN, State
from money.fund.terms import Figures, Terms
from money.fund.views import hashed
from money.reports.months import month_of, span
from money.tables import fund_creators, fund_periods, fund_videos

MONTHS_SHOWN_MAX = 24
VIDEOS_SHOWN_MAX = 50


class Need(msgspec.Struct, frozen=True):
    """Something that a creator must have: age (of the account, in days), followers, views, days. `has`: null where it
    is counted when the month is closed."""

    name: str
    has: int | None
    least: int


class Month(msgspec.Struct, frozen=True):
    """A closed month of a creator. `coins`: what they got or, before it is posted, will get once it is reviewed. `pot`:
    what was divided.
    `reasons`: why they get nothing, such as followers; empty if they do."""

    period: str
    state: State
    coins: int
    pot: int
    views: int
    reasons: list[str]
    posted_at: int | None


class OwnFund(msgspec.Struct, frozen=True):
    """`period`: the month that is running, with what is in its pot by now and what a creator needs for it.
    `corrections`: of earlier months, `copies`: of all; the newest first."""

    period: str
    pot: int
    needs: list[Need]
    items: list[Month]
    corrections: list[Correction]
    copies: list[CopyOf]


class Day(msgspec.Struct, frozen=True):
    day: str
    coins: int


class Video(msgspec.Struct, frozen=True):
    """What one video brought. `views`: those that weigh something; `liked`, `shared`, `followed`: of these. `caption`
    and `poster` are left out once the video is gone."""

    video: str
    coins: int
    views: int
    watched_ms: int
    liked: int
    shared: int
    followed: int
    caption: str | UnsetType = UNSET
    poster: str | UnsetType = UNSET


class Explanation(msgspec.Struct, frozen=True):
    """`weight` of `total_weight` is the creator's share of the pot. 1,000,000,000 is the weight of a viewer who was
    active on ten days. `code`: the creator's name in the export; `digest`: of all views, as they are exported. Days and
    videos each add up to `coins`; `more_videos`: how many are not listed, with `more_coins` together.
    `corrections`: of this month, posted with a later one, and of earlier ones, posted with this."""

    month: Month
    needs: list[Need]
    weight: int
    total_weight: int
    watched_ms: int
    viewers: int
    code: str
    digest: str
    days: list[Day]
    videos: list[Video]
    more_videos: int
    more_coins: int
    corrections: list[Correction]


class Explaining:
    def __init__(
        self, clock: Clock, terms: Terms, joined: Joined, followers: Followers, corrections: Corrections
    ) -> None:
        self._clock = clock
        self._terms = terms
        self._joined = joined
        self._followers = followers
        self._corrections = corrections
        self._describe: DescribeVideos = lambda _, __, ___: {}

    def describe_videos(self, describe: DescribeVideos) -> None:
        """Let the domain of videos say what they look like."""
        self._describe = describe

    def own(self, connection: Connection, person: str) -> OwnFund:
        now = self._clock()
        joined = self._joined(connection, [person]).get(person, now)
        end = span(month_of(now)).end
        has = Figures((end - joined) // DAY_MS, self._followers(connection, [person]).get(person, 0), 0, 0)
        return OwnFund(
            month_of(now), pot(connection, month_of(now)), _needs(has, self._terms, counted=False),
            [_month(row) for row in _rows(connection, person)], self._corrections.of_creator(connection, person),
            self.copies(connection, person, Originality.of(connection, person)),
        )  # fmt: skip

    def copies(self, connection: Connection, reader: str, found: Sequence[Resemblance]) -> list[CopyOf]:
        """Videos that look like earlier ones, as `reader` may see them."""
        return copies_of(connection, self._describe, reader, found)

    def explain(self, connection: Connection, person: str, period: str) -> Explanation:
        """Raises NotFound if the period is not closed, or nobody watched this creator in it."""
        row = next(iter(_rows(connection, person, period)), None)
        if row is None:
            raise NotFound("You had no qualified view in this month, or it is not closed.")
        first = span(period).start // DAY_MS
        by_day = dict(zip((day_name(day) for day in span(period).days), json.loads(row.by_day), strict=False))
        coins = divided(row.coins, by_day)
        videos = self._videos(connection, person, period, row.coins)
        shown = videos[:VIDEOS_SHOWN_MAX]
        figures = Figures(row.age_days, row.followers, row.views, row.days)
        terms = msgspec.json.decode(row.terms, type=Terms)
        return Explanation(
            month=_month(row), needs=_needs(figures, terms), weight=row.weight, total_weight=row.total_weight,
            watched_ms=row.ms, viewers=row.viewers, code=hashed(bytes(row.code_key), person), digest=row.digest,
            days=[Day(day_name(first + at), coins.get(day_name(first + at), 0)) for at in range(len(by_day))],
            videos=self._described(connection, shown, person), more_videos=len(videos) - len(shown),
            more_coins=sum(video.coins for video in videos[VIDEOS_SHOWN_MAX:]),
            corrections=self._corrections.of_creator(connection, person, period),
        )  # fmt: skip

    @staticmethod
    def _videos(connection: Connection, person: str, period: str, coins: int) -> list[Video]:
        own = select(fund_videos).where(fund_videos.c.period == period, fund_videos.c.creator == person)
        rows = connection.execute(own).all()
        of_each = divided(coins, {row.video: row.weight for row in rows})
        found = [
            Video(row.video, of_each[row.video], row.views, row.ms, row.liked, row.shared, row.followed) for row in rows
        ]
        return sorted(found, key=lambda video: (-video.coins, -video.watched_ms, video.video))

    def _described(self, connection: Connection, videos: Sequence[Video], person: str) -> list[Video]:
        known = self._describe(connection, [video.video for video in videos], person) if videos else {}
        return [
            msgspec.structs.replace(video, caption=known[video.video].title, poster=known[video.video].picture or UNSET)
            if video.video in known else video
            for video in videos
        ]  # fmt: skip


def _rows(connection: Connection, person: str, period: str = "") -> Sequence[Row[Any]]:
    periods = fund_periods.c
    own = (
        select(
            fund_creators, periods.state, (periods.pot - periods.corrected).label("pot"), periods.posted_at,
            periods.terms, periods.viewers,
            periods.weight.label("total_weight"), periods.digest, periods.code_key,
        )
        .join(fund_periods, periods.period == fund_creators.c.period)
        .where(fund_creators.c.creator == person, periods.state.in_(FROZEN))
        .order_by(fund_creators.c.period.desc()).limit(MONTHS_SHOWN_MAX)
    )  # fmt: skip
    return connection.execute(own.where(periods.period == period) if period else own).all()


def _month(row: Row[Any]) -> Month:
    why = row.reasons.split(",") if row.reasons else []
    return Month(row.period, row.state, row.coins, row.pot, row.views, why, row.posted_at)


def _needs(has: Figures, terms: Terms, *, counted: bool = True) -> list[Need]:
    return [
        Need("age", has.age_days, terms.creator_age_days),
        Need("followers", has.followers, terms.creator_followers),
        Need("views", has.views if counted else None, terms.creator_views),
        Need("days", has.days if counted else None, terms.creator_days),
    ]


def number_of_creators(connection: Connection, period: str) -> tuple[int, int]:
    """How many had a qualified view, and how many of them get something."""
    paid = func.sum(func.coalesce(func.sign(fund_creators.c.coins), 0))
    found = connection.execute(select(func.count(), paid).where(fund_creators.c.period == period)).one()
    return int(found[0]), int(found[1] or 0)
