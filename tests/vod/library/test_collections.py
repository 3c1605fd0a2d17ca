"""Collections of saved videos: names, limits, and that nobody else reaches them."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from core.errors import Conflict, InvalidRequest
from tests.vod.conftest import House
from vod.errors import CollectionNotFound
from vod.library import collections


def test_collections_are_listed_by_name_with_what_is_in_them(house: House, small_film: Path) -> None:
    owner, fan = house.person(), house.person()
    video, hidden = house.ready(owner, small_film), house.ready(owner, small_film)
    zoo, art = (house.vod.collections.create(fan, name) for name in ("Zoo", " art "))
    for one in (video, hidden):
        house.vod.saved.save(one, fan)
        house.vod.saved.move(one, fan, zoo.id)
    house.vod.videos.edit(hidden, owner, None, "private")
    listed = house.vod.collections.all(fan).items
    assert [(one.name, one.videos) for one in listed] == [("art", 0), ("Zoo", 1)]
    assert listed[1].poster == house.vod.videos.video(video, fan).poster
    assert listed[0] == art
    assert house.vod.collections.all(owner).items == []


def test_nobody_has_two_collections_of_one_name(house: House) -> None:
    fan, other = house.person(), house.person()
    music = house.vod.collections.create(fan, "Musique d’été")
    food = house.vod.collections.create(fan, "Food")
    for name in ("Musique d’été", "MUSIQUE D’ÉTÉ", "musique d’e\u0301te\u0301"):
        with pytest.raises(Conflict):
            house.vod.collections.create(fan, name)
    with pytest.raises(Conflict):
        house.vod.collections.rename(fan, food.id, "musique d’été")
    assert house.vod.collections.rename(fan, music.id, "MUSIQUE D’ÉTÉ").name == "MUSIQUE D’ÉTÉ"
    house.vod.collections.create(other, "Food")


def test_one_collection_is_made_when_several_of_one_name_are_made_at_once(house: House) -> None:
    fan = house.person()
    refused: list[bool] = []

    def create() -> None:
        try:
            house.vod.collections.create(fan, "Music")
        except Conflict:
            refused.append(True)

    threads = [threading.Thread(target=create) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(house.vod.collections.all(fan).items), len(refused)) == (1, 4)


def test_a_deleted_collection_leaves_its_videos_saved(house: House) -> None:
    fan = house.person()
    video = house.show(house.person())
    music = house.vod.collections.create(fan, "Music").id
    house.vod.saved.save(video, fan)
    house.vod.saved.move(video, fan, music)
    house.vod.collections.delete(fan, music)
    (left,) = house.vod.saved.page(fan, None, "", 5).items
    assert (left.id, left.collection) == (video, None)
    with pytest.raises(CollectionNotFound):
        house.vod.collections.delete(fan, music)


def test_nobody_reaches_the_collections_of_others(house: House) -> None:
    fan, other = house.person(), house.person(moderates=True)
    music = house.vod.collections.create(fan, "Music").id
    with pytest.raises(CollectionNotFound):
        house.vod.collections.rename(other, music, "Mine")
    with pytest.raises(CollectionNotFound):
        house.vod.collections.delete(other, music)
    assert [one.name for one in house.vod.collections.all(fan).items] == ["Music"]


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "x" * (collections.COLLECTION_NAME_CHARS_MAX + 1)])
def test_an_empty_or_too_long_name_is_refused(house: House, name: str) -> None:
    fan = house.person()
    with pytest.raises(InvalidRequest):
        house.vod.collections.create(fan, name)


def test_collections_are_limited(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "COLLECTIONS_MAX", 2)
    fan = house.person()
    for name in ("a", "b"):
        house.vod.collections.create(fan, name)
    with pytest.raises(Conflict):
        house.vod.collections.create(fan, "c")
