"""The bandwidth estimate: when the budget falls, and when it grows again."""

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


def quiet(bandwidth: Bandwidth, now: float, seconds: float, sent_bps: float) -> float:
    """No loss for so many seconds. Returns the time afterwards."""
    for _ in range(round(seconds)):
        now += 1.0
        assert not bandwidth.on_loss(0.0, sent_bps, now)
    return now


def test_the_budget_falls_at_once_on_a_certain_overload_and_recovers_slowly() -> None:
    bandwidth = Bandwidth(0.0)
    now = quiet(bandwidth, 0.0, 10, 1.9e6)
    assert bandwidth.budget_bps > START_BPS
    bandwidth.on_certain_overload(500e3, now)
    assert bandwidth.budget_bps == 500e3 * BACK_OFF_HARD
    assert bandwidth.recovering(now + 1)
    now = quiet(bandwidth, now, 60, 400e3)
    assert bandwidth.budget_bps > 1.6e6
    assert not bandwidth.recovering(now)


def test_the_budget_soon_recovers_to_the_known_capacity_and_exceeds_it_only_later() -> None:
    bandwidth = Bandwidth(0.0)
    bandwidth.on_certain_overload(500e3, 0.0)
    now = quiet(bandwidth, 0.0, WAIT_S_MIN - 1, 300e3)
    assert 350e3 < bandwidth.budget_bps <= 500e3
    now = quiet(bandwidth, now, 3, 300e3)
    assert bandwidth.budget_bps > 500e3


@pytest.mark.parametrize(
    ("loss", "trip", "overloaded"),
    [(0.1, 0.03, False), (0.1, 0.15, True), (0.0, 0.3, True), (0.02, 0.08, False)],
)
def test_the_round_trip_tells_random_loss_from_a_full_queue(loss: float, trip: float, overloaded: bool) -> None:
    bandwidth = Bandwidth(0.0)
    for now in (1.0, 3.0, 5.0):
        bandwidth.on_round_trip(0.03 if now == 1.0 else trip, 1e6, now)
        bandwidth.on_loss(0.0 if now == 1.0 else loss, 1e6, now)
    assert (bandwidth.budget_bps < START_BPS) is overloaded


def test_a_second_cut_waits_until_the_first_has_taken_effect() -> None:
    bandwidth = Bandwidth(0.0)
    for now in (1.0, 3.0, 5.0):
        overloaded = bandwidth.on_round_trip(0.03 if now == 1.0 else 0.4, 1e6, now)
    assert overloaded
    assert not bandwidth.on_round_trip(0.4, 1e6, 5.3)
    assert not bandwidth.on_round_trip(0.4, 1e6, 5.5)
    assert bandwidth.budget_bps == 1e6 * BACK_OFF
    assert bandwidth.on_round_trip(0.4, 0.8e6, 6.1)
    assert bandwidth.budget_bps == pytest.approx(0.8e6 * BACK_OFF)


def test_a_draining_queue_is_no_overload() -> None:
    bandwidth = Bandwidth(0.0)
    for now, trip in ((1.0, 0.03), (3.0, 2.0), (3.2, 1.8), (3.4, 1.6), (3.6, 0.9)):
        assert not bandwidth.on_round_trip(trip, 1e6, now)
    assert not bandwidth.on_round_trip(0.5, 1e6, 3.8)
    assert bandwidth.on_round_trip(0.6, 1e6, 4.2)


def test_one_late_echo_is_an_overload_when_the_estimate_agrees() -> None:
    bandwidth = Bandwidth(0.0)
    assert not bandwidth.on_round_trip(0.03, 1e6, 1.0)
    bandwidth.on_estimate(600_000, 650e3, 2.0)
    assert bandwidth.on_round_trip(0.5, 1e6, 3.0)
    assert bandwidth.certain_at == 3.0
    assert bandwidth.budget_bps == 600e3 * BACK_OFF_HARD


def test_echoes_of_reports_sent_before_a_cut_are_ignored() -> None:
    bandwidth = Bandwidth(0.0)
    bandwidth.on_round_trip(0.03, 1e6, 1.0)
    bandwidth.on_certain_overload(500e3, 4.0)
    for now, trip in ((5.5, 2.0), (5.7, 2.1), (5.9, 2.2)):
        assert not bandwidth.on_round_trip(trip, 300e3, now)
    assert bandwidth.budget_bps == 500e3 * BACK_OFF_HARD


def test_a_first_estimate_counts_only_when_it_is_far_below_the_send_rate() -> None:
    assert not Bandwidth(0.0).on_estimate(800_000, 1e6, 1.0)
    assert Bandwidth(0.0).on_estimate(400_000, 1e6, 1.0)


def test_estimates_that_keep_falling_after_a_cut_show_the_capacity() -> None:
    bandwidth = Bandwidth(0.0)
    bandwidth.on_estimate(2_000_000, 1.6e6, 1.0)
    assert not bandwidth.on_estimate(1_500_000, 1.6e6, 1.2)
    assert bandwidth.on_estimate(1_200_000, 1.6e6, 1.4)
    assert bandwidth.budget_bps == 1_200_000
    assert not bandwidth.on_estimate(900_000, 1.6e6, 1.6)
    assert bandwidth.budget_bps == 900_000
    quiet(bandwidth, 1.6, 5, 800e3)
    assert bandwidth.budget_bps == 900_000, "it does not grow beyond the capacity so soon"


