"""Which takeover somebody sees first: at most one for each person and day, the same all day, none they have hidden."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, or_, select

from vod.ads.campaigns.campaign import RunningCampaign
from vod.ads.serving.serve import OPENING
from vod.ads.tables import ad_serves


def had_one(connection: Connection, viewer: str, day: str, now: int) -> bool:
    """Whether a viewer was shown a takeover on this day (UTC), or is about to be."""
    counts = or_(ad_serves.c.seen, ad_serves.c.hidden, ad_serves.c.expires_at > now)
    mine = (ad_serves.c.viewer == viewer, ad_serves.c.place == OPENING, ad_serves.c.day == day)
    return connection.execute(select(ad_serves.c.id).where(*mine, counts).limit(1)).first() is not None


def choose(
    running: Sequence[RunningCampaign], viewer: str, day: str, now: int, *, without: Collection[str],
    own: Collection[str],
) -> RunningCampaign | None:  # fmt: skip
    """One of those that have booked this moment: each of a day's advertisers gets as many people as the others.

    `without`: campaigns that the viewer has hidden; `own`: advertisers that they belong to.
    """
    open_now = [
        one for one in running
        if one.starts <= now < one.ends and one.id not in without and one.advertiser not in own
    ]  # fmt: skip
    if not open_now:
        return None
    digest = hashlib.blake2b(f"{viewer} {day}".encode(), digest_size=8).digest()
    return open_now[int.from_bytes(digest) % len(open_now)]
