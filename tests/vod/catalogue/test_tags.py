"""Hashtags: what they are in a caption, and which videos they find."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.vod.conftest import House
from vod.catalogue.tags import TAG_CHARS_MAX, TAGS_PER_VIDEO_MAX, tags_in


@pytest.mark.parametrize(
    ("caption", "tags"),
    [
        ("A #rainy day, #Rainy again! #_x # alone ##twice #a#b", ["rainy", "_x", "twice", "a", "b"]),
        ("#\u00c9t\u00e9 #E\u0301te\u0301 #STRASSE #stra\u00dfe", ["\u00e9t\u00e9", "strasse"]),
        ("#\u0939\u093f\u0928\u094d\u0926\u0940 #\u05e9\u05dc\u05d5\u05dd #\u65e5\u672c\u8a9e",
         ["\u0939\u093f\u0928\u094d\u0926\u0940", "\u05e9\u05dc\u05d5\u05dd", "\u65e5\u672c\u8a9e"]),
        ("no tags, but 50% of # signs", []),
        ("#" + "x" * 300, ["x" * TAG_CHARS_MAX]),
    ],
)  # fmt: skip
def test_the_hashtags_of_a_caption(caption: str, tags: list[str]) -> None:
    assert tags_in(caption) == tags


def test_a_caption_has_a_bounded_number_of_hashtags() -> None:
    assert len(tags_in(" ".join(f"#t{number}" for number in range(200)))) == TAGS_PER_VIDEO_MAX


def test_a_hashtag_finds_the_ready_videos_that_have_it_newest_first(house: House, small_film: Path) -> None:
    owner = house.person()
    first = house.ready(owner, small_film, "One #Caf\u00e9")
    second = house.ready(owner, small_film, "Two #cafe\u0301 #other")
    house.upload(owner, small_film, "Not ready yet #caf\u00e9")
    found = house.vod.videos.by_tag("CAF\u00c9", None, "", 1)
    assert [video.id for video in found.items] == [second]
    assert found.next is not None
    rest = house.vod.videos.by_tag("#caf\u00e9", None, found.next, 1)
    assert ([video.id for video in rest.items], rest.next) == ([first], None)
    assert house.vod.videos.by_tag("nothing\0", None, "", 20).items == []


def test_the_hashtags_go_with_their_video(house: House, small_film: Path) -> None:
    owner = house.person()
    house.vod.videos.delete(house.ready(owner, small_film, "#gone"), owner)
    left = house.database.read(lambda c: c.execute(text("SELECT count(*) FROM video_tags")).scalar_one())
    assert left == 0