def test_an_estimate_that_falls_steeply_is_a_certain_overload_at_once() -> None:
    bandwidth = Bandwidth(0.0)
    assert not bandwidth.on_estimate(2_600_000, 1.8e6, 1.0)
    assert bandwidth.on_estimate(1_100_000, 1.8e6, 1.2)
    assert bandwidth.certain_at == 1.2
    assert bandwidth.budget_bps < 500e3, "the queue has to drain first"
    assert bandwidth.recovering(1.4)


def test_after_a_failed_probe_the_budget_does_not_grow_for_a_while() -> None:
    bandwidth = Bandwidth(0.0)
    bandwidth.on_certain_overload(500e3, 0.0)
    now = quiet(bandwidth, 0.0, 10, 400e3)
    bandwidth.on_probe_failed(500e3, now)
    assert bandwidth.budget_bps == 500e3
    assert not bandwidth.recovering(now)
    bandwidth.on_probe_passed(300e3, now + 2)
    assert bandwidth.budget_bps == 500e3, "a probe below the known capacity changes nothing"
    now = quiet(bandwidth, now, WAIT_S_MIN - 1, 400e3)
    assert bandwidth.budget_bps == 500e3
    now = quiet(bandwidth, now, WAIT_S_MAX, 400e3)
    assert bandwidth.budget_bps > 500e3


def test_a_passed_probe_raises_the_budget_beyond_its_bitrate() -> None:
    bandwidth = Bandwidth(0.0)
    bandwidth.on_certain_overload(500e3, 0.0)
    bandwidth.on_probe_passed(600e3, 3.0)
    assert bandwidth.budget_bps == 600e3 * PROBED_MORE


def test_a_certain_overload_cuts_the_budget_right_after_another_cut() -> None:
    bandwidth = Bandwidth(0.0)
    bandwidth.on_estimate(2_000_000, 1.6e6, 1.0)
    bandwidth.on_estimate(1_500_000, 1.6e6, 1.2)
    assert bandwidth.on_estimate(1_200_000, 1.6e6, 1.4)
    bandwidth.on_certain_overload(400e3, 1.5)
    assert bandwidth.budget_bps == 400e3 * BACK_OFF_HARD


def test_two_late_echoes_in_a_row_are_an_overload_and_one_is_not() -> None:
    bandwidth = Bandwidth(0.0)
    for now, trip in ((1.0, 0.03), (3.0, 0.9), (5.0, 0.03), (7.0, 0.9)):
        assert not bandwidth.on_round_trip(trip, 1e6, now)
    assert bandwidth.on_round_trip(0.9, 1e6, 9.0)
    assert bandwidth.budget_bps == 1e6 * BACK_OFF


def test_repeated_overloads_lengthen_the_pause_before_growth_up_to_a_limit() -> None:
    bandwidth, now = Bandwidth(0.0), 0.0
    waits = []
    for _ in range(8):
        bandwidth.on_certain_overload(500e3, now)
        began = now
        while bandwidth.budget_bps < 550e3:
            now = quiet(bandwidth, now, 1, 400e3)
        waits.append(now - began)
    assert waits == sorted(waits)
    assert waits[-1] > 1.5 * waits[0]
    assert waits[-1] < WAIT_S_MAX + 10


def test_further_signs_of_the_same_overload_do_not_lengthen_the_pause() -> None:
    bandwidth = Bandwidth(0.0)
    bandwidth.on_certain_overload(500e3, 0.0)
    bandwidth.on_certain_overload(450e3, QUIET_S / 2)
    now = quiet(bandwidth, QUIET_S / 2, WAIT_S_MIN + 8, 400e3)
    assert bandwidth.budget_bps > 500e3, now


def test_an_estimate_that_falls_twice_in_a_row_cuts_the_budget() -> None:
    bandwidth = Bandwidth(0.0)
    assert not bandwidth.on_estimate(1_000_000, 900e3, 1.0)
    assert not bandwidth.on_estimate(700_000, 900e3, 2.0), "the burst of a keyframe"
    assert not bandwidth.on_estimate(840_000, 900e3, 3.0)
    assert not bandwidth.on_estimate(760_000, 900e3, 4.0)
    assert bandwidth.on_estimate(690_000, 900e3, 4.2)
    assert bandwidth.budget_bps == 690_000
    assert not bandwidth.on_estimate(390_000, 100e3, 6.0)
    assert not bandwidth.on_estimate(300_000, 100e3, 6.1), "receivers cannot estimate much more than they are sent"
    assert bandwidth.estimate_bps == 300_000


events = st.one_of(
    st.tuples(st.just("on_loss"), st.floats(0, 1)),
    st.tuples(st.just("on_round_trip"), st.floats(0, 10)),
    st.tuples(st.just("on_estimate"), st.integers(0, 1 << 60)),
    st.tuples(st.sampled_from(["on_certain_overload", "on_probe_failed", "on_probe_passed"]), st.floats(0, 1e12)),
)


@given(st.lists(st.tuples(events, st.floats(0, 1e9), st.floats(0, 20)), max_size=40))
def test_the_budget_stays_within_its_bounds_for_any_reports(
    reports: list[tuple[tuple[str, float], float, float]],
) -> None:
    bandwidth, now = Bandwidth(0.0), 0.0
    for (event, value), sent_bps, later in reports:
        now += later
        if event in ("on_certain_overload", "on_probe_failed", "on_probe_passed"):
            getattr(bandwidth, event)(value, now)
        else:
            getattr(bandwidth, event)(value, sent_bps, now)
        assert FLOOR_BPS <= bandwidth.budget_bps <= CEILING_BPS
