"""A simulated day: budgets, plans, bids and caps hold whatever the traffic does."""

from __future__ import annotations

import numpy as np
import pytest

from vod.ads.campaigns.campaign import Caps
from vod.ads.simulation.conversions import ConversionRun
from vod.ads.simulation.run import Run
from vod.ads.simulation.simulate import BID
from vod.ads.simulation.world import campaign, campaigns, traffic, visits


@pytest.mark.parametrize("shift", [0, 4])
def test_a_burst_and_a_wrong_curve_leave_the_spend_at_the_plan(shift: int) -> None:
    one = campaign("only", bid_micro=BID, day_micro=5_000_000, caps=Caps(day=None, total=None))
    run = Run([one], traffic(shift), 1, lost=0.0, floors=(BID, BID))
    run.play(visits(8_000, np.random.default_rng(1), burst=True))
    result = run.result("")
    assert float(result["spent_share"]) >= 0.995
    assert result["over_budget_micro"] == 0
    assert float(result["ahead_of_plan_max"]) <= 0.02


def test_in_a_market_with_lost_views_and_bots_nobody_overspends_overpays_or_oversees() -> None:
    random = np.random.default_rng(2)
    run = Run(campaigns(12, random), traffic(), 2)
    run.play(visits(3_000, random, burst=True, bots=0.3))
    result = run.result("")
    assert int(result["billed"]) > 0
    assert (result["over_budget_micro"], result["prices_above_bid"], result["cap_exceeded"]) == (0, 0, 0)
    for one in run.running:
        committed = run.treasury.committed[one.id]
        assert run.treasury.spent[one.id] <= sum(committed.values()) <= (one.day_micro or 0)


def test_a_conversion_costs_no_more_than_its_bid_before_and_after_enough_are_known() -> None:
    run = ConversionRun(4)
    run.play(visits(6_000, np.random.default_rng(4), burst=False))
    result = run.result("")
    assert (result["over_budget_micro"], result["prices_above_bid"], result["cap_exceeded"]) == (0, 0, 0)
    assert 0 < run.paid_by_click < int(result["served"])
    costs = run.costs()
    assert costs
    assert max(costs.values()) <= 1


def test_the_same_seed_is_the_same_day() -> None:
    results = []
    for _ in range(2):
        random = np.random.default_rng(3)
        run = Run(campaigns(5, random), traffic(), 3)
        run.play(visits(500, random, burst=False))
        results.append(run.result(""))
    assert results[0] == results[1]
