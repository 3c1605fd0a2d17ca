"""The model as the feed uses it: what it never shows, what it learns, what it forgets."""

from __future__ import annotations

import pytest

from vod.feed.recommender.model import Model
from vod.feed.recommender.picks import PageRequest
from vod.feed.recommender.signals import Signal, SignalKind, VideoFacts
from vod.feed.recommender.snapshot import SnapshotDamaged

NOW = 1_800_000_000_000
MINUTE = 60_000


def name(number: int) -> str:
    return f"{number:020d}"


def filled(videos: int = 200, topics: int = 10) -> Model:
    """Video n is about topic n % topics, by one of 25 creators, with one of 20 sounds."""
    model = Model(seed=1)
    for n in range(videos):
        tags, at = (f"topic{n % topics}",), NOW - (videos - n) * MINUTE
        model.put(VideoFacts(name(n), f"creator{n % 25}", at, 12_000, tags, f"sound{n % 20}", "en"))
    return model


def act(model: Model, person: str, kind: SignalKind, *videos: str) -> None:
    for video in videos:
        model.learn(Signal(person, video, kind, NOW))


def shown(model: Model, person: str | None, limit: int = 10) -> list[str]:
    return [pick.video for pick in model.page(PageRequest(person, NOW, limit))]


def test_a_seen_video_is_never_returned_and_whoever_has_seen_all_gets_none() -> None:
    model, seen = filled(), set[str]()
    for _ in range(20):
        page = shown(model, "ann")
        assert len(page) == 10
        assert not seen & set(page)
        seen |= set(page)
        act(model, "ann", "watched", *page)
    assert model.seen("ann") == seen
    assert shown(model, "ann") == []


def test_a_withdrawn_video_is_never_returned_until_it_comes_back() -> None:
    model = filled(30)
    model.withdraw(name(3))
    assert name(3) not in shown(model, "ann", 30)
    model.put(VideoFacts(name(3), "creator3", NOW, 12_000))
    assert name(3) in shown(model, "ann", 30)


def test_three_likes_of_a_topic_bring_more_of_it() -> None:
    model = filled()
    about = {name(n) for n in range(200) if n % 10 == 3}
    act(model, "ann", "liked", name(3), name(13), name(23))
    assert len(about & set(shown(model, "ann"))) >= 2
    assert model.interests("ann")[0].key == "topic3"


def test_a_snapshot_is_the_same_model_and_a_damaged_one_is_refused() -> None:
    model = filled()
    act(model, "ann", "liked", name(3), name(13))
    model.withdraw(name(7))
    data = model.dump()
    again = Model.load(data)
    assert again.dump() == data
    assert (again.seen("ann"), again.interests("ann")) == (model.seen("ann"), model.interests("ann"))
    for damaged in (b"", data[:-1], data[:100], b"x" + data, data[:200] + bytes([data[200] ^ 1]) + data[201:]):
        with pytest.raises(SnapshotDamaged):
            Model.load(damaged)


def test_a_forgotten_person_is_unknown() -> None:
    model = filled()
    act(model, "ann", "liked", name(3))
    model.forget("ann")
    assert not model.knows("ann")
    assert (model.seen("ann"), model.interests("ann")) == (set(), [])
