"""Dividing: sums are exact, order changes nothing, and a viewer moves only their own mass."""

from __future__ import annotations

import random

import pytest

from money.fund.division import (
    CAP_MS,
    FOLLOWED,
    FULL_MASS,
    LIKED,
    SHARED,
    View,
    by_viewer,
    divided,
    mass,
    weights,
)


@pytest.mark.parametrize("seed", range(200))
def test_the_amounts_are_the_pot_and_each_within_a_coin_of_its_share(seed: int) -> None:
    draw = random.Random(seed)
    shares = {f"{draw.getrandbits(64):016x}": draw.choice([0, 1, draw.randrange(10**15)]) for _ in range(300)}
    pot = draw.choice([0, 1, 7, draw.randrange(10**12)])
    coins = divided(pot, shares)
    total = sum(shares.values())
    assert sum(coins.values()) == pot
    assert all(pot * shares[name] // total <= got <= -(-pot * shares[name] // total) for name, got in coins.items())
    assert divided(pot, dict(draw.sample(list(shares.items()), len(shares)))) == coins


def test_nobody_gets_anything_where_nobody_has_weight() -> None:
    assert divided(100, {}) == {}
    assert divided(100, {"a": 0, "b": 0}) == {}


def test_one_creator_gets_the_whole_pot() -> None:
    assert divided(12_345, {"a": 1}) == {"a": 12_345}


def test_a_pot_of_one_coin_goes_to_the_largest_share() -> None:
    assert divided(1, {"a": 1, "b": 3, "c": 2}) == {"a": 0, "b": 1, "c": 0}
    assert divided(1, {"b": 1, "a": 1}) == {"a": 1, "b": 0}, "a tie is decided by the hash"


@pytest.mark.parametrize(("days", "tenths"), [(0, 0), (2, 0), (3, 3), (9, 9), (10, 10), (31, 10)])
def test_a_viewer_has_a_tenth_of_a_mass_for_each_active_day(days: int, tenths: int) -> None:
    assert mass(days, 3) == FULL_MASS * tenths // 10


def view(day: int, creator: str, ms: int = 10_000, reactions: int = 0, video: str = "") -> View:
    return View("v", day, video or creator, creator, ms, reactions)


def test_reactions_move_a_viewers_mass_and_make_none() -> None:
    for reactions in range(8):
        own = [
            view(day, creator, reactions=reactions if creator == "a" else 0) for day in range(10) for creator in "ab"
        ]
        found = weights(own, {"a": 1, "b": 1}, 3)
        assert FULL_MASS - len(own) <= sum(found) <= FULL_MASS
        factor = 10 + 2 * bool(reactions & LIKED) + 3 * bool(reactions & SHARED) + bool(reactions & FOLLOWED)
        assert found[0] / found[1] == pytest.approx(factor / 10)


def test_one_creator_counts_an_hour_a_day_of_one_viewer() -> None:
    own = [view(0, "a", 3 * CAP_MS, video="1"), view(0, "a", CAP_MS, video="2"), view(0, "b", CAP_MS)]
    one, two, other = weights(own, {"a": 1, "b": 1}, 1)
    assert (one, two, other) == (FULL_MASS * 3 // 80, FULL_MASS // 80, FULL_MASS // 20)


def test_the_voice_of_who_also_watches_somebody_ineligible_is_not_lost() -> None:
    own = [view(day, creator) for day in range(10) for creator in ("a", "poor")]
    assert sum(weights(own, {"a": 1}, 3)) == FULL_MASS
    assert sum(weights([view(day, "poor") for day in range(10)], {"a": 1}, 3)) == 0


def test_views_are_grouped_by_viewer() -> None:
    views = [View(who, day, "v", "c", 1, 0) for who in "abc" for day in range(3)]
    assert [[one.viewer for one in own] for own in by_viewer(views)] == [["a"] * 3, ["b"] * 3, ["c"] * 3]
    assert list(by_viewer([])) == []
