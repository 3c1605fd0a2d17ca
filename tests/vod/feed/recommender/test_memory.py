"""The arrays in which the recommender remembers."""

from __future__ import annotations

import itertools
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from vod.feed.recommender.memory import features as features_module
from vod.feed.recommender.memory.catalogue import CREATOR, TAGS, Catalogue
from vod.feed.recommender.memory.cowatch import NEIGHBOURS_MAX, NEIGHBOURS_MIN, CoWatch, width_for
from vod.feed.recommender.memory.crowding import least_shared
from vod.feed.recommender.memory.features import NO_FEATURE, Features
from vod.feed.recommender.memory.name_table import NO_NAME, NameTable
from vod.feed.recommender.memory.names import NOBODY, Ids
from vod.feed.recommender.memory.people import INTERESTS_MAX, RECENT_MAX, SEEN_MAX, People
from vod.feed.recommender.memory.seen import pack, unpack
from vod.feed.recommender.memory.trending import HALF_LIFE_S, Trending
from vod.feed.recommender.signals import VideoFacts


@given(st.sets(st.integers(0, 200_000), max_size=400))
def test_a_packed_set_comes_back_as_it_was(numbers: set[int]) -> None:
    ordered = np.array(sorted(numbers), np.int64)
    assert unpack(pack(ordered)).tolist() == ordered.tolist()


def test_2000_seen_of_100000_videos_take_less_than_2400_bytes() -> None:
    some = np.sort(np.random.default_rng(1).choice(100_000, 2_000, replace=False))
    assert len(pack(some)) < 2_400


@given(st.lists(st.text("0123456789abcdef", min_size=1, max_size=20), max_size=40))
def test_ids_are_numbered_in_the_order_in_which_they_come(names: list[str]) -> None:
    ids, expected = Ids(), list(dict.fromkeys(names))
    assert [ids.add(name) for name in names] == [expected.index(name) for name in names]
    assert ids.find_all([*expected, "unknown"]).tolist() == [*range(len(expected)), NOBODY]
    assert ids.names(range(len(expected))) == expected


def test_the_newest_videos_of_a_feature_are_found_after_changes() -> None:
    catalogue = Catalogue()

    def put(number: int, *tags: str) -> None:
        catalogue.put(VideoFacts(f"{number:020d}", "creator", 0, 1, tags))

    for number in range(10):
        put(number, "all", "even" if number % 2 == 0 else "odd")
    put(4, "all", "odd")
    put(8, "even")
    put(0, "other")

    def newest(tag: str, each: int) -> list[int]:
        return [int(n) for n in catalogue.newest_with(catalogue.features.find("hashtag", (tag,)), each)]

    assert sorted(newest("odd", 20)) == [1, 3, 4, 5, 7, 9]
    assert sorted(newest("even", 20)) == [2, 6, 8]
    assert newest("all", 3) == [9, 7, 6]
    assert newest("other", 3) == [0]
    assert newest("unknown", 3) == []


def test_a_person_has_the_latest_likes_once_each() -> None:
    people = People()
    row = people.active("ann")
    for video in (*range(RECENT_MAX + 20), 30):
        people.like(row, video)
    assert people.recent(row).tolist() == list(range(RECENT_MAX + 19, 19, -1))
    people.unlike(row, RECENT_MAX + 19)
    assert people.recent(row)[0] == RECENT_MAX + 18


def test_what_a_person_has_seen_is_bounded() -> None:
    people = People()
    row = people.active("ann")
    assert people.see(row, 5)
    assert not people.see(row, 5)
    for video in range(0, 2 * SEEN_MAX + 200, 2):
        people.see(row, video)
    assert len(people.seen(row)) <= SEEN_MAX + 20


def test_the_strongest_interests_stay_and_there_are_not_too_many() -> None:
    people = People()
    row = people.active("ann")
    people.feel(row, np.array([7, NO_FEATURE], np.int32), 5.0)
    for feature in range(100, 200):
        people.feel(row, np.array([feature], np.int32), 0.1)
    features, weights = people.interests(row)
    assert len(features) == INTERESTS_MAX
    assert features[weights.argmax()] == 7


