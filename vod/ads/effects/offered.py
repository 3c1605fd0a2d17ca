"""Which sponsored effects are offered now, and who is behind those that were used. It imports nothing but tables, as
the catalogue of videos asks it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from money.ads.credit import EffectCredit
from vod.ads.campaigns.tables import advertisers
from vod.ads.effects.tables import effect_bookings, effect_days, video_effects

_CREDIT = select(
    effect_bookings.c.id, effect_bookings.c.name, effect_bookings.c.sponsor, effect_bookings.c.paid_by
)  # fmt: skip

_OF_VIDEOS = (
    _CREDIT.add_columns(video_effects.c.video)
    .join(video_effects, video_effects.c.effect == effect_bookings.c.id)
    .where(video_effects.c.video.in_(bindparam("videos")))
)


def may_be_offered(query: Select[Any], now: int) -> Select[Any]:
    """Those of a query of bookings whose present day is paid, and whose sponsor may be shown."""
    return query.join(advertisers, advertisers.c.id == effect_bookings.c.advertiser).where(
        effect_bookings.c.state == "booked", effect_bookings.c.starts_at <= now, effect_bookings.c.paid_until > now,
        advertisers.c.state == "verified", advertisers.c.stopped == "",
    )  # fmt: skip


def offered_credits(
    connection: Connection, ids: Collection[str], allowed: Collection[str], now: int
) -> dict[str, EffectCredit]:
    """Those of these effects that may be used now. `allowed`: the product categories."""
    query = may_be_offered(_CREDIT.where(effect_bookings.c.id.in_(ids)), now)
    return _credits(connection, query.where(effect_bookings.c.category.in_(allowed)))


def was_offered(connection: Connection, effect: str) -> bool:
    """Whether something can have been made with it."""
    paid = select(effect_days.c.effect).where(effect_days.c.effect == effect).limit(1)
    return connection.execute(paid).first() is not None


def credits_of_videos(connection: Connection, videos: Collection[str]) -> dict[str, EffectCredit]:
    """Who is behind the effects of these videos, by video."""
    return {row.video: _credit(row) for row in connection.execute(_OF_VIDEOS, {"videos": [*videos]})}


def _credits(connection: Connection, query: Select[Any]) -> dict[str, EffectCredit]:
    return {row.id: _credit(row) for row in connection.execute(query)}


def _credit(row: Row[Any]) -> EffectCredit:
    return EffectCredit(row.id, row.name, row.sponsor, row.paid_by)
