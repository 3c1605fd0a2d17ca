"""Holding is earned: by decisions, newer than the model, that prove its precision."""

from __future__ import annotations

import pytest

from trust.machine.judging.bands import Decided, Threshold, hold_from, lower_bound, upper_bound


@pytest.mark.parametrize(("needed", "target"), [(29, 0.90), (59, 0.95), (299, 0.99)])
def test_holding_opens_with_just_as_many_right_as_prove_the_target(needed: int, target: float) -> None:
    assert lower_bound(needed, needed) >= target > lower_bound(needed - 1, needed - 1)
    assert hold_from([Decided(0.9, True)] * (needed - 1), target) is None
    assert hold_from([Decided(0.9, True)] * needed, target) == 0.9


def test_holding_is_impossible_with_58_right_of_59() -> None:
    assert hold_from([Decided(0.9, True)] * 58 + [Decided(0.95, False)], 0.95) is None
    assert hold_from([Decided(0.9, True)] * 58, 0.95) is None


def test_holding_begins_at_the_lowest_score_that_is_proven_and_equal_scores_stay_together() -> None:
    good = [Decided(0.9, True)] * 40 + [Decided(0.8, True)] * 40
    doubtful = [Decided(0.7, True)] * 10 + [Decided(0.7, False)] * 10
    assert hold_from(good + doubtful, 0.95) == 0.8
    assert Threshold(0.5, 0.8).band(0.79) == "look"
    assert Threshold(0.5, 0.8).band(0.8) == "hold"
    assert Threshold(0.5, None).band(1.0) == "look"


def test_bounds_hold_the_share_between_them() -> None:
    assert lower_bound(0, 10) == 0.0
    assert upper_bound(10, 10) == 1.0
    assert 0.3 < lower_bound(5, 10) + 0.1 < 0.5 < upper_bound(5, 10) < 0.8
