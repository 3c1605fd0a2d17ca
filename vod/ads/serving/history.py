"""What decisions rest on, read from the rows: what a viewer was shown, how good ads are, and when there are viewers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from vod.ads.decision.pacing import EVEN, HOUR_MS, HOURS, Curve
from vod.ads.decision.quality import Counts, Week
from vod.ads.decision.seen import SHOWN_PER_VIEWER_MAX, Past, Shown
from vod.ads.serving.statements import upsert
from vod.ads.tables import ad_days, ad_places, ad_serves, ad_traffic

Where = tuple[str, str]
"""A zone, and the country of the request; empty if nobody knows it."""

WEEK_DAYS = 7
NO_WEEK = Week()


def past_of(connection: Connection, viewer: str, now: int) -> Past:
    """What a viewer was shown that still counts for caps, the newest first, and what they have hidden."""
    counts = or_(ad_serves.c.seen, ad_serves.c.expires_at > now, ad_serves.c.hidden)
    query = select(ad_serves).where(ad_serves.c.viewer == viewer, counts).order_by(ad_serves.c.at.desc())
    rows = connection.execute(query.limit(SHOWN_PER_VIEWER_MAX)).all()
    shown = [Shown(row.id, row.campaign, row.day, None if row.seen else row.expires_at) for row in reversed(rows)]
    return Past(shown, {row.campaign for row in rows if row.hidden})


def counts(connection: Connection, campaigns: Collection[str], now: int) -> dict[str, Counts]:
    """What is known of these campaigns' views, clicks, finishes and conversions."""
    columns = (func.sum(ad_days.c.viewable), func.sum(ad_days.c.clicks), func.sum(ad_days.c.finishes))
    query = select(ad_days.c.campaign, *columns).group_by(ad_days.c.campaign)
    wanted, week = set(campaigns), weeks(connection, None, now)
    return {
        campaign: Counts(int(viewable), int(clicks), int(finishes), week.get(campaign, NO_WEEK))
        for campaign, viewable, clicks, finishes in connection.execute(query)
        if campaign in wanted
    }


def weeks(connection: Connection, campaigns: Collection[str] | None, now: int) -> dict[str, Week]:
    """The last seven days of these campaigns, today included; None: of all."""
    first = (datetime.fromtimestamp(now / 1000, UTC).date() - timedelta(WEEK_DAYS - 1)).isoformat()
    columns = (func.sum(ad_days.c.viewable), func.sum(ad_days.c.clicks), func.sum(ad_days.c.conversions))
    query = select(ad_days.c.campaign, *columns).where(ad_days.c.day >= first).group_by(ad_days.c.campaign)
    if campaigns is not None:
        query = query.where(ad_days.c.campaign.in_(campaigns))
    return {campaign: Week(*map(int, found)) for campaign, *found in connection.execute(query)}


def curve(connection: Connection, now: int) -> Curve:
    """The last 24 whole hours, by hour of UTC; an even day until there is one."""
    hour = now // HOUR_MS
    query = select(ad_traffic).where(ad_traffic.c.hour >= hour - HOURS, ad_traffic.c.hour < hour)
    places = {row.hour: row.places for row in connection.execute(query)}
    first = connection.execute(select(func.min(ad_traffic.c.hour))).scalar()
    if first is None or first > hour - HOURS or not places:
        return EVEN
    last = hour - 1
    return tuple(float(places.get(last - (last - of_day) % HOURS, 0)) for of_day in range(HOURS))


def add_places(connection: Connection, now: int, places: Mapping[Where, int]) -> None:
    """Count places where an ad could have been shown: all together, and by zone and country."""
    if not places:
        return
    hour = now // HOUR_MS
    new = upsert(connection, ad_traffic).values(hour=hour, places=sum(places.values()))
    more = {"places": ad_traffic.c.places + new.excluded.places}
    connection.execute(new.on_conflict_do_update(index_elements=["hour"], set_=more))
    each = upsert(connection, ad_places)
    more = {"places": ad_places.c.places + each.excluded.places}
    rows = [
        {"hour": hour, "zone": zone, "country": country, "places": count}
        for (zone, country), count in sorted(places.items())
    ]
    connection.execute(each.on_conflict_do_update(index_elements=["hour", "zone", "country"], set_=more), rows)
