"""What became of a campaign: by day of its zone, and of what was billed by hour, hashtag, country and zone.

Days are the counts that billing keeps, so they add up to what the campaign shows. Hours, hashtags, countries and zones
are those of the newest receipts. What concerns fewer than PEOPLE_MIN people is added up without its name, together with
others if it would still be about fewer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection, Row, select

from vod.ads.campaigns.tables import campaigns
from vod.ads.decision.quality import CONVERSIONS_MIN
from vod.ads.events.counts import COLUMNS
from vod.ads.serving.history import NO_WEEK, WEEK_DAYS, weeks
from vod.ads.tables import ad_days, ad_receipts, ad_serves
from vod.errors import CampaignNotFound

PEOPLE_MIN = 20
UNKNOWN_COUNTRY = "ZZ"  # as the CLDR has it
RECEIPTS_MAX = 100_000  # read for one answer
CELLS_MAX = 50


class DayResult(msgspec.Struct, frozen=True):
    """A day of the campaign's zone. `planned_micro`: what was to be spent up to its end, if all days are alike.

    Every view is `viewable`, `not_viewable` or `undetermined`: nobody has said. `quarters` to `finishes`: how often so
    much of the video was watched. Conversions are on the day that their ad was shown; `conversion_rate` is of the
    clicks, and `cost_micro` what one conversion cost, null without one.
    """

    day: str
    views: int
    viewable: int
    clicks: int
    spent_micro: int
    planned_micro: int
    not_viewable: int
    undetermined: int
    quarters: int
    halves: int
    three_quarters: int
    finishes: int
    conversions: int
    converted_micro: int
    follows: int
    conversion_rate: float | None
    cost_micro: int | None


class Cell(msgspec.Struct, frozen=True):
    """A part of what was billed. `key` is null where there were fewer than 20 people; `people` is null there, too."""

    key: str | None
    people: int | None
    billed: int
    spent_micro: int


class Results(msgspec.Struct, frozen=True):
    """`reach`: how many people were billed, null below 20. `frequency`: how often each of them was."""

    days: list[DayResult]
    reach: int | None
    frequency: float | None
    hours: list[Cell]
    hashtags: list[Cell]
    countries: list[Cell]  # ISO 3166-1; ZZ: unknown
    learning: Learning
    zones: list[Cell]  # feed, live; opening: before the feed


class Learning(msgspec.Struct, frozen=True):
    """Whether there are enough conversions to bid for them: `conversions`, of ads shown in the last `days`. Below
    `needed`, a campaign that pays for conversions pays for clicks."""

    conversions: int
    needed: int = CONVERSIONS_MIN
    days: int = WEEK_DAYS


class _Billed(msgspec.Struct, frozen=True, gc=False):
    viewer: str
    at: int
    price_micro: int
    hashtags: list[str]
    country: str
    zone: str


def results(connection: Connection, campaign: str, now: int) -> Results:
    """Raises CampaignNotFound."""
    row = connection.execute(select(campaigns).where(campaigns.c.id == campaign)).first()
    if row is None:
        raise CampaignNotFound
    billed = _billed(connection, campaign)
    zone = ZoneInfo(row.zone)
    people = {one.viewer for one in billed}
    known = len(people) >= PEOPLE_MIN
    return Results(
        list(_days(connection, row)), len(people) if known else None,
        round(len(billed) / len(people), 2) if known else None,
        _cells((f"{datetime.fromtimestamp(one.at / 1000, zone).hour:02}", one) for one in billed),
        _cells((f"#{tag}", one) for one in billed for tag in one.hashtags),
        _cells((one.country or UNKNOWN_COUNTRY, one) for one in billed),
        Learning(weeks(connection, [campaign], now).get(campaign, NO_WEEK).conversions),
        _cells((one.zone, one) for one in billed),
    )  # fmt: skip


def _days(connection: Connection, row: Row[Any]) -> Iterator[DayResult]:
    """From the first day up to the last one that anything is known of, without gaps."""
    found = {one.day: one for one in connection.execute(select(ad_days).where(ad_days.c.campaign == row.id))}
    if not found:
        return
    first, end = date.fromisoformat(row.starts_on), date.fromisoformat(row.ends_on)
    days = (end - first).days + 1
    for number in range((date.fromisoformat(max(found)) - first).days + 1):
        day = (first + timedelta(number)).isoformat()
        one = found.get(day)
        planned = row.total_micro * min(number + 1, days) // days
        yield _day(day, one, planned)


def _day(day: str, one: Row[Any] | None, planned: int) -> DayResult:
    counts = dict.fromkeys(COLUMNS, 0) if one is None else {name: int(getattr(one, name)) for name in COLUMNS}
    conversions, clicks = counts["conversions"], counts["clicks"]
    counts["not_viewable"] = max(0, counts["not_viewable"])
    counts["undetermined"] = max(0, counts["views"] - counts["viewable"] - counts["not_viewable"])
    return DayResult(
        day=day, planned_micro=planned, conversion_rate=round(conversions / clicks, 4) if clicks else None,
        cost_micro=counts["spent_micro"] // conversions if conversions else None,
        **{name: counts[name] for name in DayResult.__struct_fields__ if name in counts},
    )  # fmt: skip


def _billed(connection: Connection, campaign: str) -> list[_Billed]:
    found = (
        select(
            ad_serves.c.viewer, ad_receipts.c.at, ad_receipts.c.price_micro, ad_serves.c.reasons, ad_serves.c.country,
            ad_receipts.c.place,
        )
        .join(ad_serves, ad_serves.c.id == ad_receipts.c.serve)
        .where(ad_receipts.c.campaign == campaign)
        .order_by(ad_receipts.c.serve.desc())
        .limit(RECEIPTS_MAX)
    )  # fmt: skip
    return [
        _Billed(
            row.viewer, row.at, row.price_micro, msgspec.json.decode(row.reasons).get("hashtag", []), row.country,
            row.place,
        )
        for row in connection.execute(found)
    ]  # fmt: skip


def _cells(parts: Iterable[tuple[str, _Billed]]) -> list[Cell]:
    """Those of enough people by key, and one for all others together."""
    found: dict[str, list[_Billed]] = defaultdict(list)
    for key, one in parts:
        found[key].append(one)
    cells: list[Cell] = []
    rest: list[_Billed] = []
    for key in sorted(found, key=lambda one: (-len(found[one]), one)):
        people = len({one.viewer for one in found[key]})
        if people < PEOPLE_MIN or len(cells) == CELLS_MAX:
            rest += found[key]
        else:
            cells.append(Cell(key, people, len(found[key]), sum(one.price_micro for one in found[key])))
    while cells and rest and len({one.viewer for one in rest}) < PEOPLE_MIN:
        rest += found[cells.pop().key or ""]  # else what is left would be about few people
    cells.sort(key=lambda cell: cell.key or "")
    return [*cells, Cell(None, None, len(rest), sum(one.price_micro for one in rest))] if rest else cells
