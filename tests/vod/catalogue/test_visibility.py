"""Who may see a video: every function that shows or changes one asks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection

from core.errors import InvalidRequest, NotAllowed
from core.identity import Bar, Identity
from people.leaving.resting import rest
from people.standing.restrictions import restrict
from tests.vod.conftest import House
from vod.catalogue.comments.likes import CommentLiked
from vod.catalogue.likes import Likes
from vod.catalogue.published import count_published, list_published
from vod.catalogue.visibility import VISIBILITIES, Visibility
from vod.errors import CommentNotFound, VideoNotFound
from vod.feed.events import FeedEvent
from vod.feed.viewer import Viewer
from vod.leaving.hiding import hide_videos
from vod.library.saved import Saved
from vod.uploads import tus


def refused(call: Callable[[], object]) -> bool:
    try:
        call()
    except VideoNotFound:
        return True
    return False


class Cast:
    """The owner of a video of each visibility, and everybody who may look at it."""

    def __init__(self, house: House, small_film: Path) -> None:
        self.owner, self.follower, self.stranger = (house.person() for _ in range(3))
        self.moderator = house.person(moderates=True)
        house.follows.follow(self.follower.id, self.owner.handle)
        self.videos = {one: house.ready(self.owner, small_film, f"#{one} #all") for one in VISIBILITIES}
        for visibility, video in self.videos.items():
            house.vod.videos.edit(video, self.owner, None, visibility)

    def viewers(self, visibility: Visibility) -> tuple[list[Identity | None], list[Identity | None]]:
        """Those who may see it, and the others."""
        by_rank: list[Identity | None] = [self.owner, self.moderator, self.follower, self.stranger, None]
        count = {"public": 5, "followers": 3, "private": 2}[visibility]
        return by_rank[:count], by_rank[count:]


@pytest.fixture
def cast(house: House, small_film: Path) -> Cast:
    return Cast(house, small_film)


@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_a_video_exists_only_for_those_who_may_see_it(house: House, cast: Cast, visibility: Visibility) -> None:
    video = cast.videos[visibility]
    comment = house.vod.comments.add(video, cast.owner, "first").id
    allowed, others = cast.viewers(visibility)
    for viewer in (*allowed, *others):
        for call in (*readings(house, video, comment, viewer), *actions(house, video, comment, viewer)):
            assert refused(call) == (viewer in others), viewer


@pytest.mark.parametrize("visibility", VISIBILITIES)
def test_what_only_the_owner_may_do_does_not_tell_others_of_a_video(
    house: House, cast: Cast, visibility: Visibility
) -> None:
    video = cast.videos[visibility]
    comment = house.vod.comments.add(video, cast.owner, "first").id
    for viewer in (cast.follower, cast.stranger):
        gone = viewer in cast.viewers(visibility)[1]
        for call in rights_of_the_owner(house, video, comment, viewer):
            with pytest.raises(VideoNotFound if gone else NotAllowed):
                call()


def readings(house: House, video: str, comment: str, viewer: Identity | None) -> list[Callable[[], object]]:
    pages = house.vod.comment_pages
    return [
        lambda: house.vod.videos.video(video, viewer),
        lambda: pages.page(video, viewer, "", 5),
        lambda: pages.replies(video, comment, viewer, "", 5),
        lambda: pages.one(video, comment, viewer),
    ]


def actions(house: House, video: str, comment: str, viewer: Identity | None) -> list[Callable[[], object]]:
    """What every member may do with a video they see."""
    if viewer is None:
        return []
    return [
        lambda: house.vod.likes.like(video, viewer, liked=True),
        lambda: house.vod.comments.add(video, viewer, "hello"),
        lambda: house.vod.comment_likes.like(video, comment, viewer, liked=True),
        lambda: house.vod.saved.save(video, viewer),
    ]


def rights_of_the_owner(house: House, video: str, comment: str, viewer: Identity) -> list[Callable[[], object]]:
    return [
        lambda: house.vod.comments.pin(video, comment, viewer, pinned=True),
        lambda: house.vod.comments.delete(video, comment, viewer),
        lambda: house.vod.videos.edit(video, viewer, "mine", None),
        lambda: house.vod.videos.delete(video, viewer),
    ]


def test_who_does_not_see_a_video_any_more_can_take_back_what_they_did(house: House, cast: Cast) -> None:
    video, fan = cast.videos["public"], cast.stranger
    mine = house.vod.comments.add(video, fan, "mine").id
    reply = house.vod.comments.add(video, cast.follower, "a reply", mine).id
    others = house.vod.comments.add(video, cast.owner, "not mine").id
    house.vod.likes.like(video, fan, liked=True)
    house.vod.comment_likes.like(video, others, fan, liked=True)
    house.vod.saved.save(video, fan)
    house.vod.videos.edit(video, cast.owner, None, "private")
    for call in (*readings(house, video, mine, fan), *actions(house, video, others, fan)):
        assert refused(call)
    assert house.vod.likes.like(video, fan, liked=False) == Likes(0, False)
    assert house.vod.comment_likes.like(video, others, fan, liked=False) == CommentLiked(0, False)
    assert house.vod.saved.remove(video, fan) == Saved(False)
    house.vod.comments.delete(video, mine, fan)
    seen = house.vod.videos.video(video, cast.owner)
    assert (seen.likes, seen.comments) == (0, 1)
    with pytest.raises(CommentNotFound):
        house.vod.comments.delete(video, reply, cast.owner)


def test_taking_back_what_one_did_not_do_does_not_tell_of_a_video(house: House, cast: Cast) -> None:
    video, stranger = cast.videos["private"], cast.stranger
    comment = house.vod.comments.add(video, cast.owner, "first").id
    for missing in (video, "0" * 20):
        for call in (
            lambda: house.vod.likes.like(missing, stranger, liked=False),  # noqa: B023
            lambda: house.vod.comment_likes.like(missing, comment, stranger, liked=False),  # noqa: B023
            lambda: house.vod.comments.delete(missing, comment, stranger),  # noqa: B023
            lambda: house.vod.comments.delete(missing, "nothing", stranger),  # noqa: B023
        ):
            with pytest.raises(VideoNotFound):
                call()


def test_lists_show_only_what_the_viewer_may_see(house: House, cast: Cast) -> None:
    public, followers, private = (cast.videos[one] for one in VISIBILITIES)
    expected: list[tuple[Identity | None, set[str]]] = [
        (cast.owner, {public, followers, private}), (cast.moderator, {public, followers, private}),
        (cast.follower, {public, followers}), (cast.stranger, {public}), (None, {public}),
    ]  # fmt: skip
    for viewer, seen in expected:
        page = house.database.read(lambda c, v=viewer: house.vod.videos.by_person(c, cast.owner.id, v, "", 20))  # type: ignore[misc]
        assert {video.id for video in page.items} == seen
        for_all = seen & {public, followers} if viewer in (cast.owner, cast.follower) else {public}
        assert {video.id for video in house.vod.videos.by_tag("all", viewer, "", 20).items} == for_all
        assert house.vod.videos.by_tag("private", viewer, "", 20).items == []
        feed = house.vod.feed.for_you(house.vod.viewers.viewer(viewer, "192.0.2.1"), "", 20, "http://cadeau.test")
        assert {item.id for item in feed.items} == {public}  # type: ignore[union-attr]
    followed = house.vod.feed.of_followed(house.vod.viewers.viewer(cast.follower, "192.0.2.1"), "", 20)
    assert {item.id for item in followed.items} == {public, followers}  # type: ignore[union-attr]
    assert house.database.read(lambda c: count_published(c, 10)) == 1
    assert [one.id for one in house.database.read(lambda c: list_published(c, 0, 10))] == [public]


def test_an_event_of_a_video_that_one_may_not_see_is_ignored(house: House, cast: Cast) -> None:
    public, followers, private = (cast.videos[one] for one in VISIBILITIES)
    events = [FeedEvent(video, "view", 500) for video in (public, followers, private)]
    for who, accepted in ((cast.owner, 3), (cast.follower, 2), (cast.stranger, 1), (None, 1)):
        viewer = house.vod.viewers.viewer(who, "192.0.2.1")
        assert house.vod.feed_events.record(viewer, events) == accepted
    views = [house.vod.videos.video(video, cast.owner).views for video in (public, followers, private)]
    assert views == [3, 1, 0], "one's own do not count"


def test_what_was_saved_or_watched_is_shown_as_long_as_one_may_see_it(house: House, cast: Cast) -> None:
    video = cast.videos["followers"]
    house.vod.saved.save(video, cast.follower)
    house.vod.feed_events.record(Viewer(cast.follower.id, cast.follower), [FeedEvent(video, "view", 500)])

    def shown() -> tuple[int, int]:
        saved = house.vod.saved.page(cast.follower, None, "", 5).items
        return len(saved), len(house.vod.history.page(cast.follower, "", 5).items)

    assert shown() == (1, 1)
    house.follows.unfollow(cast.follower.id, cast.owner.handle)
    assert shown() == (0, 0)
    house.vod.videos.edit(video, cast.owner, None, "public")
    assert shown() == (1, 1)
    house.vod.videos.edit(video, cast.owner, None, "private")
    assert shown() == (0, 0)


def test_who_stops_following_does_not_see_the_video_any_more(house: House, cast: Cast) -> None:
    video = cast.videos["followers"]
    assert house.vod.videos.video(video, cast.follower).id == video
    house.follows.unfollow(cast.follower.id, cast.owner.handle)
    with pytest.raises(VideoNotFound):
        house.vod.videos.video(video, cast.follower)


def test_a_caption_can_be_edited_and_its_hashtags_follow(house: House, cast: Cast) -> None:
    video = cast.videos["public"]
    edited = house.vod.videos.edit(video, cast.owner, " New\n#fresh ", None)
    assert (edited.caption, edited.visibility) == ("New\n#fresh", "public")
    assert [one.id for one in house.vod.videos.by_tag("fresh", None, "", 5).items] == [video]
    assert house.vod.videos.by_tag("public", None, "", 5).items == []
    assert house.vod.videos.edit(video, cast.owner, None, None).caption == "New\n#fresh"
    assert house.vod.videos.edit(video, cast.owner, "", None).caption == ""
    assert house.vod.videos.by_tag("fresh", None, "", 5).items == []
    with pytest.raises(InvalidRequest):
        house.vod.videos.edit(video, cast.owner, "x" * 501, None)
    with pytest.raises(NotAllowed):
        house.vod.videos.edit(video, cast.moderator, "moderated", None)


def test_two_edits_at_once_leave_the_hashtags_of_the_caption_that_stays(house: House, cast: Cast) -> None:
    video = cast.videos["public"]

    def edit(tag: str) -> None:
        for _ in range(5):
            house.vod.videos.edit(video, cast.owner, f"#{tag}", None)

    threads = [threading.Thread(target=edit, args=(tag,)) for tag in ("ones", "twos", "threes")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    caption = house.vod.videos.video(video, None).caption
    found = {tag for tag in ("ones", "twos", "threes") if house.vod.videos.by_tag(tag, None, "", 5).items}
    assert {f"#{tag}" for tag in found} == {caption}


def test_a_video_is_private_from_its_upload_on(house: House) -> None:
    headers = {"upload-length": "0", "upload-metadata": "caption aGk=,visibility cHJpdmF0ZQ=="}
    creation = tus.creation(headers)
    who = house.person()
    state = house.vod.uploads.create(who.id, creation)
    assert state.video is not None
    assert house.vod.videos.video(state.video, who).visibility == "private"


@pytest.mark.parametrize("bar", ["posts", "account"])
def test_what_becomes_ready_while_its_author_is_barred_is_private(house: House, bar: Bar) -> None:
    author = house.person()
    before, after = house.show(author), house.show(author, visibility="followers")
    house.database.write(lambda c: house.vod.videos.ready_now(c, before))
    house.database.write(lambda c: restrict(c, author.id, {bar: house.time() + 60_000}))
    house.database.write(lambda c: house.vod.videos.ready_now(c, after))
    shown = [house.vod.videos.video(video, author).visibility for video in (before, after)]
    assert shown == ["public", "private"]


def test_a_reversed_decision_shows_nothing_of_an_account_that_rests(house: House) -> None:
    author = house.person()
    early, late = house.show(author), house.show(author)
    decide, videos = house.vod.moderation, house.vod.videos

    def shown() -> list[str]:
        return [videos.video(video, author).visibility for video in (early, late)]

    def rests(since: int) -> None:
        def write(connection: Connection) -> None:
            rest(connection, author.id, "restricted", since)
            hide_videos(connection, videos, author.id, hidden=bool(since))

        house.database.write(write)

    house.database.write(lambda c: decide.hide_video(c, early))
    rests(house.time())
    house.database.write(lambda c: decide.hide_video(c, late))
    assert shown() == ["withheld", "withheld"]
    for video in (early, late):
        house.database.write(lambda c, video=video: decide.restore_video(c, video))  # type: ignore[misc]
    assert shown() == ["private", "private"]
    rests(0)
    assert shown() == ["public", "public"]
