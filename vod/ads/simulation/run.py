"""One simulated day of some campaigns on two nodes, with views that come late or never."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from vod.ads.campaigns.campaign import RunningCampaign
from vod.ads.decision.pacing import Curve, day_of, plan
from vod.ads.decision.seen import Past
from vod.ads.serving.node import AdNode, Slot
from vod.ads.serving.serve import Serve
from vod.ads.simulation.treasury import Treasury
from vod.ads.simulation.world import START, Visit

NODES = 2
FLOOR = 1_000_000  # for a thousand views
LATE_MS = 6_000  # from the decision to the view
LOST = 0.1  # of the views, where some are
LOOK_EVERY_MS = 60_000
TICK_MS = 1_000

Result = dict[str, str | int | float]


class Run:
    """A day of some campaigns. `lost`: the share of views that never arrive; `floors`: for a thousand views, and for a
    click."""

    def __init__(
        self, running: Sequence[RunningCampaign], curve: Curve, seed: int, *, lost: float = LOST,
        floors: tuple[int, int] = (FLOOR, FLOOR),
    ) -> None:  # fmt: skip
        self.lost = lost
        self.floors = floors
        self.running = running
        self.curve = curve
        self.nodes = [AdNode(seed + number) for number in range(NODES)]
        for node in self.nodes:
            node.run(running, floors, {}, curve, START)
        self.treasury = Treasury(running)
        self.random = np.random.default_rng(seed)
        self.shown: Counter[tuple[str, str]] = Counter()
        self.served = self.billed = self.overpriced = 0
        self.off_plan = 0.0  # the most that any campaign was ever ahead of its plan, as a share of its day
        self._views: list[tuple[int, str, bool]] = []

    def play(self, day: Iterator[Visit]) -> None:
        tick = look = START
        for visit in day:
            while tick <= visit.at:
                self._arrive(tick)
                self._tick(tick)
                tick += TICK_MS
                if tick >= look:
                    self._look(tick)
                    look += LOOK_EVERY_MS
            self._visit(visit)
        self._arrive(visit.at + LATE_MS)

    def _tick(self, now: int) -> None:
        for node in self.nodes:
            node.lease = now + 10 * TICK_MS
            self.treasury.round(node, NODES, now)

    def _visit(self, visit: Visit) -> None:
        node = self.nodes[int(self.random.integers(NODES))]
        node.remember(visit.viewer, Past([], set()))
        serve = node.choose(Slot(visit.viewer, visit.place), visit.at)
        if serve is None:
            return
        kept = [serve] if self._allowed(visit.viewer, serve) else []
        node.recorded(visit.viewer, [serve], kept)
        if not kept:
            return
        self.treasury.serve(serve)
        self.served += 1
        self.shown[visit.viewer, serve.campaign.id] += 1
        self.overpriced += serve.price_micro > self._most(serve)
        if self._answers(serve):
            heapq.heappush(self._views, (visit.at + LATE_MS, serve.id, visit.program))

    def _most(self, serve: Serve) -> float:
        """What the campaign bids for what this serve is billed for."""
        return serve.campaign.bid_micro / 1_000

    def _answers(self, _: Serve, /) -> bool:
        """Whether what is billed happens, and its event arrives."""
        return bool(self.random.random() >= self.lost)

    def _allowed(self, viewer: str, serve: Serve) -> bool:
        """The exact count, which the database keeps."""
        cap = serve.campaign.caps.day
        return cap is None or self.shown[viewer, serve.campaign.id] < cap

    def _arrive(self, now: int) -> None:
        while self._views and self._views[0][0] <= now:
            at, serve, program = heapq.heappop(self._views)
            if not program:  # marked: it counts nowhere, and its money comes back
                self.billed += self.treasury.view(serve, at)

    def _look(self, now: int) -> None:
        for one in self.running:
            day = day_of(now, one.starts, one.ends, one.zone)
            planned = plan(self.curve, day, now) * (one.day_micro or 1)
            ahead = (self.treasury.spent[one.id] - planned) / (one.day_micro or 1)
            self.off_plan = max(self.off_plan, ahead)

    def _beyond_caps(self) -> int:
        caps = {one.id: one.caps.day for one in self.running}
        return sum(count > (caps[campaign] or count) for (_, campaign), count in self.shown.items())

    def result(self, scenario: str) -> Result:
        budget = sum(one.day_micro or 0 for one in self.running)
        spent = sum(self.treasury.spent.values())
        over = sum(max(0, self.treasury.spent[one.id] - (one.day_micro or 0)) for one in self.running)
        return {
            "scenario": scenario, "campaigns": len(self.running), "served": self.served, "billed": self.billed,
            "budget_micro": budget, "spent_micro": spent, "spent_share": round(spent / budget, 5),
            "over_budget_micro": over, "ahead_of_plan_max": round(self.off_plan, 5),
            "prices_above_bid": self.overpriced, "cap_exceeded": self._beyond_caps(),
        }  # fmt: skip
