"""Interests: each with a name that says what it is, and removed for good."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import insert, select, update

from tests.vod.conftest import House
from tests.vod.feed.learning.conftest import LENGTH_MS, Fan, fan
from vod.errors import InterestNotFound
from vod.tables import feed_events, sounds, video_tags, videos

__all__ = ["fan"]  # a fixture
Fans = Callable[..., Fan]


@pytest.fixture
def video(house: House) -> str:
    """A video with a hashtag and a sound that has a title."""
    maker = house.person()
    made, sound = house.show(maker), "0" * 19 + "1"
    row = {"id": sound, "title": "Rain", "person": maker.id, "key": "k", "bytes": 1, "duration_ms": 1, "created_at": 0}

    def write(connection) -> None:  # type: ignore[no-untyped-def]
        connection.execute(insert(sounds).values(row | {"uses": 1}))
        connection.execute(insert(video_tags).values(tag="cats", video=made))
        connection.execute(update(videos).values(duration_ms=LENGTH_MS, sound=sound))

    house.database.write(write)
    house.vod.learning.catch_up()
    return made


def test_a_sound_has_its_title_as_long_as_its_video_can_be_seen(house: House, video: str, fan: Fans) -> None:
    ada = fan()
    ada.do(house.vod, ada.page(house.vod)[0])
    (found,) = [one for one in house.vod.interests.view(ada.who).items if one.kind == "sound"]
    assert found.sound is not None
    assert (found.sound.title, found.sound.named) == ("Rain", True)
    house.database.write(lambda c: c.execute(update(videos).values(visibility="private")))
    (found,) = [one for one in house.vod.interests.view(ada.who).items if one.kind == "sound"]
    assert found.sound is None


@pytest.mark.parametrize("kind", ["sound", "hashtag", "creator"])
def test_each_kind_is_removed_from_what_a_model_is_rebuilt_from(house: House, video: str, fan: Fans, kind: str) -> None:
    ada = fan()
    ada.do(house.vod, ada.page(house.vod)[0])
    (found,) = [one for one in house.vod.interests.view(ada.who).items if one.kind == kind]
    house.vod.interests.remove(ada.who, found.kind, found.key)
    again = house.open()
    again.learning.catch_up()
    for vod in (house.vod, again):
        assert kind not in [one.kind for one in vod.interests.view(ada.who).items]
    assert house.database.read(lambda c: c.execute(select(feed_events.c.profile)).scalars().all()) == [None]
    with pytest.raises(InterestNotFound):
        house.vod.interests.remove(ada.who, found.kind, found.key)
