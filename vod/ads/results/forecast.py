"""How many views a campaign is likely to get, from what was shown in the last week.

Every eighth place of the feed can be an ad. Of the places of the last week, those count that fit the targets on
hashtags, sounds, languages and hours, and the share of them that was in the wanted countries. Places between live rooms
are counted as they come up, by country and hour; what the rooms were about is not known, nor are devices, so these only
make the estimate uncertain. Campaigns that bid as much share the places. Caps bound how many views each person gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, true

from core.ids import first_id
from vod.ads.campaigns.booking import Terms
from vod.ads.campaigns.campaign import Caps, Targets
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.tables import campaigns
from vod.ads.decision.quality import CONVERSION_RATE
from vod.ads.serving.serve import FEED, ROOMS
from vod.ads.tables import ad_places
from vod.catalogue.tags import has_tag
from vod.tables import feed_impressions, videos

PAST_DAYS = 7
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
HOURS_PER_DAY = 24
PLACES_PER_SHOWING = 1 / 8
VIEWABLE_SHARE = 0.7  # of the ads that are placed; half the picture for two seconds
CLICK_SHARE = 0.01  # of the viewable views
SPREAD = 0.35  # either way; wider with targets that the past does not tell
SPREAD_UNKNOWN = 0.6
PEOPLE_STEP = 10
SHOWINGS_MAX = 200_000  # read for one forecast; beyond, the newest are taken for all

Limit = Literal["budget", "places", "caps"]


class Forecast(msgspec.Struct, frozen=True):
    """Over all days of the campaign: viewable views, people reached, clicks and spending, from the least to the most
    that is likely; rounded, so that it tells nothing of single people. `limited_by`: what keeps it from more.
    `places`: places for ads that fit, by those of `past_days`."""

    views_low: int
    views_high: int
    people_high: int
    clicks_high: int
    spend_low_micro: int
    spend_high_micro: int
    limited_by: Limit
    places: int
    past_days: int
    days: int


def forecast(connection: Connection, terms: Terms, zone: str, now: int) -> Forecast:
    """`terms` are checked."""
    days = max(1, (terms.ends_on - max(terms.starts_on, today(zone, now))).days + 1)
    past_days, showings, people = _past(connection, terms.targets, ZoneInfo(zone), now)
    in_countries = _share_in(connection, terms.targets, now)
    in_feed = showings * PLACES_PER_SHOWING / past_days * (1 if in_countries is None else in_countries)
    between = _between_rooms(connection, terms.targets, ZoneInfo(zone), now)
    places = int((in_feed if FEED in terms.targets.zones else 0) * days + between * days)
    viewable = places * VIEWABLE_SHARE / (1 + _rivals(connection, terms, now))
    people = int(people * (1 if in_countries is None else in_countries))
    unknown = people == 0 and ROOMS in terms.targets.zones  # nobody has counted who looks at live rooms
    capped = float("inf") if unknown else _capped(terms.caps, people, days)
    paid = _paid(terms)
    expected = min(viewable, capped, paid)
    limit: Limit = "budget" if paid <= min(viewable, capped) else "caps" if capped < viewable else "places"
    unsure = terms.targets.devices or in_countries is None or _unknown_of_rooms(terms.targets)
    spread = SPREAD_UNKNOWN if unsure else SPREAD
    low, high = _rounded(expected * (1 - spread)), _rounded(min(expected * (1 + spread), paid))
    reached = high if unknown else min(people // PEOPLE_STEP * PEOPLE_STEP, high)
    return Forecast(
        low, high, reached, int(high * CLICK_SHARE), _spent(terms, low), _spent(terms, high), limit, _rounded(places),
        past_days, days,
    )  # fmt: skip


def _rounded(number: float) -> int:
    """To two digits, down."""
    whole = int(number)
    step = int(10 ** max(0, len(str(whole)) - 2))
    return whole // step * step


def _past(connection: Connection, targets: Targets, zone: ZoneInfo, now: int) -> tuple[int, int, int]:
    """For how many days showings are known, how many of them fit, and how many people saw these."""
    since = now - PAST_DAYS * DAY_MS
    recent = and_(feed_impressions.c.id >= first_id(since), feed_impressions.c.kind == "video")
    first = connection.execute(select(func.min(feed_impressions.c.at)).where(recent)).scalar()
    if first is None:
        return PAST_DAYS, 0, 0
    found = select(feed_impressions.c.viewer, feed_impressions.c.session, feed_impressions.c.at).where(recent)
    if conditions := _conditions(targets):
        found = found.join(videos, videos.c.id == feed_impressions.c.subject).where(*conditions)
    rows = connection.execute(found.order_by(feed_impressions.c.id.desc()).limit(SHOWINGS_MAX)).all()
    if targets.hours:
        wanted = frozenset(targets.hours)
        rows = [row for row in rows if datetime.fromtimestamp(row.at / 1000, zone).hour in wanted]
    days = max(1, -(-(now - first) // DAY_MS))
    return min(PAST_DAYS, days), len(rows), len({row.viewer or row.session for row in rows})


def _share_in(connection: Connection, targets: Targets, now: int) -> float | None:
    """The share of the feed's places that was in the wanted countries; None if no place is known."""
    if not targets.countries:
        return 1.0
    week = and_(ad_places.c.zone == FEED, ad_places.c.hour >= (now - PAST_DAYS * DAY_MS) // HOUR_MS)
    all_, here = (
        int(connection.execute(select(func.coalesce(func.sum(ad_places.c.places), 0)).where(week, only)).scalar_one())
        for only in (true(), ad_places.c.country.in_(targets.countries))
    )
    return here / all_ if all_ else None


def _between_rooms(connection: Connection, targets: Targets, zone: ZoneInfo, now: int) -> float:
    """Places between live rooms on a day, in the wanted countries and hours."""
    if ROOMS not in targets.zones:
        return 0.0
    since = (now - PAST_DAYS * DAY_MS) // HOUR_MS
    found = select(ad_places.c.hour, ad_places.c.places).where(ad_places.c.zone == ROOMS, ad_places.c.hour >= since)
    if targets.countries:
        found = found.where(ad_places.c.country.in_(targets.countries))
    rows = connection.execute(found).all()
    if not rows:
        return 0.0
    first = min(int(row.hour) for row in rows)
    days = max(1, -(-(now // HOUR_MS + 1 - first) // HOURS_PER_DAY))
    wanted = frozenset(targets.hours)
    places = [
        int(row.places)
        for row in rows
        if not wanted or datetime.fromtimestamp(row.hour * HOUR_MS / 1000, zone).hour in wanted
    ]
    return float(sum(places) / min(PAST_DAYS, days))


def _unknown_of_rooms(targets: Targets) -> bool:
    """Whether it is to stand between rooms of a kind that is not known of past ones."""
    return ROOMS in targets.zones and bool(targets.hashtags or targets.sounds or targets.languages)


def _conditions(targets: Targets) -> Sequence[ColumnElement[bool]]:
    """What a video beside which the ad stands must have."""
    wanted: list[ColumnElement[bool]] = []
    if targets.hashtags:
        wanted.append(or_(*(has_tag(tag) for tag in targets.hashtags)))
    if targets.sounds:
        wanted.append(videos.c.sound.in_(targets.sounds))
    if targets.languages:
        wanted.append(videos.c.language.in_(targets.languages))
    return wanted


def _rivals(connection: Connection, terms: Terms, now: int) -> int:
    """Campaigns that run and bid as much for the same thing."""
    rivals = select(func.count()).where(
        campaigns.c.state == "running", campaigns.c.tier == "auction", campaigns.c.ends_at > now,
        campaigns.c.pricing == terms.pricing, campaigns.c.bid_micro >= terms.bid_micro,
    )  # fmt: skip
    return int(connection.execute(rivals).scalar_one())


def _capped(caps: Caps, people: int, days: int) -> float:
    """The most views that the caps allow: each person is there on half of the days."""
    by_day = float("inf") if caps.day is None else caps.day * max(1, days / 2)
    by_total = float("inf") if caps.total is None else caps.total
    each = min(by_day, by_total)
    return float("inf") if each == float("inf") else people * each


def _paid(terms: Terms) -> float:
    """The views that the budget pays at the full bid."""
    return terms.total_micro / _per_view(terms) if terms.bid_micro else float("inf")


def _spent(terms: Terms, views: int) -> int:
    return min(terms.total_micro, int(views * _per_view(terms)))


def _per_view(terms: Terms) -> float:
    """The bid, for one viewable view."""
    if terms.pricing == "cpm":
        return terms.bid_micro / 1_000
    return terms.bid_micro * CLICK_SHARE * (CONVERSION_RATE if terms.pricing == "ocpm" else 1.0)
