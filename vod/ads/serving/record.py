"""Writes serves, and counts the caps exactly: whichever nodes a person's pages come from, cap N shows N."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection, insert, or_, select

from core.text import folded
from vod.ads.campaigns.campaign import agreed
from vod.ads.campaigns.tables import campaigns
from vod.ads.serving.serve import OPENING, Serve
from vod.ads.serving.statements import locked, upsert
from vod.ads.tables import ad_library, ad_serves
from vod.ads.takeover.choice import had_one


def record(connection: Connection, viewer: str, node: str, serves: Sequence[Serve], now: int) -> list[Serve]:
    """Write those of these serves that the caps, the creators' consents and the clock of a challenge allow, and return
    them."""
    locked(connection, "viewer", viewer)  # until the commit: two pages of one viewer are counted one after the other
    by_day, in_all = _shown(connection, viewer, {serve.campaign.id for serve in serves}, now)
    not_any_more = _not_any_more(connection, serves, now)
    kept = []
    for serve in serves:
        caps, key = serve.campaign.caps, serve.key
        day, total = by_day.get(key, 0), in_all.get(serve.campaign.id, 0)
        if serve.campaign.id in not_any_more:
            continue
        if serve.place == OPENING and had_one(connection, viewer, serve.day, now):
            continue
        if (caps.day is not None and day >= caps.day) or (caps.total is not None and total >= caps.total):
            continue
        by_day[key], in_all[serve.campaign.id] = day + 1, total + 1
        kept.append(serve)
    if kept:
        connection.execute(insert(ad_serves), [serve.row(viewer, node) for serve in kept])
    return kept


def _not_any_more(connection: Connection, serves: Sequence[Serve], now: int) -> set[str]:
    """Promoted posts whose creator has taken their consent back, and promotions of challenges that have ended or were
    cancelled, perhaps a moment ago."""
    asked = {one.campaign.id for one in serves if one.campaign.format == "promoted" or one.campaign.challenge}
    if not asked:
        return set()
    still = select(campaigns.c.id).where(campaigns.c.id.in_(asked), agreed(now))
    return asked - set(connection.execute(still).scalars())


def _shown(
    connection: Connection, viewer: str, campaigns: Collection[str], now: int
) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
    """How often the viewer was shown these campaigns: on each of their days, and in all."""
    counts = or_(ad_serves.c.seen, ad_serves.c.expires_at > now)
    query = select(ad_serves.c.campaign, ad_serves.c.day).where(
        ad_serves.c.viewer == viewer, ad_serves.c.campaign.in_(campaigns), counts
    )
    by_day: dict[tuple[str, str], int] = {}
    in_all: dict[str, int] = {}
    for campaign, day in connection.execute(query):
        by_day[campaign, day] = by_day.get((campaign, day), 0) + 1
        in_all[campaign] = in_all.get(campaign, 0) + 1
    return by_day, in_all


def note_shown(connection: Connection, serves: Sequence[Serve]) -> None:
    """Put ads into the public library, as they were shown."""
    if not serves:
        return
    rows = [
        {
            "creative": one.creative.id, "campaign": one.campaign.id, "video": one.creative.video,
            "sponsor": one.campaign.sponsor, "paid_by": one.campaign.payer,
            "names": folded(f"{one.campaign.sponsor}\n{one.campaign.payer}"), "category": one.campaign.category,
            "text": one.creative.text, "landing": one.creative.url,
            "targets": msgspec.json.encode(one.campaign.targets).decode(), "first_at": one.at, "last_at": one.at,
        }
        for one in sorted(serves, key=lambda serve: serve.creative.id)
    ]  # fmt: skip
    new = upsert(connection, ad_library)
    changed = {
        name: new.excluded[name]
        for name in ("video", "sponsor", "paid_by", "names", "category", "text", "landing", "targets", "last_at")
    }
    connection.execute(new.on_conflict_do_update(index_elements=["creative"], set_=changed), rows)
