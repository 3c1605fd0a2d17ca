"""Comments: threads, counts that are right, likes, and one pin."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial

import pytest
from sqlalchemy import func, select

from core.errors import Conflict, InvalidRequest, NotAllowed
from core.identity import Identity
from core.ids import new_id
from tests.vod.conftest import House
from vod.catalogue.comments import Comment
from vod.errors import CommentNotFound, VideoNotFound
from vod.tables import video_comment_likes, video_comments


def at_once(tasks: Sequence[Callable[[], object]]) -> None:
    """Run the tasks in threads that start together. An exception of one of them fails the test."""
    barrier, failures = threading.Barrier(len(tasks)), list[BaseException]()

    def run(task: Callable[[], object]) -> None:
        barrier.wait()
        try:
            task()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def listed(house: House, video: str, viewer: Identity | None = None, sort: str = "newest") -> list[Comment]:
    """All comments that begin a thread, read in pages of two."""
    found: list[Comment] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.vod.comment_pages.page(video, viewer, cursor, 2, sort)  # type: ignore[arg-type]
        assert len(page.items) <= 2
        found, cursor = found + page.items, page.next
    return found


def stored(house: House, video: str) -> int:
    query = select(func.count()).select_from(video_comments).where(video_comments.c.video == video)
    return house.database.read(lambda c: c.execute(query).scalar_one())


def test_comments_are_paginated_newest_first_and_counted(house: House) -> None:
    owner, who = house.person(), house.person()
    video = house.show(owner)
    for number in range(5):
        house.vod.comments.add(video, who, f" {number} ")
    first = house.vod.comment_pages.page(video, None, "", 3)
    assert first.next is not None
    second = house.vod.comment_pages.page(video, None, first.next, 3)
    assert [comment.text for comment in (*first.items, *second.items)] == ["4", "3", "2", "1", "0"]
    assert second.next is None
    assert first.items[0].by == who.brief
    assert house.vod.videos.video(video, None).comments == 5


@pytest.mark.parametrize("text", ["", "  \n", "\x00", "x" * 501])
def test_an_empty_or_too_long_comment_is_refused(house: House, text: str) -> None:
    who = house.person()
    video = house.show(who)
    with pytest.raises(InvalidRequest):
        house.vod.comments.add(video, who, text)
    assert house.vod.videos.video(video, None).comments == 0


def test_only_author_and_owner_can_delete_a_comment(house: House) -> None:
    owner, author, other, moderator = house.person(), house.person(), house.person(), house.person(moderates=True)
    video = house.show(owner)
    for who in (author, owner):
        comment = house.vod.comments.add(video, author, "hello").id
        for nobody in (other, moderator):  # a moderator hides it, by a decision that says why
            with pytest.raises(NotAllowed):
                house.vod.comments.delete(video, comment, nobody)
        house.vod.comments.delete(video, comment, who)
        with pytest.raises(CommentNotFound):
            house.vod.comments.delete(video, comment, who)
    assert house.vod.videos.video(video, None).comments == 0


def test_a_comment_is_not_reached_through_another_video(house: House) -> None:
    author = house.person()
    video, other = house.show(house.person()), house.show(author)
    comment = house.vod.comments.add(video, author, "hello").id
    with pytest.raises(CommentNotFound):
        house.vod.comments.delete(other, comment, author)


def test_replies_are_in_their_thread_and_a_reply_to_a_reply_names_whom_it_answers(house: House) -> None:
    first, second, third = (house.person() for _ in range(3))
    video = house.show(first)
    top = house.vod.comments.add(video, first, "top")
    reply = house.vod.comments.add(video, second, "reply", top.id)
    answer = house.vod.comments.add(video, third, "answer", reply.id)
    assert (reply.parent, reply.to) == (top.id, None)
    assert (answer.parent, answer.to) == (top.id, second.brief)
    (shown,) = listed(house, video)
    assert (shown.id, shown.replies) == (top.id, 2)
    replies = house.vod.comment_pages.replies(video, top.id, None, "", 1)
    assert [one.id for one in replies.items] == [reply.id]
    assert replies.next is not None
    rest = house.vod.comment_pages.replies(video, top.id, None, replies.next, 1)
    assert ([one.id for one in rest.items], rest.next) == ([answer.id], None)
    assert house.vod.videos.video(video, None).comments == 3
    assert house.vod.comment_pages.one(video, answer.id, None) == answer


def test_deleting_a_comment_takes_its_replies_along_and_a_reply_only_itself(house: House) -> None:
    owner, fan = house.person(), house.person()
    video = house.show(owner)
    top, other = house.vod.comments.add(video, fan, "top"), house.vod.comments.add(video, fan, "other")
    replies = [house.vod.comments.add(video, owner, str(number), top.id) for number in range(3)]
    house.vod.comments.delete(video, replies[0].id, owner)
    assert house.vod.comment_pages.one(video, top.id, None).replies == 2
    assert house.vod.videos.video(video, None).comments == 4
    house.vod.comments.delete(video, top.id, fan)
    assert [one.id for one in listed(house, video)] == [other.id]
    assert house.vod.videos.video(video, None).comments == stored(house, video) == 1
    with pytest.raises(CommentNotFound):
        house.vod.comments.add(video, fan, "too late", replies[1].id)
    assert house.vod.videos.video(video, None).comments == 1


def test_a_reply_cannot_be_made_across_videos(house: House) -> None:
    who = house.person()
    video, other = house.show(who), house.show(who)
    comment = house.vod.comments.add(video, who, "here").id
    for reply_to in (comment, "nothing", new_id()):
        with pytest.raises(CommentNotFound):
            house.vod.comments.add(other, who, "there", reply_to)
    assert stored(house, other) == house.vod.videos.video(other, None).comments == 0


def test_likes_of_a_comment_are_counted_once_each_and_show_who_likes_it(house: House) -> None:
    owner, fan = house.person(), house.person()
    video = house.show(owner)
    comment = house.vod.comments.add(video, fan, "nice").id
    assert house.vod.comment_likes.like(video, comment, fan, liked=True).likes == 1
    assert house.vod.comment_likes.like(video, comment, fan, liked=True).likes == 1
    (shown,) = listed(house, video, fan)
    assert (shown.likes, shown.liked, shown.liked_by_creator) == (1, True, False)
    house.vod.comment_likes.like(video, comment, owner, liked=True)
    (shown,) = listed(house, video)
    assert (shown.likes, shown.liked, shown.liked_by_creator) == (2, False, True)
    house.vod.comment_likes.like(video, comment, fan, liked=False)
    assert house.vod.comment_likes.like(video, comment, fan, liked=False).likes == 1
    with pytest.raises(CommentNotFound):
        house.vod.comment_likes.like(house.show(owner), comment, fan, liked=True)


def test_likes_at_once_are_all_counted(house: House) -> None:
    owner, fans = house.person(), [house.person() for _ in range(6)]
    video = house.show(owner)
    comment = house.vod.comments.add(video, owner, "like me").id

    def like(fan: Identity) -> None:
        for liked in (True, False, True, True):
            house.vod.comment_likes.like(video, comment, fan, liked=liked)

    at_once([partial(like, fan) for fan in fans])
    rows = house.database.read(lambda c: c.execute(select(func.count()).select_from(video_comment_likes)).scalar_one())
    assert house.vod.comment_pages.one(video, comment, None).likes == rows == len(fans)


def test_the_counts_are_right_when_replies_and_deletions_meet(house: House) -> None:
    owner, fans = house.person(), [house.person() for _ in range(4)]
    video = house.show(owner)
    tops = [house.vod.comments.add(video, owner, str(number)).id for number in range(6)]

    def reply(fan: Identity) -> None:
        for top in tops:
            with suppress(CommentNotFound):
                house.vod.comment_likes.like(video, top, fan, liked=True)
                house.vod.comments.add(video, fan, "reply", top)

    def delete() -> None:
        for top in tops[1:]:
            house.vod.comments.delete(video, top, owner)

    at_once([*(partial(reply, fan) for fan in fans), delete])
    (left,) = listed(house, video)
    assert (left.id, left.replies, left.likes) == (tops[0], 4, 4)
    assert house.vod.videos.video(video, None).comments == stored(house, video) == 5


def test_the_pinned_comment_comes_first_and_only_there(house: House) -> None:
    owner, fan = house.person(), house.person()
    video = house.show(owner)
    comments = [house.vod.comments.add(video, fan, str(number)).id for number in range(5)]
    house.vod.comments.pin(video, comments[1], owner, pinned=True)
    for sort in ("newest", "top"):
        found = listed(house, video, sort=sort)
        assert [one.id for one in found] == [comments[number] for number in (1, 4, 3, 2, 0)]
        assert [one.pinned for one in found] == [True, False, False, False, False]
        single = house.vod.comment_pages.page(video, None, "", 1, sort)
        assert single.next is not None
        after = house.vod.comment_pages.page(video, None, single.next, 1, sort)
        assert [one.id for one in (*single.items, *after.items)] == [comments[1], comments[4]]
    house.vod.comments.pin(video, comments[2], owner, pinned=True)
    house.vod.comments.pin(video, comments[1], owner, pinned=False)  # it is not the pinned one any more
    assert [one.id for one in listed(house, video) if one.pinned] == [comments[2]]
    house.vod.comments.delete(video, comments[2], fan)
    assert not any(one.pinned for one in listed(house, video))


def test_only_the_owner_pins_and_only_what_begins_a_thread(house: House) -> None:
    owner, fan, moderator = house.person(), house.person(), house.person(moderates=True)
    video, other = house.show(owner), house.show(owner)
    comment = house.vod.comments.add(video, fan, "top").id
    reply = house.vod.comments.add(video, fan, "reply", comment).id
    for who in (fan, moderator):
        with pytest.raises(NotAllowed):
            house.vod.comments.pin(video, comment, who, pinned=True)
    with pytest.raises(Conflict):
        house.vod.comments.pin(video, reply, owner, pinned=True)
    with pytest.raises(CommentNotFound):
        house.vod.comments.pin(other, comment, owner, pinned=True)


def test_one_comment_is_pinned_when_several_are_pinned_at_once_and_none_that_is_gone(house: House) -> None:
    owner = house.person()
    video = house.show(owner)
    comments = [house.vod.comments.add(video, owner, str(number)).id for number in range(6)]

    def pin(comment: str) -> None:
        with suppress(CommentNotFound):
            house.vod.comments.pin(video, comment, owner, pinned=True)

    def delete() -> None:
        for comment in comments[:3]:
            house.vod.comments.delete(video, comment, owner)

    at_once([*(partial(pin, comment) for comment in comments), delete])
    found = listed(house, video)
    assert {one.id for one in found} == set(comments[3:])
    pinned = house.database.read(lambda c: house.vod.videos.visible(c, video, None).pinned)
    assert pinned is None or pinned in comments[3:]
    assert [one.id for one in found if one.pinned] == ([pinned] if pinned else [])


def test_the_most_liked_comments_come_first_when_asked_for(house: House) -> None:
    owner, fans = house.person(), [house.person() for _ in range(3)]
    video = house.show(owner)
    comments = [house.vod.comments.add(video, owner, str(number)).id for number in range(5)]
    for comment, likes in ((comments[0], 3), (comments[2], 1), (comments[3], 1)):
        for fan in fans[:likes]:
            house.vod.comment_likes.like(video, comment, fan, liked=True)
    assert [one.id for one in listed(house, video, sort="top")] == [comments[number] for number in (0, 3, 2, 4, 1)]


@pytest.mark.parametrize("cursor", ["x", "1.", "-1.abc", "9" * 19 + ".abc", "\0", "1.a\n", "' OR 1=1"])
def test_a_cursor_that_is_not_ours_is_refused(house: House, cursor: str) -> None:
    video = house.show(house.person())
    for sort in ("newest", "top"):
        with pytest.raises(InvalidRequest):
            house.vod.comment_pages.page(video, None, cursor, 5, sort)


def test_deleting_a_video_deletes_its_threads_and_their_likes(house: House) -> None:
    owner = house.person()
    video = house.show(owner)
    top = house.vod.comments.add(video, owner, "top").id
    house.vod.comments.add(video, owner, "reply", top)
    house.vod.comment_likes.like(video, top, owner, liked=True)
    house.vod.comments.pin(video, top, owner, pinned=True)
    house.vod.videos.delete(video, owner)
    assert stored(house, video) == 0
    assert house.database.read(lambda c: c.execute(select(video_comment_likes)).all()) == []
    with pytest.raises(VideoNotFound):
        house.vod.comment_pages.page(video, owner, "", 5)


def test_a_hidden_comment_is_there_for_its_author_and_moderators_alone(house: House) -> None:
    owner, writer, other = house.person(), house.person(), house.person()
    video = house.show(owner)
    comments, pages, likes = house.vod.comments, house.vod.comment_pages, house.vod.comment_likes
    first = comments.add(video, writer, "Rude").id
    reply = comments.add(video, writer, "Ruder", first).id
    house.database.write(lambda c: house.vod.moderation.hide_comment(c, first))
    for tried in (
        lambda who: pages.replies(video, first, who, "", 9),
        lambda who: likes.like(video, first, who, liked=True),
        lambda who: comments.add(video, who, "Me too", first),
        lambda who: comments.add(video, who, "Me too", reply),
    ):
        with pytest.raises(CommentNotFound):
            tried(other)
        tried(writer)
    with pytest.raises(CommentNotFound):
        comments.pin(video, first, owner, pinned=True)
    likes.like(video, first, writer, liked=False)
