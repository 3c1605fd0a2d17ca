"""Saved videos: saving once, moving, and lists that are only their owner's."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from core.errors import Conflict
from tests.vod.conftest import House
from vod.errors import CollectionNotFound, VideoNotFound, VideoNotReady
from vod.library import saved
from vod.tables import saved_videos


def ids(house: House, who: object, collection: str | None = None) -> list[str]:
    """All of them, page by page."""
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = house.vod.saved.page(who, collection, cursor, 2)  # type: ignore[arg-type]
        found += [video.id for video in page.items]
        cursor = page.next
    return found


def test_saved_videos_are_listed_the_last_saved_first_and_only_for_who_saved_them(house: House) -> None:
    owner, fan, other = (house.person() for _ in range(3))
    videos = [house.show(owner) for _ in range(5)]
    for video in (*videos, videos[0]):
        house.vod.saved.save(video, fan)
    assert ids(house, fan) == videos[::-1]
    assert ids(house, other) == []
    assert house.vod.videos.video(videos[0], fan).saved
    assert not house.vod.videos.video(videos[0], other).saved
    assert house.vod.saved.remove(videos[1], fan) == house.vod.saved.remove(videos[1], fan)
    assert not house.vod.videos.video(videos[1], fan).saved
    assert ids(house, fan) == [video for video in videos[::-1] if video != videos[1]]


def test_what_cannot_be_seen_cannot_be_saved(house: House) -> None:
    owner, fan = house.person(), house.person()
    with pytest.raises(VideoNotFound):
        house.vod.saved.save("nothing", fan)
    with pytest.raises(VideoNotReady):
        house.vod.saved.save(house.show(owner, "processing"), owner)


def test_saving_twice_at_once_saves_once(house: House) -> None:
    video, fan = house.show(house.person()), house.person()
    threads = [threading.Thread(target=house.vod.saved.save, args=(video, fan)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = select(func.count()).select_from(saved_videos)
    assert house.database.read(lambda c: c.execute(rows).scalar_one()) == 1


def test_a_saved_video_moves_between_ones_own_collections(house: House) -> None:
    fan, other = house.person(), house.person()
    video, second = house.show(other), house.show(other)
    music, food = (house.vod.collections.create(fan, name).id for name in ("Music", "Food"))
    theirs = house.vod.collections.create(other, "Theirs").id
    for one in (video, second):
        house.vod.saved.save(one, fan)
    assert house.vod.saved.move(video, fan, music).collection == music
    assert house.vod.saved.save(video, fan).collection == music, "saving it again leaves it where it is"
    assert (ids(house, fan, music), ids(house, fan, food)) == ([video], [])
    house.vod.saved.move(video, fan, food)
    assert (ids(house, fan, music), ids(house, fan, food)) == ([], [video])
    house.vod.saved.move(video, fan, None)
    assert ids(house, fan, food) == []
    assert len(ids(house, fan)) == 2
    with pytest.raises(CollectionNotFound):
        house.vod.saved.move(video, fan, theirs)
    with pytest.raises(CollectionNotFound):
        house.vod.saved.page(fan, theirs, "", 5)
    with pytest.raises(VideoNotFound):
        house.vod.saved.move(video, other, theirs)


def test_saved_videos_are_limited(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved, "SAVED_MAX", 2)
    owner, fan = house.person(), house.person()
    videos = [house.show(owner) for _ in range(3)]
    for video in (*videos[:2], videos[0]):
        house.vod.saved.save(video, fan)
    with pytest.raises(Conflict):
        house.vod.saved.save(videos[2], fan)
    house.vod.saved.remove(videos[0], fan)
    house.vod.saved.save(videos[2], fan)


def test_a_deleted_video_is_not_saved_any_more(house: House) -> None:
    owner, fan = house.person(), house.person()
    video = house.show(owner)
    house.vod.saved.save(video, fan)
    house.vod.videos.delete(video, owner)
    assert ids(house, fan) == []
    assert house.database.read(lambda c: c.execute(select(saved_videos)).all()) == []
