"""Reports on what arrived: a line that is full is told from one that loses packets by chance."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.congestion.loss_detector import EXCESS_S, WINDOW_S, LossDetector

PACKETS_PER_S = 200


class Receiver:
    """Counts what a line lets through, and reports every so often."""

    def __init__(self, report_s: float = 0.03) -> None:
        self.arrivals = LossDetector(0.0)
        self.number, self.lost, self.now = 1000, 0, 0.0
        self.report_s = report_s
        self.arrivals.on_report(self.number, self.lost, self.now)

    def get(self, seconds: float, loses: Callable[[], bool]) -> Iterator[float]:
        """What is carried, in packets a second, whenever that is said."""
        until, due = self.now + seconds, self.now + self.report_s
        while self.now < until:
            self.now += 1 / PACKETS_PER_S
            self.number += 1
            if loses():
                self.lost += 1
            elif self.now >= due:
                due = self.now + self.report_s
                self.arrivals.on_report(self.number, self.lost, self.now)
                if self.arrivals.carried is not None:
                    yield self.arrivals.carried


def by_chance(share: float, seed: int = 1) -> Callable[[], bool]:
    chance = random.Random(seed)
    return lambda: chance.random() < share


@pytest.mark.parametrize(("report_s", "times"), [(0.03, 1.5), (0.25, 2.2), (1.0, 3.0)])
def test_a_line_that_is_full_is_noticed_and_what_it_carries_is_measured(report_s: float, times: float) -> None:
    """The rarer the reports, the more of the first that tells of it is about what was before."""
    receiver = Receiver(report_s)
    assert list(receiver.get(5, by_chance(0.0))) == []
    began = receiver.now
    carried = next(receiver.get(3, by_chance(0.7)))
    assert receiver.now - began < max(0.3, 2 * report_s)
    assert 0.3 * PACKETS_PER_S / 1.5 < carried < 0.3 * PACKETS_PER_S * times


@pytest.mark.parametrize("seed", range(10))
def test_ten_in_a_hundred_lost_by_chance_are_no_full_line(seed: int) -> None:
    receiver = Receiver()
    assert list(receiver.get(300, by_chance(0.1, seed))) == []
    assert receiver.arrivals.loss == pytest.approx(0.1, abs=0.08)


def test_a_short_outage_is_no_full_line() -> None:
    receiver = Receiver()
    for _ in range(20):
        assert list(receiver.get(1, by_chance(0.0))) == []
        assert list(receiver.get(0.04, by_chance(1.0))) == []
    assert list(receiver.get(1, by_chance(0.0))) == []


def test_what_was_sent_before_a_change_says_nothing_of_what_is_sent_since() -> None:
    receiver = Receiver()
    list(receiver.get(2, by_chance(0.0)))
    assert next(receiver.get(1, by_chance(0.7)), None) is not None
    receiver.arrivals.ignore_before(receiver.number + 100)
    assert list(receiver.get(0.4, by_chance(0.7))) == [], "still of the packets before"
    assert list(receiver.get(5, by_chance(0.0))) == []
    assert next(receiver.get(1, by_chance(0.7)), None) is not None


def test_what_was_sent_before_a_change_and_lost_is_not_told_of_what_is_sent_since() -> None:
    arrivals = LossDetector(0.0)
    arrivals.on_report(1000, 0, 10.0)
    arrivals.ignore_before(1150)
    assert not arrivals.on_report(1100, 60, 11.0)
    assert not arrivals.on_report(1200, 90, 12.0), "some of them were"
    assert arrivals.loss == pytest.approx(0.3), "the line's loss it is all the same"
    assert arrivals.on_report(1300, 90, 13.0)
    assert arrivals.loss == 0.0


def test_loss_is_told_over_a_second() -> None:
    arrivals = LossDetector(0.0)
    assert not arrivals.on_report(1000, 0, 10.0)
    assert not arrivals.on_report(1005, 4, 10.0 + WINDOW_S / 2), "four of five, but of five"
    assert arrivals.loss == 0.0
    assert arrivals.on_report(1200, 20, 10.0 + WINDOW_S)
    assert arrivals.loss == pytest.approx(0.1)
    assert not arrivals.on_report(1200, 20, 12.5), "nothing came, nothing is told"


def test_repeats_that_count_as_packets_are_no_loss_below_none() -> None:
    arrivals = LossDetector(0.0)
    arrivals.on_report(1000, 5, 1.0)
    assert arrivals.on_report(1100, -20, 2.0)
    assert arrivals.loss == 0.0


numbers = st.integers(0, 2**32 - 1)


@given(st.lists(st.tuples(numbers, st.integers(-(2**23), 2**23 - 1), st.floats(0, 3)), max_size=40))
def test_whatever_is_reported_nothing_is_told_that_cannot_be(reports: list[tuple[int, int, float]]) -> None:
    arrivals, now = LossDetector(0.0), 0.0
    for highest, lost, later in reports:
        now += later
        arrivals.on_report(highest, lost, now)
        assert 0.0 <= arrivals.loss <= 1.0
        assert arrivals.carried is None or 0.0 <= arrivals.carried <= (1 << 32) / EXCESS_S
