"""Measure ads: `python -m tests.bench ads`. The time of a decision, spend over budget, pacing, and events a second.

Decisions are measured in CPU time of their thread, because nothing in them waits. Overspending is tried with two nodes
over one SQLite file, at the end of a day, when the plan holds nobody back: 500 requests a second of simulated time,
with views that are 6 s late. Events go through the group that commits them, with synchronous=FULL; their rate is
that of a processor which does nothing else, so it says the same on a busy machine.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np
import uvloop
from sqlalchemy import insert

from cadeau.migrations import migrate
from core.clock import system_clock
from core.database import Database
from core.garbage import freeze_gc
from core.ids import new_id
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.vod.ads.stage import NOON, Stage
from vod.ads.decision.place import Place
from vod.ads.events.events import AdEvents
from vod.ads.serving.node import AdNode, Slot
from vod.ads.serving.signing import Signatures
from vod.ads.simulation.simulate import simulate
from vod.ads.simulation.world import START, TAGS, campaigns, traffic
from vod.ads.tables import ad_serves

CAMPAIGNS = 5_000
DECISIONS = 20_000
REQUESTS_PER_S = 500
SECONDS = 24
BUDGET = 5_000_000
VIEW_LATE_MS = 6_000
DAY_MS = 86_400_000
EVENTS = 40_000
WAITING = 2_000  # events that wait for their commit at once


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    seed = options.parse_args().seed
    print(machine())
    decisions(seed)
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        overspending(Path(folder) / "budget.db")
        events(Path(folder) / "events.db")
    pacing(seed)


def decisions(seed: int) -> None:
    random = np.random.default_rng(seed)
    node = AdNode(seed)
    running = campaigns(CAMPAIGNS, random)
    node.run(running, (1_000_000, 50_000), {}, traffic(), START)
    node.lease = START + DAY_MS
    node.settle((), set(), {(one.id, "2024-10-04"): 10**10 for one in running}, START)
    places = [Place(hashtags=frozenset(str(tag) for tag in random.choice(TAGS, 2))) for _ in range(100)]
    took = []
    freeze_gc()
    for number in range(DECISIONS):
        slot = Slot(f"v{number}", places[number % 100])
        begun = time.thread_time_ns()
        serve = node.choose(slot, START + number)
        took.append(time.thread_time_ns() - begun)
        assert serve is not None
        node.holds.spent(serve.id)
    ms = np.percentile(took, [50, 99]) / 1e6
    figure("decision", float(ms[1]), "ms", 0.3, more=f", p99 of CPU; median {ms[0]:.3f} ms; {CAMPAIGNS} campaigns")


def overspending(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    migrate(database)
    stage = Stage(database, NOON // DAY_MS * DAY_MS + DAY_MS - 300_000)
    campaign = stage.campaign(day_micro=BUDGET, total_micro=2 * BUDGET, caps={"day": None, "total": None})
    nodes = [stage.node(1), stage.node(2)]
    stage.warm()
    views: list[tuple[int, str]] = []
    shown = 0
    for second in range(SECONDS):
        for number in range(REQUESTS_PER_S):
            if serve := stage.serve(nodes[number % 2], f"~{second}.{number}"):
                shown += 1
                views.append((stage.now + VIEW_LATE_MS, serve.id))
        due = [serve for at, serve in views if at <= stage.now]
        views = [(at, serve) for at, serve in views if at > stage.now]
        stage.tell([(serve, "viewable") for serve in due])
        stage.tick(1_000)
    stage.now += VIEW_LATE_MS
    stage.tell([(serve, "viewable") for _, serve in views])
    spent = stage.billed(campaign)
    figure("overspend", max(0, spent - BUDGET), "millionths", 0, more=f"; {shown} shown, spent {spent} of {BUDGET}")
    database.close()


def events(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    migrate(database)
    signatures = Signatures(database)
    signatures.learn()
    made = system_clock() - 5_000
    rows = [
        {
            "id": new_id(), "viewer": f"~{number}", "campaign": f"c{number % 100}", "advertiser": "a",
            "creative": "r", "video": "v", "day": "2026-11-29", "node": "n", "place": "feed", "at": made,
            "expires_at": made + 120_000, "bills": "viewable", "price_micro": 1_000, "runner_up_micro": 900,
            "reasons": "{}", "state": "held",
        }
        for number in range(EVENTS // 2)
    ]  # fmt: skip
    database.write(lambda c: c.execute(insert(ad_serves), rows))
    recorder = AdEvents(database, system_clock, signatures, lambda *_: None)
    impressions = [signatures.impression(str(row["id"])) for row in rows]

    async def send() -> tuple[float, float]:
        begun, busy = time.monotonic(), time.process_time()
        for at in range(0, len(impressions), WAITING // 2):
            some = impressions[at : at + WAITING // 2]
            told = await asyncio.gather(
                *[recorder.record([(one, "view"), (one, "viewable")], None, one, program=False) for one in some]
            )
            assert sum(told) == 2 * len(some)
        return EVENTS / (time.monotonic() - begun), EVENTS / (time.process_time() - busy)

    rate, per_cpu = uvloop.run(send())
    more = f" of CPU; half of them billed with a receipt; {rate:,.0f}/s of the clock"
    figure("events", per_cpu, "/s", 5_000, at_least=True, more=more)
    database.close()


def pacing(seed: int) -> None:
    for result in simulate(seed):
        name = str(result["scenario"])
        if " a day" in name:
            share = 100 * float(result["spent_share"])
            figure("pacing", share, "%", 99.5, at_least=True, more=f" of the plan; {name}")
            figure("", 100 * float(result["ahead_of_plan_max"]), "%", 2.0, more=" ahead of the plan at most")
        else:
            line("", str(result))


if __name__ == "__main__":
    main()
