"""Mentions: who is mentioned, and when those who listen are told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from core.identity import Identity
from tests.vod.conftest import House
from vod.catalogue.mentions import MENTIONS_MAX, handles_in
from vod.tables import video_mentions


class Ear:
    """Hears of mentions."""

    def __init__(self, house: House) -> None:
        self.heard: list[tuple[str, str, str, str]] = []
        house.vod.mentions.listen(self._on_mention)

    def _on_mention(self, _c: Connection, video: str, by: str, people: Sequence[str], _text: str, comment: str) -> None:
        self.heard += [(person, by, video, comment) for person in people]


def person(house: House, handle: str) -> Identity:
    made = house.accounts.join(handle, "correct horse battery", date(1990, 5, 17))
    return Identity(made.id, made.handle, made.name, "member", True)


def stored(house: House) -> set[tuple[str, str]]:
    rows = house.database.read(lambda c: c.execute(select(video_mentions)).all())
    return {(row.comment, row.person) for row in rows}


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("Hi @Ann, @bob_2 and @c.d.e. Again @ann!", ["ann", "bob_2", "c.d.e"]),
        ("(@ann) \u201c@bob\u201d @ann's", ["ann", "bob"]),
        ("ann@example.org @@ann @an @1ann @ann\u00e9 https://x.test/@ann @", []),
        ("@" + "a" * 24 + " @" + "b" * 25, ["a" * 24]),
        ("\u4f60\u597d @ann\u3002", ["ann"]),
        (" ".join(f"@person{n}" for n in range(50)), [f"person{n}" for n in range(MENTIONS_MAX)]),
    ],
)
def test_the_handles_in_a_text(text: str, handles: list[str]) -> None:
    assert handles_in(text) == handles


def test_a_comment_tells_those_it_mentions(house: House) -> None:
    owner, ann, bob = person(house, "olga"), person(house, "ann"), person(house, "bob")
    video, ear = house.show(owner), Ear(house)
    comment = house.vod.comments.add(video, ann, "@bob @nobody @ann look, @BOB").id
    assert ear.heard == [(bob.id, ann.id, video, comment)]
    assert stored(house) == {(comment, bob.id)}
    house.vod.comments.delete(video, comment, ann)
    assert stored(house) == set()


def test_a_refused_comment_mentions_nobody(house: House) -> None:
    owner, ear = person(house, "olga"), Ear(house)
    video = house.show(owner, "processing")
    with pytest.raises(Exception, match="ready"):
        house.vod.comments.add(video, owner, "@olga @ann")
    assert (ear.heard, stored(house)) == ([], set())


def test_a_caption_tells_those_it_mentions_once_the_video_is_ready(house: House, small_film: Path) -> None:
    owner, ann, bob = person(house, "olga"), person(house, "ann"), person(house, "bob")
    ear = Ear(house)
    video = house.upload(owner, small_film, "With @ann and @olga")
    assert ear.heard == []
    house.vod.processing.transcode(house.claim())
    assert ear.heard == [(ann.id, owner.id, video, "")]
    house.vod.videos.edit(video, owner, "With @bob and @ann", None)
    assert ear.heard[1:] == [(bob.id, owner.id, video, "")]
    assert stored(house) == {("", ann.id), ("", bob.id)}
    house.vod.videos.delete(video, owner)
    assert stored(house) == set()


def test_a_caption_tells_only_those_who_may_see_the_video(house: House) -> None:
    owner, ann, bob = person(house, "olga"), person(house, "ann"), person(house, "bob")
    house.follows.follow(ann.id, "olga")
    video, ear = house.show(owner), Ear(house)
    house.vod.videos.edit(video, owner, "With @ann and @bob", "private")
    assert ear.heard == []
    house.vod.videos.edit(video, owner, None, "followers")
    assert ear.heard == [(ann.id, owner.id, video, "")]
    house.vod.videos.edit(video, owner, None, "public")
    assert ear.heard[1:] == [(bob.id, owner.id, video, "")]


def test_a_thread_goes_with_what_its_replies_mention(house: House) -> None:
    owner, ann, bob = person(house, "olga"), person(house, "ann"), person(house, "bob")
    video, ear = house.show(owner), Ear(house)
    first = house.vod.comments.add(video, ann, "Nice").id
    reply = house.vod.comments.add(video, owner, "See, @bob", first).id
    assert ear.heard == [(bob.id, owner.id, video, reply)]
    house.vod.comments.delete(video, first, ann)
    assert stored(house) == set()
