"""The model as the feed uses it: what it never shows, what it learns, what it forgets."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vod.feed.recommender.ease import fit
from vod.feed.recommender.fit import Fit
from vod.feed.recommender.memory import features
from vod.feed.recommender.model import PAGE_MAX, Model
from vod.feed.recommender.picks import PageRequest
from vod.feed.recommender.ranking.diversity import caps
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


def test_a_forgotten_interest_is_gone_and_the_others_stay() -> None:
    model = filled()
    act(model, "ann", "liked", name(3), name(13), name(4))
    model.forget("ann", "hashtag", "topic3")
    keys = [interest.key for interest in model.interests("ann")]
    assert "topic3" not in keys
    assert "topic4" in keys
    model.forget("ann", "hashtag", "unheard of")
    assert model.seen("ann") == {name(3), name(13), name(4)}


def test_the_next_page_reflects_not_interested_at_once() -> None:
    model = filled()
    act(model, "ann", "liked", name(0), name(10), name(20))
    act(model, "ann", "not_interested", name(1), name(11), name(21))
    topics = Counter(int(video) % 10 for video in shown(model, "ann"))
    assert topics[1] == 0
    assert topics[0] >= 2


def test_without_a_person_a_page_is_chronological_and_popular_and_the_same_each_time() -> None:
    model = filled()
    for n in range(30):
        act(model, f"person{n}", "finished", name(50))
        act(model, f"person{n}", "liked", name(50))
    page = model.page(PageRequest(None, NOW, 10))
    assert page == model.page(PageRequest(None, NOW, 10))
    assert {pick.reason for pick in page} == {"trending", "chronological"}
    assert page[0].video == name(50)
    assert all(pick.propensity == 1.0 for pick in page)
    assert [pick.video for pick in page[1:4]] == [name(199), name(198), name(197)]


def test_the_caps_hold_while_there_are_others_and_a_site_with_one_creator_has_full_pages() -> None:
    model = filled()
    act(model, "ann", "liked", *(name(n) for n in range(3, 200, 50)))
    creators, sounds, hashtags = caps(10)
    for _ in range(5):
        page = [int(video) for video in shown(model, "ann")]
        assert max(Counter(n % 25 for n in page).values()) <= creators
        assert max(Counter(n % 20 for n in page).values()) <= sounds
        assert max(Counter(n % 10 for n in page).values()) <= hashtags
        act(model, "ann", "watched", *map(name, page))
    alone = Model(seed=1)
    for n in range(20):
        alone.put(VideoFacts(name(n), "creator", NOW, 9_000, ("tag",), "sound"))
    assert len(shown(alone, "ann")) == 10


def test_a_reason_is_true_and_names_what_it_rests_on() -> None:
    model = filled()
    act(model, "ann", "liked", name(3), name(13), name(23))
    page = model.page(PageRequest("ann", NOW, 10, followed=frozenset({"creator9"}), languages=frozenset({"en"})))
    assert any(pick.reason == "followed" for pick in page)
    assert any(pick.reason == "hashtag" for pick in page)
    for pick in page:
        number, details = int(pick.video), pick.details
        assert details.get("creator", f"creator{number % 25}") == f"creator{number % 25}"
        assert details.get("hashtag", f"topic{number % 10}") == f"topic{number % 10}"
        assert 0 < pick.propensity <= 1
        assert all(0 <= float(details[outcome]) <= 1 for outcome in ("finish", "like", "skip"))
        if pick.reason in ("followed", "creator", "hashtag", "sound", "language", "like_others"):
            assert set(details) - {"finish", "like", "skip"}


def test_what_people_like_together_is_shown_to_whoever_likes_one_of_it() -> None:
    model = filled(200, topics=200)
    for n in range(20):
        act(model, f"person{n}", "liked", name(10), name(111))
    act(model, "ann", "liked", name(10))
    picks = {pick.video: pick for pick in model.page(PageRequest("ann", NOW, 10))}
    assert picks[name(111)].reason == "like_others"
    assert picks[name(111)].details["video"] == name(10)


def test_a_refit_reaches_the_pages_and_one_that_does_not_fit_changes_nothing() -> None:
    model = filled(200, topics=200)
    people = np.repeat(np.arange(40, dtype=np.int32), 2)
    videos = np.tile(np.array([10, 111], np.int32), 40)
    ids = np.array([name(n) for n in range(150)] + [f"unknown{n}" for n in range(50)], "S20")
    model.adopt(fit(people, videos, np.ones(80, np.float32), ids, ridge=5.0))
    act(model, "ann", "liked", name(10))
    assert {pick.video: pick.reason for pick in model.page(PageRequest("ann", NOW, 10))}[name(111)] == "like_others"
    before = model.dump()
    with pytest.raises(ValueError, match="fit"):
        model.adopt(Fit(ids[:2], np.full((2, 1), 7, np.int32), np.ones((2, 1), np.float32)))
    assert model.dump() == before


def test_voices_that_count_nothing_move_nobody_else() -> None:
    quiet, loud = filled(), filled()
    for n in range(50):
        for model in (quiet, loud):
            model.put(VideoFacts(name(1_000), "creator", NOW, 9_000))
        for kind in ("watched", "finished", "liked", "shared"):
            quiet.learn(Signal(f"bot{n}", name(1_000), kind, NOW, 1.0, voice=0.0))
    for person in ("ann", None):
        want = PageRequest(person, NOW, 10)
        assert [p.score for p in quiet.page(want)] == [p.score for p in loud.page(want)]
    assert quiet.interests("bot1")[0].key == "creator"


def test_people_beyond_the_limit_push_out_whoever_has_been_away_the_longest() -> None:
    model = Model(seed=1, people_max=50)
    model.put(VideoFacts(name(1), "creator", NOW, 9_000))
    for n in range(200):
        act(model, f"person{n}", "liked", name(1))
        act(model, "regular", "watched", name(1))
    assert model.knows("regular")
    assert model.knows("person199")
    assert not model.knows("person100")
    assert sum(model.knows(f"person{n}") for n in range(200)) == 49


def test_invented_hashtags_push_out_nobody_elses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "HASHTAGS_MAX", 60)
    model = filled()
    act(model, "ann", "liked", name(3), name(13), name(23))
    act(model, "mallory's friend", "liked", name(200))
    for n in range(200, 700):
        invented = tuple(f"invented{n}.{tag}" for tag in range(4))
        model.put(VideoFacts(name(n), "mallory", NOW - 2 * 200 * MINUTE, 12_000, invented))
        act(model, "mallory's friend", "liked", name(n))
    model.put(VideoFacts(name(700), "creator1", NOW, 12_000, ("topic3", "new")))
    assert model.interests("ann")[0].key == "topic3"
    about = {name(n) for n in range(200) if n % 10 == 3} | {name(700)}
    assert len(about & set(shown(model, "ann"))) >= 2
    act(model, "bob", "liked", name(700))
    assert {one.key for one in model.interests("bob")} == {"topic3", "new", "creator1"}
    known = {one.key for one in model.interests("mallory's friend")}
    assert "mallory" in known
    assert all(key.startswith(("mallory", "invented")) for key in known), "numbers that are used again are not theirs"
    again = Model.load(model.dump())
    assert again.interests("ann") == model.interests("ann")
    again.put(VideoFacts(name(701), "creator2", NOW, 12_000, ("newer",)))
    act(again, "bob", "liked", name(701))
    assert "newer" in {one.key for one in again.interests("bob")}


def test_absurd_input_does_no_harm() -> None:
    model = filled(30)
    for at in (-(10**15), 0, NOW, 10**18):
        for value in (-math.inf, math.nan, 1e300):
            model.learn(Signal("ann", name(4), "watched", at, value, value))
    model.learn(Signal("ann", "no such video", "liked", NOW))
    model.learn(Signal("ann", "é" * 500, "liked", NOW))
    model.withdraw("no such video")
    model.put(VideoFacts(name(500), "c" * 1_000, 10**18, -5, tuple(f"t{n}" for n in range(100)), "s", "l" * 99))
    for bad in ("", "x" * 21, "ünïcode", "nul\0"):
        with pytest.raises(ValueError, match="not an id"):
            model.put(VideoFacts(bad, "creator", NOW, 1))
    for limit in (-1, 0):
        assert model.page(PageRequest("ann", NOW, limit)) == []
    for now in (-(10**15), 0, 10**18):
        page = model.page(PageRequest("ann", now, 10, exclude=frozenset({"é", name(2)})))
        assert len(page) == 10
        assert all(math.isfinite(pick.score) for pick in page)
        assert name(2) not in {pick.video for pick in page}
    assert len(filled(300).page(PageRequest("ann", NOW, 10**9))) == PAGE_MAX
    assert Model(seed=1).page(PageRequest("ann", NOW, 10)) == []


def test_changed_facts_are_what_counts() -> None:
    model = filled()
    model.put(VideoFacts(name(7), "creator7", NOW, 12_000, ("other",), "sound7", "en"))
    act(model, "ann", "liked", name(7))
    assert {interest.key for interest in model.interests("ann")} == {"other", "creator7", "sound7"}
    act(model, "bob", "liked", *(name(n) for n in range(17, 60, 10)))
    assert name(7) not in shown(model, "bob", 5)


KINDS: tuple[SignalKind, ...] = ("watched", "finished", "skipped", "liked", "unliked", "not_interested", "reported")
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("act"), st.integers(0, 3), st.integers(0, 39), st.sampled_from(KINDS)),
        st.tuples(st.just("put"), st.integers(0, 39), st.integers(0, 4), st.just("")),
        st.tuples(st.just("withdraw"), st.integers(0, 39), st.just(0), st.just("")),
        st.tuples(st.just("forget"), st.integers(0, 3), st.just(0), st.just("")),
        st.tuples(st.just("reload"), st.just(0), st.just(0), st.just("")),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ACTS)
def test_whatever_happens_a_page_has_no_video_that_is_seen_withdrawn_or_unknown(
    acts: list[tuple[str, int, int, SignalKind]],
) -> None:
    model, live = Model(seed=1, people_max=3), set[str]()
    seen: dict[str, set[str]] = {}
    for act_, first, second, kind in acts:
        if act_ == "act":
            known = model.knows(f"p{first}")
            model.learn(Signal(f"p{first}", name(second), kind, NOW))
            if model.knows(f"p{first}"):
                before = seen.get(f"p{first}", set()) if known else set[str]()
                seen[f"p{first}"] = before | ({name(second)} & (live | before | model.seen(f"p{first}")))
        elif act_ == "put":
            model.put(VideoFacts(name(first), f"c{second}", NOW, 5_000, (f"t{second}", f"u{first}"), f"s{second}"))
            live.add(name(first))
        elif act_ == "withdraw":
            model.withdraw(name(first))
            live.discard(name(first))
        elif act_ == "forget":
            model.forget(f"p{first}")
            seen.pop(f"p{first}", None)
        else:
            model = Model.load(model.dump(), seed=1, people_max=3)
    for person in (f"p{n}" for n in range(4)):
        page = shown(model, person)
        assert len(page) == len(set(page)) == min(10, len(live - model.seen(person)))
        assert set(page) <= live - model.seen(person)
        if model.knows(person):
            assert model.seen(person) == seen[person]
