"""What a subscriber's line is believed to carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.congestion.bandwidth import (
    BACK_OFF,
    BACK_OFF_HARD,
    CEILING_BPS,
    FLOOR_BPS,
    PROBED_MORE,
    QUIET_S,
    START_BPS,
    WAIT_S_MAX,
    WAIT_S_MIN,
    Bandwidth,
)


def quiet(line: Bandwidth, now: float, seconds: float, sent_bps: float) -> float:
    """All is well for some time; gives when it ends."""
    for _ in range(round(seconds)):
        now += 1.0
        assert not line.on_loss(0.0, sent_bps, now)
    return now


def test_a_budget_falls_at_once_when_too_much_is_lost_and_comes_back_by_and_by() -> None:
    line = Bandwidth(0.0)
    now = quiet(line, 0.0, 10, 1.9e6)
    assert line.budget_bps > START_BPS
    line.on_certain_overload(500e3, now)
    assert line.budget_bps == 500e3 * BACK_OFF_HARD
    assert line.recovering(now + 1)
    now = quiet(line, now, 60, 400e3)
    assert line.budget_bps > 1.6e6
    assert not line.recovering(now)


def test_it_comes_back_soon_to_what_the_line_is_known_to_carry_and_late_to_more() -> None:
    line = Bandwidth(0.0)
    line.on_certain_overload(500e3, 0.0)
    now = quiet(line, 0.0, WAIT_S_MIN - 1, 300e3)
    assert 350e3 < line.budget_bps <= 500e3
    now = quiet(line, now, 3, 300e3)
    assert line.budget_bps > 500e3


@pytest.mark.parametrize(
    ("loss", "trip", "overloaded"),
    [(0.1, 0.03, False), (0.1, 0.15, True), (0.0, 0.3, True), (0.02, 0.08, False)],
)
def test_loss_on_the_air_is_told_from_a_queue_that_is_full(loss: float, trip: float, overloaded: bool) -> None:
    line = Bandwidth(0.0)
    for now in (1.0, 3.0, 5.0):
        line.on_round_trip(0.03 if now == 1.0 else trip, 1e6, now)
        line.on_loss(0.0 if now == 1.0 else loss, 1e6, now)
    assert (line.budget_bps < START_BPS) is overloaded


def test_one_cut_takes_effect_before_the_next() -> None:
    line = Bandwidth(0.0)
    for now in (1.0, 3.0, 5.0):
        overloaded = line.on_round_trip(0.03 if now == 1.0 else 0.4, 1e6, now)
    assert overloaded
    assert not line.on_round_trip(0.4, 1e6, 5.3)
    assert not line.on_round_trip(0.4, 1e6, 5.5)
    assert line.budget_bps == 1e6 * BACK_OFF
    assert line.on_round_trip(0.4, 0.8e6, 6.1)
    assert line.budget_bps == pytest.approx(0.8e6 * BACK_OFF)


def test_a_queue_that_gets_shorter_is_on_its_way_to_be_empty() -> None:
    line = Bandwidth(0.0)
    for now, trip in ((1.0, 0.03), (3.0, 2.0), (3.2, 1.8), (3.4, 1.6), (3.6, 0.9)):
        assert not line.on_round_trip(trip, 1e6, now)
    assert not line.on_round_trip(0.5, 1e6, 3.8)
    assert line.on_round_trip(0.6, 1e6, 4.2)


def test_one_late_echo_is_enough_when_the_viewer_says_that_much_less_arrives() -> None:
    line = Bandwidth(0.0)
    assert not line.on_round_trip(0.03, 1e6, 1.0)
    line.on_estimate(600_000, 650e3, 2.0)
    assert line.on_round_trip(0.5, 1e6, 3.0)
    assert line.certain_at == 3.0
    assert line.budget_bps == 600e3 * BACK_OFF_HARD


def test_the_echo_of_what_was_asked_before_a_cut_says_nothing_of_what_is_sent_since() -> None:
    line = Bandwidth(0.0)
    line.on_round_trip(0.03, 1e6, 1.0)
    line.on_certain_overload(500e3, 4.0)
    for now, trip in ((5.5, 2.0), (5.7, 2.1), (5.9, 2.2)):
        assert not line.on_round_trip(trip, 300e3, now)
    assert line.budget_bps == 500e3 * BACK_OFF_HARD


def test_a_first_estimate_far_below_what_is_sent_is_believed_and_one_a_little_below_is_not() -> None:
    assert not Bandwidth(0.0).on_estimate(800_000, 1e6, 1.0)
    assert Bandwidth(0.0).on_estimate(400_000, 1e6, 1.0)


def test_an_estimate_that_goes_on_falling_after_a_cut_tells_what_the_line_carries() -> None:
    line = Bandwidth(0.0)
    line.on_estimate(2_000_000, 1.6e6, 1.0)
    assert not line.on_estimate(1_500_000, 1.6e6, 1.2)
    assert line.on_estimate(1_200_000, 1.6e6, 1.4)
    assert line.budget_bps == 1_200_000
    assert not line.on_estimate(900_000, 1.6e6, 1.6)
    assert line.budget_bps == 900_000
    quiet(line, 1.6, 5, 800e3)
    assert line.budget_bps == 900_000, "no more than that is tried so soon"


def test_an_estimate_that_falls_steeply_below_what_is_sent_all_the_time_is_believed_at_once() -> None:
    line = Bandwidth(0.0)
    assert not line.on_estimate(2_600_000, 1.8e6, 1.0)
    assert line.on_estimate(1_100_000, 1.8e6, 1.2)
    assert line.certain_at == 1.2
    assert line.budget_bps < 500e3, "what is in the queue has to come through first"
    assert line.recovering(1.4)


def test_what_was_tried_and_was_too_much_is_not_tried_again_so_soon() -> None:
    line = Bandwidth(0.0)
    line.on_certain_overload(500e3, 0.0)
    now = quiet(line, 0.0, 10, 400e3)
    line.on_probe_failed(500e3, now)
    assert line.budget_bps == 500e3
    assert not line.recovering(now)
    line.on_probe_passed(300e3, now + 2)
    assert line.budget_bps == 500e3, "less than that is no news"
    now = quiet(line, now, WAIT_S_MIN - 1, 400e3)
    assert line.budget_bps == 500e3
    now = quiet(line, now, WAIT_S_MAX, 400e3)
    assert line.budget_bps > 500e3


def test_what_was_tried_and_came_through_makes_more_worth_trying() -> None:
    line = Bandwidth(0.0)
    line.on_certain_overload(500e3, 0.0)
    line.on_probe_passed(600e3, 3.0)
    assert line.budget_bps == 600e3 * PROBED_MORE


def test_what_is_sure_waits_for_nothing() -> None:
    line = Bandwidth(0.0)
    line.on_estimate(2_000_000, 1.6e6, 1.0)
    line.on_estimate(1_500_000, 1.6e6, 1.2)
    assert line.on_estimate(1_200_000, 1.6e6, 1.4)
    line.on_certain_overload(400e3, 1.5)
    assert line.budget_bps == 400e3 * BACK_OFF_HARD


def test_one_late_echo_is_no_queue_and_two_are() -> None:
    line = Bandwidth(0.0)
    for now, trip in ((1.0, 0.03), (3.0, 0.9), (5.0, 0.03), (7.0, 0.9)):
        assert not line.on_round_trip(trip, 1e6, now)
    assert line.on_round_trip(0.9, 1e6, 9.0)
    assert line.budget_bps == 1e6 * BACK_OFF


def test_who_fails_again_and_again_waits_longer_and_longer() -> None:
    line, now = Bandwidth(0.0), 0.0
    waits = []
    for _ in range(8):
        line.on_certain_overload(500e3, now)
        began = now
        while line.budget_bps < 550e3:
            now = quiet(line, now, 1, 400e3)
        waits.append(now - began)
    assert waits == sorted(waits)
    assert waits[-1] > 1.5 * waits[0]
    assert waits[-1] < WAIT_S_MAX + 10


def test_more_of_the_same_trouble_is_no_failure_of_its_own() -> None:
    line = Bandwidth(0.0)
    line.on_certain_overload(500e3, 0.0)
    line.on_certain_overload(450e3, QUIET_S / 2)
    now = quiet(line, QUIET_S / 2, WAIT_S_MIN + 8, 400e3)
    assert line.budget_bps > 500e3, now


def test_a_viewers_own_estimate_warns_when_it_falls_twice() -> None:
    line = Bandwidth(0.0)
    assert not line.on_estimate(1_000_000, 900e3, 1.0)
    assert not line.on_estimate(700_000, 900e3, 2.0), "a keyframe in one burst"
    assert not line.on_estimate(840_000, 900e3, 3.0)
    assert not line.on_estimate(760_000, 900e3, 4.0)
    assert line.on_estimate(690_000, 900e3, 4.2)
    assert line.budget_bps == 690_000
    assert not line.on_estimate(390_000, 100e3, 6.0)
    assert not line.on_estimate(300_000, 100e3, 6.1), "it sees no more than it is sent"
    assert line.estimate_bps == 300_000


events = st.one_of(
    st.tuples(st.just("on_loss"), st.floats(0, 1)),
    st.tuples(st.just("on_round_trip"), st.floats(0, 10)),
    st.tuples(st.just("on_estimate"), st.integers(0, 1 << 60)),
    st.tuples(st.sampled_from(["on_certain_overload", "on_probe_failed", "on_probe_passed"]), st.floats(0, 1e12)),
)


@given(st.lists(st.tuples(events, st.floats(0, 1e9), st.floats(0, 20)), max_size=40))
def test_whatever_is_reported_the_budget_stays_within_its_bounds(
    reports: list[tuple[tuple[str, float], float, float]],
) -> None:
    line, now = Bandwidth(0.0), 0.0
    for (what, value), sent, later in reports:
        now += later
        if what in ("on_certain_overload", "on_probe_failed", "on_probe_passed"):
            getattr(line, what)(value, now)
        else:
            getattr(line, what)(value, sent, now)
        assert FLOOR_BPS <= line.budget_bps <= CEILING_BPS