@given(st.lists(st.text(min_size=1, max_size=30).filter(str.isprintable), unique=True, max_size=120), st.randoms())
def test_names_keep_their_numbers_and_numbers_of_dropped_ones_are_used_again(names: list[str], chance: Random) -> None:
    table = NameTable()
    numbers = {name: table.add(name) for name in names}
    assert sorted(numbers.values()) == list(range(1, len(names) + 1))
    dropped = chance.sample(names, len(names) // 2)
    table.drop(numbers[name] for name in dropped)
    kept = {name: number for name, number in numbers.items() if name not in dropped}
    assert {name: table.find(name) for name in names} == dict.fromkeys(dropped, NO_NAME) | kept
    again = NameTable(table.all())
    for one in (table, again):
        new = {one.add(f"{name}\n") for name in dropped}
        assert new == {numbers[name] for name in dropped}
        assert {one.name(number) for number in kept.values()} == kept.keys()
        assert one.find("unknown\n") == NO_NAME


def test_20000_names_take_less_than_60_bytes_each() -> None:
    table = NameTable(f"c{number:020d}" for number in range(20_000))
    assert table.bytes < 60 * 20_000


def test_features_beyond_the_limit_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features_module, "FEATURES_MAX", 3)
    monkeypatch.setattr(features_module, "HASHTAGS_MAX", 2)
    features = Features()
    assert [features.number("sound", f"sound{n}") for n in range(5)] == [1, 2, 3, NO_FEATURE, NO_FEATURE]
    assert [features.number("hashtag", f"tag{n}") for n in range(4)] == [4, 5, NO_FEATURE, NO_FEATURE]
    assert features.number("sound", "sound1") == 2
    assert features.number("hashtag", "tag1") == 5


def test_the_hashtags_that_make_room_are_those_of_whoever_invents_the_most() -> None:
    catalogue, number = Catalogue(), itertools.count()

    def put(creator: str, *tags: str) -> None:
        catalogue.put(VideoFacts(f"{next(number):020d}", creator, 0, 1, tags))

    for creator in ("ann", "bob"):
        put(creator, "shared", f"{creator}s")
    for first in range(0, 40, 4):
        put("mallory", *(f"invented{n}" for n in range(first, first + 4)))
    put("eve", "late")
    gone = {catalogue.features.name(int(feature))[1] for feature in catalogue_hashtags_in_order(catalogue)[:40]}
    assert gone == {f"invented{n}" for n in range(40)}
    catalogue.forget_hashtags()
    assert len(catalogue.features.find("hashtag", ("shared", "anns", "bobs", "late"))) == 4
    assert len(catalogue.features.find("hashtag", (f"invented{n}" for n in range(11)))) == 0
    assert len(catalogue.features.find("hashtag", (f"invented{n}" for n in range(11, 40)))) == 29
    kept = catalogue.features.find("hashtag", ("shared",))
    assert sorted(catalogue.newest_with(kept, 9).tolist()) == [0, 1]


def catalogue_hashtags_in_order(catalogue: Catalogue) -> NDArray[np.intp]:
    features = catalogue.rows.used("features")
    return least_shared(features[:, CREATOR], features[:, TAGS:], catalogue.features.hashtags(), 100)


def test_neighbours_are_those_that_keep_coming_whatever_comes_between() -> None:
    cowatch = CoWatch(np.random.default_rng(1))
    cowatch.room_for(2**20 // NEIGHBOURS_MIN)
    for n in range(500):
        cowatch.learn(1, np.array([0], np.int32), 1.0)
        cowatch.learn(10 + n, np.array([0], np.int32), 0.2)
    after, shares = cowatch.after(np.array([0], np.int32))
    assert after.shape == (1, NEIGHBOURS_MIN)
    assert after[0, shares[0].argmax()] == 1


def test_neighbours_survive_when_more_videos_leave_less_room_for_each() -> None:
    cowatch = CoWatch(np.random.default_rng(1))
    cowatch.room_for(200)
    for n in range(100):
        for _ in range(1 + n % 10):
            cowatch.learn(100 + n, np.array([0], np.int32), 1.0)
    cowatch.room_for(60_000)
    after, shares = cowatch.after(np.array([0], np.int32))
    assert after.shape[1] == width_for(60_000) < NEIGHBOURS_MAX
    assert {n % 10 for n in after[0, :8].tolist()} == {9}
    assert (shares[0, :-1] >= shares[0, 1:]).all()


def test_quiet_voices_are_not_heard_in_co_watching() -> None:
    cowatch = CoWatch(np.random.default_rng(1))
    cowatch.room_for(50)
    cowatch.learn(1, np.array([0], np.int32), 1.0)
    for _ in range(25):
        cowatch.learn(2, np.array([0], np.int32), 0.05)
    after, shares = cowatch.after(np.array([0], np.int32))
    weights = dict(zip(after[0].tolist(), shares[0].tolist(), strict=True))
    assert weights[2] < weights[1] / 10


def test_heat_fades_by_half_in_a_half_life_and_stays_finite_for_years() -> None:
    trending, heat = Trending(), np.zeros(3, np.float32)
    for day in range(0, 3_000, 30):
        trending.add(heat, day % 3, 1.7e9 + day * 86_400.0, 1.0)
    assert np.isfinite(heat).all()
    at = 1.8e9 + 3_000 * 86_400.0
    trending.add(heat, 1, at, 4.0)
    assert trending.now(heat, at)[1] == pytest.approx(4.0, rel=0.01)
    assert trending.now(heat, at + 2 * HALF_LIFE_S)[1] == pytest.approx(1.0, rel=0.01)
    assert 1 in trending.top(heat)
