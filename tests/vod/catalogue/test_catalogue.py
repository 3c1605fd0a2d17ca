"""The catalogue: who sees what, and counts that are right."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.errors import NotAllowed
from core.identity import Identity
from tests.vod.conftest import House
from vod.catalogue.videos import PROCESSING_MAX
from vod.errors import TooManyProcessing, VideoNotFound, VideoNotReady
from vod.tables import video_comments, video_likes


def test_only_the_owner_and_moderators_see_an_unready_video(house: House) -> None:
    owner, other, moderator = house.person(), house.person(), house.person(moderates=True)
    for state in ("processing", "rejected"):
        video = house.show(owner, state)
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
        house.vod.likes.like(video, owner, liked=True)


def test_liking_is_idempotent_and_the_count_matches_the_likes(house: House) -> None:
    owner, fans = house.person(), [house.person() for _ in range(3)]
    video = house.show(owner)
    for fan in fans:
        house.vod.likes.like(video, fan, liked=True)
        likes = house.vod.likes.like(video, fan, liked=True)
    assert (likes.likes, likes.liked) == (3, True)
    assert house.vod.videos.video(video, fans[0]).liked
    assert not house.vod.videos.video(video, owner).liked
    house.vod.likes.like(video, fans[0], liked=False)
    assert house.vod.likes.like(video, fans[0], liked=False).likes == 2
    assert house.vod.videos.video(video, None).likes == 2


def test_the_like_count_is_exact_under_concurrent_likes(house: House) -> None:
    video, fans = house.show(house.person()), [house.person() for _ in range(6)]

    def like(fan: Identity) -> None:
        for liked in (True, False, True, True):
            house.vod.likes.like(video, fan, liked=liked)

    threads = [threading.Thread(target=like, args=(fan,)) for fan in fans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = house.database.read(lambda c: c.execute(select(func.count()).select_from(video_likes)).scalar_one())
    assert house.vod.videos.video(video, None).likes == rows == len(fans)


def test_deleting_a_video_deletes_its_likes_and_comments(house: House) -> None:
    owner, fan = house.person(), house.person()
    video = house.show(owner)
    house.vod.likes.like(video, fan, liked=True)
    house.vod.comments.add(video, fan, "hello")
    for nobody in (fan, house.person(moderates=True)):  # a moderator hides it, by a decision that says why
        with pytest.raises(NotAllowed):
            house.vod.videos.delete(video, nobody)
    house.vod.videos.delete(video, owner)
    with pytest.raises(VideoNotFound):
        house.vod.videos.video(video, owner)
    assert house.database.read(lambda c: c.execute(select(video_likes)).all()) == []
    assert house.database.read(lambda c: c.execute(select(video_comments)).all()) == []


def test_videos_in_processing_are_limited_per_person(house: House) -> None:
    who = house.person()
    for _ in range(PROCESSING_MAX):
        house.show(who, "processing")
    with pytest.raises(TooManyProcessing):
        house.database.read(lambda c: house.vod.videos.check_processing(c, who.id))
    house.database.read(lambda c: house.vod.videos.check_processing(c, house.person().id))


def test_a_local_file_can_be_ingested_like_an_upload(house: House, small_film: Path) -> None:
    who = house.person()
    video = house.vod.ingest_file(who.id, small_film, "From the disk")
    assert house.vod.videos.video(video, who).caption == "From the disk"
    assert small_film.exists()
