"""The loss detector tells a full connection from random loss."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.congestion.loss_detector import EXCESS_S, WINDOW_S, LossDetector

PACKETS_PER_S = 200


class Receiver:
    """Counts losses on a simulated connection and reports them at intervals."""

    def __init__(self, report_s: float = 0.03) -> None:
        self.detector = LossDetector(0.0)
        self.number, self.lost, self.now = 1000, 0, 0.0
        self.report_s = report_s
        self.detector.on_report(self.number, self.lost, self.now)

    def receive(self, seconds: float, is_lost: Callable[[], bool]) -> Iterator[float]:
        """Receive for so long. Yields the carried packets/s whenever an overload is detected."""
        until, due = self.now + seconds, self.now + self.report_s
        while self.now < until:
            self.now += 1 / PACKETS_PER_S
            self.number += 1
            if is_lost():
                self.lost += 1
            elif self.now >= due:
                due = self.now + self.report_s
                self.detector.on_report(self.number, self.lost, self.now)
                if self.detector.carried is not None:
                    yield self.detector.carried


def random_loss(share: float, seed: int = 1) -> Callable[[], bool]:
    chance = random.Random(seed)
    return lambda: chance.random() < share


@pytest.mark.parametrize(("report_s", "times"), [(0.03, 1.5), (0.25, 2.2), (1.0, 3.0)])
def test_a_full_connection_is_detected_and_its_capacity_measured(report_s: float, times: float) -> None:
    """With rare reports, the first one after the fall also covers much of the time before it."""
    receiver = Receiver(report_s)
    assert list(receiver.receive(5, random_loss(0.0))) == []
    began = receiver.now
    carried = next(receiver.receive(3, random_loss(0.7)))
    assert receiver.now - began < max(0.3, 2 * report_s)
    assert 0.3 * PACKETS_PER_S / 1.5 < carried < 0.3 * PACKETS_PER_S * times


@pytest.mark.parametrize("seed", range(10))
def test_ten_percent_random_loss_is_no_overload(seed: int) -> None:
    receiver = Receiver()
    assert list(receiver.receive(300, random_loss(0.1, seed))) == []
    assert receiver.detector.loss == pytest.approx(0.1, abs=0.08)


def test_short_outages_are_no_overload() -> None:
    receiver = Receiver()
    for _ in range(20):
        assert list(receiver.receive(1, random_loss(0.0))) == []
        assert list(receiver.receive(0.04, random_loss(1.0))) == []
    assert list(receiver.receive(1, random_loss(0.0))) == []


def test_losses_before_the_ignore_mark_cause_no_overload() -> None:
    receiver = Receiver()
    list(receiver.receive(2, random_loss(0.0)))
    assert next(receiver.receive(1, random_loss(0.7)), None) is not None
    receiver.detector.ignore_before(receiver.number + 100)
    assert list(receiver.receive(0.4, random_loss(0.7))) == [], "these losses are before the mark"
    assert list(receiver.receive(5, random_loss(0.0))) == []
    assert next(receiver.receive(1, random_loss(0.7)), None) is not None


def test_a_window_that_began_before_the_ignore_mark_is_not_meaningful() -> None:
    detector = LossDetector(0.0)
    detector.on_report(1000, 0, 10.0)
    detector.ignore_before(1150)
    assert not detector.on_report(1100, 60, 11.0)
    assert not detector.on_report(1200, 90, 12.0), "part of this window is before the mark"
    assert detector.loss == pytest.approx(0.3), "the loss itself is measured all the same"
    assert detector.on_report(1300, 90, 13.0)
    assert detector.loss == 0.0


def test_loss_is_measured_over_a_second() -> None:
    detector = LossDetector(0.0)
    assert not detector.on_report(1000, 0, 10.0)
    assert not detector.on_report(1005, 4, 10.0 + WINDOW_S / 2), "five packets are too few"
    assert detector.loss == 0.0
    assert detector.on_report(1200, 20, 10.0 + WINDOW_S)
    assert detector.loss == pytest.approx(0.1)
    assert not detector.on_report(1200, 20, 12.5), "no packets, no new loss"


def test_duplicates_do_not_make_the_loss_negative() -> None:
    detector = LossDetector(0.0)
    detector.on_report(1000, 5, 1.0)
    assert detector.on_report(1100, -20, 2.0)
    assert detector.loss == 0.0


numbers = st.integers(0, 2**32 - 1)


@given(st.lists(st.tuples(numbers, st.integers(-(2**23), 2**23 - 1), st.floats(0, 3)), max_size=40))
def test_loss_and_capacity_stay_plausible_for_any_reports(reports: list[tuple[int, int, float]]) -> None:
    detector, now = LossDetector(0.0), 0.0
    for highest, lost, later in reports:
        now += later
        detector.on_report(highest, lost, now)
        assert 0.0 <= detector.loss <= 1.0
        assert detector.carried is None or 0.0 <= detector.carried <= (1 << 32) / EXCESS_S
