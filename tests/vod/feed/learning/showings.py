"""What fans see and do in the tests of learning, and what was learned from it."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from tests.vod.conftest import House
from tests.vod.feed.learning.conftest import Fan
from vod.feed.recommender.picks import Interest
from vod.part import Vod
from vod.tables import feed_events

Fans = Callable[..., Fan]


def interests(vod: Vod, fan: Fan) -> list[Interest]:
    return vod.learning.interests(fan.who.id)


def watch(house: House, fan: Fan, count: int = 3) -> None:
    for item in fan.page(house.vod)[:count]:
        assert fan.do(house.vod, item) == 1


def row_of(house: House, kind: str) -> tuple[float, float, str | None]:
    query = select(feed_events.c.fraction, feed_events.c.voice, feed_events.c.profile).where(feed_events.c.kind == kind)
    row = house.database.read(lambda c: c.execute(query.order_by(feed_events.c.id.desc())).first())
    assert row is not None
    return row.fraction, row.voice, row.profile
