"""One's own likes and comments, newest first, also on videos that one does not see any more."""

from __future__ import annotations

import pytest

from core.errors import InvalidRequest
from core.identity import Identity
from tests.vod.conftest import House
from vod.library.reactions import Reactions


@pytest.fixture
def reactions(house: House) -> Reactions:
    return Reactions(house.database, house.vod.notices.describe)


def test_likes_come_page_by_page_the_last_first(house: House, reactions: Reactions) -> None:
    owner, fan = house.person(), house.person()
    liked = [house.show(owner) for _ in range(5)]
    for video in liked:
        house.vod.likes.like(video, fan, liked=True)
        house.time.leap_ms += 1_000
    house.vod.likes.like(liked[0], house.person(), liked=True)
    found, cursor = list[str](), ""
    while True:
        page = reactions.likes(fan, cursor, 2)
        found += [one.video for one in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert found == liked[::-1]
    assert reactions.likes(owner, "", 10).items == []
    for wrong in ("x", "1", "-1.a", "1." + "a" * 41, "9" * 30 + ".a"):
        with pytest.raises(InvalidRequest):
            reactions.likes(fan, wrong, 2)


def test_what_is_on_a_hidden_video_is_listed_without_it_and_can_be_taken_back(
    house: House, reactions: Reactions
) -> None:
    owner, fan = house.person(), house.person()
    video = house.show(owner)
    house.vod.likes.like(video, fan, liked=True)
    first = house.vod.comments.add(video, fan, "First")
    reply = house.vod.comments.add(video, fan, "Reply", first.id)
    assert [one.about is not None for one in reactions.comments(fan, "", 10).items] == [True, True]
    house.vod.videos.edit(video, owner, None, "private")
    (liked,) = reactions.likes(fan, "", 10).items
    assert (liked.video, liked.about) == (video, None)
    assert [(one.id, one.text, one.parent, one.about) for one in reactions.comments(fan, "", 10).items] == [
        (reply.id, "Reply", first.id, None),
        (first.id, "First", None, None),
    ]
    assert [one.id for one in reactions.comments(fan, reply.id, 10).items] == [first.id]
    seen = reactions.comments(Identity(owner.id, "", "", "member", True), "", 10)
    assert seen.items == []
    house.vod.likes.like(video, fan, liked=False)
    house.vod.comments.delete(video, first.id, fan)
    assert reactions.likes(fan, "", 10).items == []
    assert reactions.comments(fan, "", 10).items == []
