"""Which views count in the creator fund, from the feed's events to the fund's rows."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from core.identity import Identity
from money.earnings import DAY_MS
from money.fund.division import FOLLOWED, LIKED, SHARED
from money.tables import fund_views
from tests.vod.conftest import House
from vod.feed.events import FeedEvent
from vod.feed.viewer import Viewer
from vod.tables import feed_impressions, videos

MINUTE_MS = 60_000


class Cinema:
    def __init__(self, house: House) -> None:
        self.house = house
        self.maker, self.viewer = house.person(), house.person()
        house.time.leap_ms = 20 * DAY_MS  # nobody's account is new
        house.time.leap_ms += DAY_MS - house.time() % DAY_MS + 3_600_000  # and no test crosses midnight

    def film(self, duration_ms: int = MINUTE_MS, visibility: str = "public", maker: Identity | None = None) -> str:
        video = self.house.show(maker or self.maker, visibility=visibility)
        length = update(videos).where(videos.c.id == video).values(duration_ms=duration_ms)
        self.house.database.write(lambda c: c.execute(length))
        return video

    def watch(self, video: str, ms: int, who: Identity | None = None, **named: str) -> None:
        """In real time: more than what the clock allows is not believed."""
        self.house.time.leap_ms += ms + 31 * MINUTE_MS
        person = who or self.viewer
        self.house.vod.feed_events.record(
            Viewer(person.id, person),
            [FeedEvent(video, "view", ms, **named)],  # type: ignore[arg-type]
        )

    def counted(self) -> dict[str, tuple[int, int]]:
        """Milliseconds and reactions by video."""
        rows = select(fund_views.c.video, fund_views.c.ms, fund_views.c.reactions)
        return {
            video: (ms, reactions) for video, ms, reactions in self.house.database.read(lambda c: c.execute(rows).all())
        }


@pytest.fixture
def cinema(house: House) -> Cinema:
    return Cinema(house)


def test_five_seconds_or_half_of_a_short_film_count(cinema: Cinema) -> None:
    long, short = cinema.film(), cinema.film(4_000)
    cinema.watch(long, 4_999)
    cinema.watch(short, 1_999)
    assert cinema.counted() == {}
    cinema.watch(long, 5_000)
    cinema.watch(short, 2_000)
    assert cinema.counted() == {long: (5_000, 0), short: (2_000, 0)}


def test_loops_count_twice_at_most(cinema: Cinema) -> None:
    video = cinema.film(10_000)
    cinema.watch(video, 45_000)
    assert cinema.counted() == {video: (20_000, 0)}


def test_a_second_view_of_the_day_adds_nothing(cinema: Cinema) -> None:
    video = cinema.film()
    for ms in (8_000, 20_000, 9_000):
        cinema.watch(video, ms)
    assert cinema.counted() == {video: (20_000, 0)}


def test_only_public_films_of_others_count(cinema: Cinema) -> None:
    for visibility in ("followers", "private"):
        cinema.watch(cinema.film(visibility=visibility), 8_000)
    cinema.watch(cinema.film(maker=cinema.viewer), 8_000)
    assert cinema.counted() == {}


def test_visitors_and_young_accounts_count_for_nothing(cinema: Cinema, house: House) -> None:
    video = cinema.film()
    house.vod.feed_events.record(Viewer("~visitor", None), [FeedEvent(video, "view", 8_000)])
    house.time.leap_ms -= 8 * DAY_MS
    cinema.watch(video, 8_000)
    assert cinema.counted() == {}


def test_what_the_viewer_did_with_it_that_day_counts_in_any_order(cinema: Cinema, house: House) -> None:
    video = cinema.film()
    viewer = cinema.viewer
    house.vod.likes.like(video, viewer, liked=True)
    cinema.watch(video, 8_000)
    assert cinema.counted() == {video: (8_000, LIKED)}
    house.vod.feed_events.record(Viewer(viewer.id, viewer), [FeedEvent(video, "share")])
    assert cinema.counted() == {video: (8_000, LIKED | SHARED)}
    house.vod.likes.like(video, viewer, liked=False)
    house.follows.follow(viewer.id, cinema.maker.handle)
    house.vod.feed_events.note(Viewer(viewer.id, viewer), "unlike", video)
    house.vod.feed_events.note(Viewer(viewer.id, viewer), "follow", video)
    assert cinema.counted() == {video: (8_000, SHARED | FOLLOWED)}


def test_what_somebody_paid_for_does_not_count(cinema: Cinema, house: House) -> None:
    video = cinema.film()
    row = {
        "id": "paid", "viewer": cinema.viewer.id, "session": "s", "kind": "video", "subject": video, "position": 1,
        "reason": "sponsored", "at": house.time(),
    }  # fmt: skip
    house.database.write(lambda c: c.execute(feed_impressions.insert().values(row)))
    cinema.watch(video, 8_000, impression="paid")
    assert cinema.counted() == {}
    cinema.watch(video, 6_000)
    assert cinema.counted() == {video: (6_000, 0)}
