"""Which layers a subscriber is given, out of those there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.congestion.layer_option import LayerOption
from live.media.congestion.layer_selector import AUTO, choose_layer


def option(rid: str, temporal: int, bitrate: int, height: int) -> LayerOption:
    return LayerOption(rid, rid, 0, temporal, bitrate, height * 16 // 9, height, 30.0, temporal == 1)


LADDER = [
    option("f", 1, 2_000_000, 720),
    option("f", 0, 1_200_000, 720),
    option("h", 1, 500_000, 360),
    option("h", 0, 300_000, 360),
    option("q", 1, 150_000, 180),
    option("q", 0, 90_000, 180),
]


@pytest.mark.parametrize(
    ("budget", "height", "choice", "layer", "temporal"),
    [
        (9e6, 0, AUTO, "f", 1),
        (1.6e6, 0, AUTO, "f", 0),  # fewer pictures before smaller ones
        (800e3, 0, AUTO, "h", 1),
        (1.0, 0, AUTO, "q", 0),  # less than there is: the least there is
        (9e6, 360, AUTO, "h", 1),  # no larger than the player
        (9e6, 361, AUTO, "f", 1),
        (9e6, 2000, AUTO, "f", 1),
        (9e6, 100, AUTO, "q", 1),
        (1.0, 100, "f", "f", 1),  # by hand it is what was asked for
        (9e6, 0, "gone", "f", 1),
    ],
)
def test_the_best_that_fits_is_chosen(budget: float, height: int, choice: str, layer: str, temporal: int) -> None:
    chosen = choose_layer(LADDER, budget, height, choice, None)
    assert chosen is not None
    assert (chosen.layer, chosen.temporal) == (layer, temporal)


def test_what_one_has_is_kept_on_a_budget_that_would_not_earn_it() -> None:
    for budget in (560e3, 600e3):
        assert choose_layer(LADDER, budget, 0, AUTO, LADDER[2]) is LADDER[2]
        assert choose_layer(LADDER, budget, 0, AUTO, LADDER[4]) is LADDER[3]
    assert choose_layer(LADDER, 540e3, 0, AUTO, LADDER[2]) is LADDER[3]
    assert choose_layer([], 1e6, 0, AUTO, None) is None


def test_where_nothing_fits_it_is_what_takes_the_least_wherever_that_stands() -> None:
    large_and_slow = option("f", 0, 700_000, 720)
    assert choose_layer([LADDER[2], LADDER[5], large_and_slow], 1.0, 0, AUTO, None) is LADDER[5]


@given(st.floats(1, 1e8), st.integers(0, 2000), st.sampled_from([AUTO, "f", "h", "q", "x"]), st.integers(-1, 5))
def test_something_is_always_chosen_out_of_what_there_is(budget: float, height: int, choice: str, at: int) -> None:
    assert choose_layer(LADDER, budget, height, choice, LADDER[at] if at >= 0 else None) in LADDER
