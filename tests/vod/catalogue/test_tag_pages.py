"""The page of a hashtag: counts, and the most viewed videos."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, delete, insert, update

from core.errors import InvalidRequest
from core.identity import Identity
from tests.vod.conftest import House
from vod.catalogue.tag_pages import EXACT_VIDEOS_MAX, KEPT_MS, MOST_VIEWED_MAX, TagCounter, TagPages
from vod.catalogue.tags import add_tags
from vod.tables import video_tags, videos


def tagged(
    house: House, views: int, state: str = "ready", by: Identity | None = None, visibility: str = "public"
) -> str:
    video = house.show(by or house.person(), state, visibility)

    def write(connection: Connection) -> None:
        connection.execute(update(videos).where(videos.c.id == video).values(views=views))
        add_tags(connection, video, "#Rainy")

    house.database.write(write)
    return video


def test_a_hashtag_counts_what_everybody_may_see(house: House) -> None:
    pages = TagPages(house.database, TagCounter(house.time), house.vod.videos)
    few, many = tagged(house, 3), tagged(house, 40)
    tagged(house, 1_000, "processing")
    page = pages.page("#RAINY", None)
    assert (page.tag, page.videos, page.views) == ("rainy", 2, 43)
    first = pages.most_viewed("rainy", None, "", 1)
    assert ([video.id for video in first.items], first.next) == ([many], "1")
    rest = pages.most_viewed("rainy", None, "1", 5)
    assert ([video.id for video in rest.items], rest.next) == ([few], None)
    assert pages.page("nothing\0", house.person()).videos == 0


def test_videos_for_followers_are_on_the_page_for_followers_alone(house: House) -> None:
    pages = TagPages(house.database, TagCounter(house.time), house.vod.videos)
    author, follower, stranger, moderator = (house.person(moderates=rank) for rank in (False, False, False, True))
    house.follows.follow(follower.id, author.handle)
    few, many = tagged(house, 3), tagged(house, 40)
    between = tagged(house, 20, by=author, visibility="followers")
    tagged(house, 30, by=author, visibility="private")
    tagged(house, 30, "processing", by=author, visibility="followers")
    public, all_three = [many, few], [many, between, few]
    viewers = [(author, all_three), (follower, all_three), (stranger, public), (moderator, public), (None, public)]
    for viewer, seen in viewers:
        page = pages.page("rainy", viewer)
        assert (page.videos, page.views) == (len(seen), 63 if between in seen else 43), viewer
        assert [video.id for video in pages.most_viewed("rainy", viewer, "", 5).items] == seen
        newest = house.vod.videos.by_tag("rainy", viewer, "", 5).items
        assert [video.id for video in newest] == sorted(seen, reverse=True)
    one_by_one, cursor = list[str](), ""
    while len(one_by_one) < 3:
        page_of_one = house.vod.videos.by_tag("rainy", follower, cursor, 1)
        one_by_one += [video.id for video in page_of_one.items]
        cursor = page_of_one.next or ""
    assert (one_by_one, cursor) == (sorted(all_three, reverse=True), "")
    first = pages.most_viewed("rainy", follower, "", 2)
    assert ([video.id for video in first.items], first.next) == ([many, between], "2")
    house.follows.unfollow(follower.id, author.handle)
    assert [video.id for video in pages.most_viewed("rainy", follower, "", 5).items] == public
    assert pages.page("rainy", follower).videos == 2


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "\u0661", "99999999999999999999"])
def test_a_forged_cursor_is_refused(house: House, cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        TagPages(house.database, TagCounter(house.time), house.vod.videos).most_viewed("rainy", None, cursor, 5)


def test_counts_of_a_large_hashtag_are_kept_for_a_minute(house: House) -> None:
    counter, who = TagCounter(house.time), house.person()
    rows = [
        {"id": f"{n:020}", "person": who.id, "state": "ready", "created_at": n, "views": n}
        for n in range(EXACT_VIDEOS_MAX + 1)
    ]

    def write(connection: Connection) -> None:
        connection.execute(insert(videos), rows)
        connection.execute(insert(video_tags), [{"tag": "big", "video": row["id"]} for row in rows])

    house.database.write(write)
    counted = house.database.read(lambda c: counter.counts(c, ["big"]))["big"]
    assert counted.videos == EXACT_VIDEOS_MAX + 1
    most = house.database.read(lambda c: counter.most_viewed(c, "big"))
    assert most[0] == (EXACT_VIDEOS_MAX, rows[-1]["id"])
    assert len(most) == MOST_VIEWED_MAX
    house.database.write(lambda c: c.execute(delete(videos).where(videos.c.id == rows[0]["id"])))
    house.database.write(lambda c: c.execute(delete(videos).where(videos.c.id == rows[-1]["id"])))
    assert house.database.read(lambda c: counter.counts(c, ["big"])) == {"big": counted}
    assert house.database.read(lambda c: counter.most_viewed(c, "big")) == most
    house.time.leap_ms += KEPT_MS
    assert house.database.read(lambda c: counter.counts(c, ["big"]))["big"].videos == EXACT_VIDEOS_MAX - 1
    assert house.database.read(lambda c: counter.most_viewed(c, "big"))[0] == (EXACT_VIDEOS_MAX - 1, rows[-2]["id"])


def test_the_number_of_kept_counts_is_bounded(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    counter = TagCounter(house.time)
    monkeypatch.setattr("vod.catalogue.tag_pages.EXACT_VIDEOS_MAX", -1)
    monkeypatch.setattr("vod.catalogue.tag_pages.KEPT_TAGS_MAX", 3)
    video = house.show(house.person())
    tags = [f"tag{number}" for number in range(5)]
    house.database.write(lambda c: c.execute(insert(video_tags), [{"tag": tag, "video": video} for tag in tags]))
    assert len(house.database.read(lambda c: counter.counts(c, tags))) == 5
    assert len(counter._kept) == 3
