"""The feed: what is shown to whom, in which order and why."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select

from core.errors import InvalidRequest
from tests.vod.conftest import House
from tests.vod.feed.conftest import BASE_URL, Swipe, subject
from vod.feed.cursor import Cursor
from vod.feed.feed import Feed
from vod.feed.impressions import Showing
from vod.feed.rankers import Ranked, Ranker, Visit
from vod.feed.viewer import Viewer
from vod.tables import videos

NOBODY = Viewer("~nobody", None)


def test_for_you_shows_each_ready_video_once_newest_first(house: House, swipe: Swipe) -> None:
    who = house.person()
    made = [house.show(who) for _ in range(7)]
    house.show(who, "processing")
    items = swipe(limit=3)
    assert [subject(item) for item in items] == sorted(made, reverse=True)
    assert {item.reason.code for item in items} == {"chronological"}


def test_following_shows_only_videos_of_followed_people(house: House) -> None:
    person, followed, other = house.person(), house.person(), house.person()
    viewer = Viewer(person.id, person)
    wanted = house.show(followed)
    house.show(other)
    house.go_live(other)
    assert house.vod.feed.of_followed(viewer, "", 20).items == []
    house.follows.follow(person.id, followed.handle)
    (item,) = house.vod.feed.of_followed(viewer, "", 20).items
    assert (subject(item), item.reason.code) == (wanted, "followed")


def test_following_has_every_video_once_across_pages(house: House) -> None:
    person, followed = house.person(), house.person()
    house.follows.follow(person.id, followed.handle)
    made = [house.show(followed) for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.vod.feed.of_followed(Viewer(person.id, person), cursor, 2)
        seen += [subject(item) for item in page.items]
        cursor = page.next
    assert seen == sorted(made, reverse=True)


def test_the_ranker_can_be_replaced(house: House) -> None:
    who = house.person()
    oldest, newest = sorted(house.show(who) for _ in range(2))
    asked: list[str] = []

    def oldest_first(connection: Connection, visit: Visit, cursor: str, limit: int) -> Ranked:
        asked.append(cursor)
        rows = connection.execute(select(videos).order_by(videos.c.id).limit(limit)).all()
        shown = vod.videos.shown(connection, rows, None)
        return Ranked([(Showing("video", video.id, "followed"), video) for video in shown], "more.of-it")

    def choose(connection: Connection, viewer: Viewer, at: Cursor) -> tuple[Visit, Ranker]:
        return Visit(viewer, at.session, at.progress.position, None), oldest_first

    vod = house.vod
    feed = Feed(house.database, vod.videos, vod.impressions, house.follows.following, house.live_rooms, choose)
    page = feed.for_you(NOBODY, "", 20, BASE_URL)
    assert [subject(item) for item in page.items] == [oldest, newest]
    assert {item.reason.code for item in page.items} == {"followed"}
    assert page.next is not None
    assert len(page.next) <= 100, "a cursor that no list accepts"
    feed.for_you(NOBODY, page.next, 20, BASE_URL)
    assert asked == ["", "more.of-it"]


def test_a_live_room_opens_the_feed_and_another_follows_every_six_videos(house: House, swipe: Swipe) -> None:
    who = house.person()
    for _ in range(14):
        house.show(who)
    rooms = [house.go_live(who) for _ in range(4)]
    items = swipe(limit=5)
    assert [index for index, item in enumerate(items) if subject(item) in rooms] == [0, 7, 14]
    assert [subject(items[index]) for index in (0, 7, 14)] == rooms[:3]
    assert {items[index].reason.code for index in (0, 7, 14)} == {"live"}
    assert len(items) == 14 + 3


def test_without_videos_the_feed_has_only_live_rooms(house: House, swipe: Swipe) -> None:
    rooms = [house.go_live(house.person()) for _ in range(5)]
    for limit in (1, 2, 5, 20):
        assert [subject(item) for item in swipe(limit=limit)] == rooms


def test_a_room_that_rises_between_pages_is_not_shown_twice(house: House) -> None:
    who = house.person()
    for _ in range(20):
        house.show(who)
    first, second = house.go_live(who), house.go_live(who)
    page = house.vod.feed.for_you(NOBODY, "", 5, BASE_URL)
    assert subject(page.items[0]) == first
    house.live.reverse()
    house.live.append(house.live.pop(0))
    assert page.next is not None
    following = house.vod.feed.for_you(NOBODY, page.next, 10, BASE_URL)
    assert [subject(item) for item in following.items if subject(item) in (first, second)] == [second]


def test_the_same_cursor_gives_the_same_page(house: House) -> None:
    who = house.person()
    for _ in range(20):
        house.show(who)
    for _ in range(3):
        house.go_live(who)
    start = house.vod.feed.for_you(NOBODY, "", 4, BASE_URL)
    assert start.next is not None
    once, again = (house.vod.feed.for_you(NOBODY, start.next, 8, BASE_URL) for _ in range(2))
    assert [subject(item) for item in once.items] == [subject(item) for item in again.items]
    assert once.next == again.next


def test_a_room_that_goes_live_between_pages_comes_next(house: House) -> None:
    who = house.person()
    for _ in range(20):
        house.show(who)
    page = house.vod.feed.for_you(NOBODY, "", 8, BASE_URL)
    room = house.go_live(who)
    assert page.next is not None
    assert subject(house.vod.feed.for_you(NOBODY, page.next, 8, BASE_URL).items[0]) == room


@pytest.mark.parametrize(
    "cursor", ["x", "0", ".", "..", "0" * 20, f"{'0' * 20}.1-2", f"{'0' * 20}.a-b-c.x", "é.1-2-3."]
)
def test_an_invalid_cursor_is_refused(house: House, cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        house.vod.feed.for_you(NOBODY, cursor, 5, BASE_URL)
