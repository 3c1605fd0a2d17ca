"""A day of campaigns that pay for conversions: what one costs, before and after enough of them are known."""

from __future__ import annotations

import numpy as np

from vod.ads.campaigns.campaign import Caps
from vod.ads.decision.quality import CONVERSIONS_MIN, FINISH_RATE, Counts, Week
from vod.ads.serving.serve import Serve
from vod.ads.simulation.run import FLOOR, Result, Run
from vod.ads.simulation.world import campaign, traffic, visits

BIDS = (10_000_000, 20_000_000)  # for a conversion
CLICKS = 0.2  # of the views: more than is usual, so that a day is enough to learn
TRUE_RATES = (0.2, 0.5)  # of conversions among the clicks, from the worst shop to the best
SHOPS, RIVALS = 6, 6
FLOOR_CLICK = 5_000


class ConversionRun(Run):
    """Who has clicked an ad of a shop buys there at the shop's true rate, at once."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        bids = [int(bid) for bid in np.linspace(*BIDS, SHOPS)]
        shops = [
            campaign(
                f"shop{number}", bid_micro=bid, day_micro=20_000_000, caps=Caps(day=None, total=None), pricing="ocpm"
            )
            for number, bid in enumerate(bids)
        ]
        rivals = [
            campaign(f"rival{number}", bid_micro=int(random.integers(2, 6)) * 1_000_000, day_micro=5_000_000)
            for number in range(RIVALS)
        ]
        super().__init__([*shops, *rivals], traffic(), seed, lost=0.0, floors=(FLOOR, FLOOR_CLICK))
        rates = random.permutation(np.linspace(*TRUE_RATES, SHOPS))
        self.rates = {one.id: float(rate) for one, rate in zip(shops, rates, strict=True)}
        self.counts = {one.id: [0, 0, 0, 0] for one in self.running}  # views, clicks, finishes, conversions
        self.paid_by_click = 0
        self._known: dict[str, Counts] = {}

    def _most(self, serve: Serve) -> float:
        if serve.campaign.pricing == "cpm":
            return super()._most(serve)
        return serve.campaign.bid_micro * self._known.get(serve.campaign.id, Counts()).week.rate

    def _answers(self, serve: Serve, /) -> bool:
        counts = self.counts[serve.campaign.id]
        clicks, finishes = self.random.random() < CLICKS, self.random.random() < FINISH_RATE
        converts = clicks and self.random.random() < self.rates.get(serve.campaign.id, 0.0)
        for number, happened in enumerate((True, clicks, finishes, converts)):
            counts[number] += bool(happened)
        self.paid_by_click += serve.by_click
        return bool(clicks) if serve.by_click else True

    def _look(self, now: int) -> None:
        super()._look(now)
        self._known = {
            one: Counts(views, clicks, finishes, Week(views, clicks, bought))
            for one, (views, clicks, finishes, bought) in self.counts.items()
        }
        for node in self.nodes:
            node.run(self.running, self.floors, self._known, None, now)

    def costs(self) -> dict[str, float]:
        """What a conversion cost each shop that had enough of them, as a share of its bid."""
        return {
            one.id: self.treasury.spent[one.id] / self.counts[one.id][3] / one.bid_micro
            for one in self.running
            if self.counts[one.id][3] >= CONVERSIONS_MIN
        }


def conversions(seed: int, per_day: int) -> Result:
    """Six shops that pay for conversions, among six that pay for views."""
    run = ConversionRun(seed)
    run.play(visits(per_day, np.random.default_rng(seed), burst=False))
    costs = run.costs()
    return run.result("6 pay for conversions") | {
        "conversions": sum(counts[3] for counts in run.counts.values()),
        "shops_that_know": len(costs),
        "served_by_click": run.paid_by_click,
        "cost_by_bid_max": round(max(costs.values(), default=0.0), 5),
    }
