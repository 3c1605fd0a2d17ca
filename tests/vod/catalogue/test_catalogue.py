"""The catalogue and the feed: who sees what, and counts that are right."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from core.errors import InvalidRequest, NotAllowed
from core.identity import Identity
from core.ids import new_id
from tests.vod.conftest import House
from vod.catalogue.videos import PROCESSING_MAX
from vod.errors import CommentNotFound, TooManyProcessing, VideoNotFound, VideoNotReady
from vod.feed import feed
from vod.feed.feed import FeedEvent
from vod.tables import feed_events, video_comments, video_likes, videos


def shown(house: House, who: Identity, state: str = "ready") -> str:
    """A video that is just there, without files."""
    video = new_id()
    row = {"id": video, "person": who.id, "state": state, "created_at": house.time()}
    house.database.write(lambda c: c.execute(insert(videos).values(row)))
    return video


def test_what_is_not_ready_is_seen_only_by_its_owner_and_moderators(house: House) -> None:
    owner, other, moderator = house.person(), house.person(), house.person(moderates=True)
    for state in ("processing", "rejected"):
        video = shown(house, owner, state)
        for viewer in (owner, moderator):
            assert house.vod.videos.video(video, viewer).state == state
        for stranger in (other, None):
            with pytest.raises(VideoNotFound):
                house.vod.videos.video(video, stranger)
    expected: list[tuple[Identity | None, int]] = [(owner, 2), (other, 0), (None, 0)]
    for looking, number in expected:
        listed = partial(house.vod.videos.by_person, person=owner.id, viewer=looking, cursor="", limit=20)
        assert len(house.database.read(listed).items) == number
    with pytest.raises(VideoNotReady):
        house.vod.videos.like(video, owner, liked=True)


def test_liking_twice_is_liking_once_and_the_count_is_what_is_there(house: House) -> None:
    owner, fans = house.person(), [house.person() for _ in range(3)]
    video = shown(house, owner)
    for fan in fans:
        house.vod.videos.like(video, fan, liked=True)
        likes = house.vod.videos.like(video, fan, liked=True)
    assert (likes.likes, likes.liked) == (3, True)
    assert house.vod.videos.video(video, fans[0]).liked
    assert not house.vod.videos.video(video, owner).liked
    house.vod.videos.like(video, fans[0], liked=False)
    assert house.vod.videos.like(video, fans[0], liked=False).likes == 2
    assert house.vod.videos.video(video, None).likes == 2


def test_the_count_survives_everybody_liking_at_once(house: House) -> None:
    video, fans = shown(house, house.person()), [house.person() for _ in range(6)]

    def like(fan: Identity) -> None:
        for liked in (True, False, True, True):
            house.vod.videos.like(video, fan, liked=liked)

    threads = [threading.Thread(target=like, args=(fan,)) for fan in fans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = house.database.read(lambda c: c.execute(select(func.count()).select_from(video_likes)).scalar_one())
    assert house.vod.videos.video(video, None).likes == rows == len(fans)


def test_comments_come_newest_first_in_pages_and_are_counted(house: House) -> None:
    owner, who = house.person(), house.person()
    video = shown(house, owner)
    for number in range(5):
        house.vod.comments.add(video, who, f" {number} ")
    first = house.vod.comments.page(video, None, "", 3)
    assert first.next is not None
    second = house.vod.comments.page(video, None, first.next, 3)
    assert [comment.text for comment in (*first.items, *second.items)] == ["4", "3", "2", "1", "0"]
    assert second.next is None
    assert first.items[0].by == who.brief
    assert house.vod.videos.video(video, None).comments == 5


@pytest.mark.parametrize("text", ["", "  \n", "\x00", "x" * 501])
def test_an_empty_or_endless_comment_is_refused(house: House, text: str) -> None:
    who = house.person()
    video = shown(house, who)
    with pytest.raises(InvalidRequest):
        house.vod.comments.add(video, who, text)
    assert house.vod.videos.video(video, None).comments == 0


def test_a_comment_is_deleted_by_its_author_the_owner_or_a_moderator_only(house: House) -> None:
    owner, author, other, moderator = house.person(), house.person(), house.person(), house.person(moderates=True)
    video = shown(house, owner)
    for who in (author, owner, moderator):
        comment = house.vod.comments.add(video, author, "hello").id
        with pytest.raises(NotAllowed):
            house.vod.comments.delete(video, comment, other)
        house.vod.comments.delete(video, comment, who)
        with pytest.raises(CommentNotFound):
            house.vod.comments.delete(video, comment, who)
    assert house.vod.videos.video(video, None).comments == 0


def test_a_comment_is_not_reached_through_another_video(house: House) -> None:
    author = house.person()
    video, other = shown(house, house.person()), shown(house, author)
    comment = house.vod.comments.add(video, author, "hello").id
    with pytest.raises(CommentNotFound):
        house.vod.comments.delete(other, comment, author)


def test_a_deleted_video_takes_its_likes_and_comments_with_it(house: House) -> None:
    owner, fan = house.person(), house.person()
    video = shown(house, owner)
    house.vod.videos.like(video, fan, liked=True)
    house.vod.comments.add(video, fan, "hello")
    with pytest.raises(NotAllowed):
        house.vod.videos.delete(video, fan)
    house.vod.videos.delete(video, owner)
    with pytest.raises(VideoNotFound):
        house.vod.videos.video(video, owner)
    assert house.database.read(lambda c: c.execute(select(video_likes)).all()) == []
    assert house.database.read(lambda c: c.execute(select(video_comments)).all()) == []


def test_for_you_shows_what_is_ready_newest_first_and_every_one_once(house: House) -> None:
    who = house.person()
    made = [shown(house, who) for _ in range(7)]
    shown(house, who, "processing")
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.vod.feed.for_you(None, cursor, 3)
        seen += [video.id for video in page.items]
        cursor = page.next
    assert seen == sorted(made, reverse=True)


def test_following_shows_only_those_one_follows(house: House) -> None:
    viewer, followed, other = house.person(), house.person(), house.person()
    wanted = shown(house, followed)
    shown(house, other)
    assert house.vod.feed.of_followed(viewer, "", 20).items == []
    house.follows.follow(viewer.id, followed.handle)
    assert [video.id for video in house.vod.feed.of_followed(viewer, "", 20).items] == [wanted]


def test_another_recommender_decides_what_is_shown(house: House) -> None:
    who = house.person()
    oldest, newest = shown(house, who), shown(house, who)

    def oldest_first(connection: object, viewer: object, cursor: str, limit: int) -> object:
        rows = connection.execute(select(videos).order_by(videos.c.id).limit(limit)).all()  # type: ignore[attr-defined]
        return rows, "more"

    chosen = feed.Feed(house.database, house.time, house.vod.videos, house.follows.following, oldest_first)  # type: ignore[arg-type]
    page = chosen.for_you(None, "", 20)
    assert [video.id for video in page.items] == [oldest, newest]
    assert page.next == "more"


def test_a_view_counts_once_in_half_an_hour_for_each_viewer(house: House) -> None:
    video, who = shown(house, house.person()), house.person()
    view = [FeedEvent(video, "view", 500), FeedEvent(video, "view", 900), FeedEvent(video, "finish", 1000)]
    assert house.vod.feed.record(who.id, view) == 3
    assert house.vod.feed.record(who.id, view) == 3
    assert house.vod.videos.video(video, None).views == 1
    house.vod.feed.record(house.vod.feed.pseudonym("192.0.2.1"), view)
    house.vod.feed.record(house.vod.feed.pseudonym("192.0.2.1"), view)
    house.vod.feed.record(house.vod.feed.pseudonym("192.0.2.2"), view)
    assert house.vod.videos.video(video, None).views == 3
    house.time.leap_ms += feed.VIEW_AGAIN_MS + 1
    house.vod.feed.record(who.id, view)
    assert house.vod.videos.video(video, None).views == 4


def test_events_of_what_nobody_can_see_are_passed_over(house: House) -> None:
    hidden = shown(house, house.person(), "processing")
    assert house.vod.feed.record("x", [FeedEvent(hidden, "view"), FeedEvent("nonsense", "view")]) == 0
    assert house.database.read(lambda c: c.execute(select(feed_events)).all()) == []


def test_an_address_is_not_kept(house: House) -> None:
    pseudonym = house.vod.feed.pseudonym("192.0.2.1")
    assert "192.0" not in pseudonym
    assert pseudonym == house.vod.feed.pseudonym("192.0.2.1")
    house.time.leap_ms += 86_400_000
    assert pseudonym != house.vod.feed.pseudonym("192.0.2.1")


def test_events_are_bounded_in_age_and_number(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    video = shown(house, house.person())
    house.vod.feed.record("old", [FeedEvent(video, "view")])
    house.time.leap_ms += feed.EVENT_AGE_MS_MAX + 1000
    for number in range(6):
        house.vod.feed.record(f"v{number}", [FeedEvent(video, "view")])
    house.vod.feed.forget_old()
    viewers = select(feed_events.c.viewer).order_by(feed_events.c.viewer)
    assert house.database.read(lambda c: c.execute(viewers).scalars().all()) == [f"v{n}" for n in range(6)]
    monkeypatch.setattr(feed, "EVENTS_MAX", 4)
    house.vod.feed.forget_old()
    assert len(house.database.read(lambda c: c.execute(viewers).scalars().all())) == 4


def test_a_person_has_only_so_many_videos_in_processing(house: House) -> None:
    who = house.person()
    for _ in range(PROCESSING_MAX):
        shown(house, who, "processing")
    with pytest.raises(TooManyProcessing):
        house.database.read(lambda c: house.vod.videos.check_room(c, who.id))
    house.database.read(lambda c: house.vod.videos.check_room(c, house.person().id))


def test_a_local_file_is_taken_in_as_an_upload(house: House, small_film: Path) -> None:
    who = house.person()
    video = house.vod.ingest_file(who.id, small_film, "From the disk")
    assert house.vod.videos.video(video, who).caption == "From the disk"
    assert small_film.exists()
