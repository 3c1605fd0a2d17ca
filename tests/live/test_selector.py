"""Which layers a viewer is given, and what its line is believed to carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.bandwidth import CEILING_BPS, FLOOR_BPS, START_BPS, WAIT_S_MAX, Bandwidth
from live.encoding import Option
from live.selector import AUTO, choose


def option(rid: str, temporal: int, bitrate: int, height: int) -> Option:
    return Option(rid, rid, 0, temporal, bitrate, height * 16 // 9, height, 30.0, temporal == 1)


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
    chosen = choose(LADDER, budget, height, choice, None)
    assert chosen is not None
    assert (chosen.layer, chosen.temporal) == (layer, temporal)


def test_what_one_has_is_kept_on_a_budget_that_would_not_earn_it() -> None:
    for budget in (560e3, 600e3):
        assert choose(LADDER, budget, 0, AUTO, LADDER[2]) is LADDER[2]
        assert choose(LADDER, budget, 0, AUTO, LADDER[4]) is LADDER[3]
    assert choose(LADDER, 540e3, 0, AUTO, LADDER[2]) is LADDER[3]
    assert choose([], 1e6, 0, AUTO, None) is None


@given(st.floats(1, 1e8), st.integers(0, 2000), st.sampled_from([AUTO, "f", "h", "q", "x"]), st.integers(-1, 5))
def test_something_is_always_chosen_out_of_what_there_is(budget: float, height: int, choice: str, at: int) -> None:
    assert choose(LADDER, budget, height, choice, LADDER[at] if at >= 0 else None) in LADDER


def test_a_budget_falls_at_once_when_packets_wait_or_are_lost_and_comes_back_by_and_by() -> None:
    line, now = Bandwidth(0.0), 0.0
    for _ in range(40):
        now += 0.25
        assert not line.reported(0.0, 0.03, 1.9e6, now)
    assert line.budget_bps > START_BPS
    assert line.reported(0.3, 0.03, 1.9e6, now + 0.25), "a third is lost"
    low = line.budget_bps
    assert low == pytest.approx(1.9e6 * 0.7 * 0.5)
    now += 0.5
    for _ in range(120):
        now += 0.25
        line.reported(0.0, 0.03, low, now)
    assert line.budget_bps > 1.9e6


@pytest.mark.parametrize(
    ("loss", "trip", "overloaded"),
    [(0.1, 0.03, False), (0.1, 0.15, True), (0.0, 0.3, True), (0.02, 0.08, False)],
)
def test_loss_on_the_air_is_told_from_a_queue_that_is_full(loss: float, trip: float, overloaded: bool) -> None:
    line = Bandwidth(0.0)
    line.reported(0.0, 0.03, 1e6, 1.0)
    line.reported(loss, trip, 1e6, 2.0)
    line.reported(loss, trip, 1e6, 2.25)
    assert (line.budget_bps < START_BPS) is overloaded


def test_one_cut_takes_effect_before_the_next() -> None:
    line = Bandwidth(0.0)
    for now in (5.0, 5.25, 5.5, 5.75):
        line.reported(0.5, 0.03, 2e6, now)
    assert line.budget_bps == pytest.approx(2e6 * 0.5 * 0.5)
    assert line.reported(0.5, 0.03, 1e6, 6.25)
    assert line.budget_bps == pytest.approx(1e6 * 0.5 * 0.5)


def test_one_late_report_is_no_queue() -> None:
    line = Bandwidth(0.0)
    for now, trip in ((1.0, 0.03), (1.25, 0.9), (1.5, 0.03), (1.75, 0.9)):
        assert not line.reported(0.0, trip, 1e6, now)


def test_who_fails_again_and_again_waits_longer_and_longer() -> None:
    line, now = Bandwidth(0.0), 0.0
    waits = []
    for _ in range(8):
        line.congested(500e3, now)
        began = now
        while line.budget_bps < 550e3:
            now += 0.25
            line.reported(0.0, 0.03, 400e3, now)
        waits.append(now - began)
    assert waits[-1] > 2 * waits[0]
    assert waits[-1] < WAIT_S_MAX + 10


def test_a_viewers_own_estimate_warns_when_it_falls_and_is_believed_when_it_proves_more() -> None:
    line = Bandwidth(0.0)
    assert not line.estimated(1_000_000, 900e3, 1.0)
    assert line.estimated(400_000, 900e3, 2.0)
    assert line.budget_bps == 400_000
    assert not line.estimated(390_000, 100e3, 3.0), "it sees no more than it is sent"
    line = Bandwidth(0.0)
    line.estimated(9_000_000, 5e6, 10.0)
    assert line.budget_bps == 9_000_000


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.one_of(st.none(), st.floats(0, 10)), st.floats(0, 1e9), st.integers(0, 1 << 60)),
        max_size=40,
    )
)
def test_whatever_is_reported_the_budget_stays_within_its_bounds(
    reports: list[tuple[float, float | None, float, int]],
) -> None:
    line = Bandwidth(0.0)
    for at, (loss, trip, sent, estimate) in enumerate(reports):
        line.reported(loss, trip, sent, at * 0.3)
        line.estimated(estimate, sent, at * 0.3 + 0.1)
        assert FLOOR_BPS <= line.budget_bps <= CEILING_BPS
