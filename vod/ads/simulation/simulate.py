"""`cadeau ads simulate`: days on two nodes, with views that come late or never, printed as one line per scenario."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vod.ads.campaigns.campaign import Caps, Targets
from vod.ads.simulation.conversions import conversions
from vod.ads.simulation.run import Result, Run
from vod.ads.simulation.world import campaign, campaigns, shares, traffic, visits

BID = 8_000_000  # of the campaign that is alone


def simulate(seed: int, per_day: int = 20_000) -> Iterator[Result]:
    """One result for each scenario, as soon as it is there."""
    yield from _one_campaign(seed)
    yield _market(seed, per_day)
    yield _bots(seed, per_day)
    yield _alike(seed, per_day)
    yield conversions(seed, per_day)


def _one_campaign(seed: int) -> Iterator[Result]:
    """5 and 200 a day at 8 for a thousand, a burst of five minutes, and a curve that is wrong by four hours. There are
    several times as many viewers as the budget is for."""
    for euros, times, shift, burst in ((5, 20, 0, False), (5, 20, 4, True), (200, 3, 0, False), (200, 3, 4, True)):
        one = campaign("only", bid_micro=BID, day_micro=euros * 1_000_000, caps=Caps(day=None, total=None))
        run = Run([one], traffic(shift), seed, lost=0.0, floors=(BID, BID))
        views = times * euros * 1_000_000 * 1_000 // BID
        run.play(visits(views, np.random.default_rng(seed), burst=burst))
        yield run.result(f"{euros} a day" + (", burst of 8, curve wrong by 4 h" if burst else ""))


def _market(seed: int, per_day: int) -> Result:
    random = np.random.default_rng(seed)
    run = Run(campaigns(40, random), traffic(), seed)
    run.play(visits(per_day, random, burst=True))
    return run.result("40 campaigns, burst of 8")


def _bots(seed: int, per_day: int) -> Result:
    random = np.random.default_rng(seed)
    run = Run(campaigns(40, random), traffic(), seed)
    run.play(visits(per_day, random, burst=False, bots=0.3))
    return run.result("30 % bots, none of them billed")


def _alike(seed: int, per_day: int) -> Result:
    """Ten campaigns with the same bid and budget get the same."""
    random = np.random.default_rng(seed)
    alike = [
        campaign(f"alike{number}", bid_micro=5_000_000, day_micro=3_000_000, targets=Targets()) for number in range(10)
    ]
    run = Run(alike, traffic(), seed)
    run.play(visits(per_day, random, burst=False))
    return run.result("10 alike") | {"fairness": round(shares(list(run.treasury.spent.values())), 5)}
