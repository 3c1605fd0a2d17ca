"""People who use the feed, with an account old enough to be heard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.identity import Identity
from core.ids import first_id, time_of
from tests.vod.conftest import House
from tests.vod.feed.conftest import BASE_URL
from vod.feed.events import FeedEvent
from vod.feed.feed import FeedVideo
from vod.feed.viewer import Viewer
from vod.part import Vod
from vod.tables import videos

MONTH_MS = 30 * 86_400_000
LENGTH_MS = 10_000


class Fan:
    """Somebody who looks at For you, in one or another process."""

    def __init__(self, house: House, *, aged: bool = True, adult: bool = True) -> None:
        made = house.person()
        old = first_id(time_of(made.id) - MONTH_MS)[:10] + made.id[10:]
        self.who = Identity(old if aged else made.id, made.handle, made.name, made.role, adult)
        self.viewer = Viewer(self.who.id, self.who)
        self.house = house

    def page(self, vod: Vod, limit: int = 10) -> list[FeedVideo]:
        page = vod.feed.for_you(self.viewer, "", limit, BASE_URL)
        return [item for item in page.items if isinstance(item, FeedVideo)]

    def do(self, vod: Vod, item: FeedVideo, kind: str = "finish") -> int:
        self.house.time.leap_ms += 2 * LENGTH_MS
        event = FeedEvent(item.id, kind, LENGTH_MS, item.impression)  # type: ignore[arg-type]
        return vod.feed_events.record(self.viewer, [event])


@pytest.fixture
def fan(house: House) -> Callable[..., Fan]:
    return lambda **options: Fan(house, **options)


@pytest.fixture
def library(house: House) -> list[str]:
    """Twelve videos of three people, ten seconds each; the model is loaded."""
    makers = [house.person() for _ in range(3)]
    made = [house.show(makers[number % 3]) for number in range(12)]
    house.database.write(lambda c: c.execute(videos.update().values(duration_ms=LENGTH_MS)))
    house.vod.learning.catch_up()
    return made
