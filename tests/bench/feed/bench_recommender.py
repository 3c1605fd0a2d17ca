"""Measure the recommender without its service: `python -m tests.bench recommender`.

Pages and updates at 100,000 videos for people who have seen 2,000 of them, memory, a refit on 5 million events, hit
rates on a synthetic log (or on `--log FILE`, in the format of `cadeau recommend evaluate`), and the simulated world.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.vod.feed.evaluation.synthetic import synthetic
from vod.feed.evaluation.evaluate import evaluate_all
from vod.feed.evaluation.log import Log, log_of, read_log
from vod.feed.evaluation.simulate import simulate
from vod.feed.recommender.ease import fit
from vod.feed.recommender.model import Model
from vod.feed.recommender.picks import PageRequest
from vod.feed.recommender.signals import Signal, SignalKind, VideoFacts

VIDEOS, CREATORS, SOUNDS, HASHTAGS = 100_000, 10_000, 5_000, 5_000
ACTIVE, ACTIVE_SEEN = 200, 400  # people with an ordinary history
HEAVY, HEAVY_SEEN = 20, 2_000
PAGES = 500
REFIT_EVENTS, REFIT_PEOPLE = 5_000_000, 100_000
NOW = 1_800_000_000_000
KINDS: tuple[SignalKind, ...] = ("watched", "finished", "liked", "skipped")
LAST = 10_000
WORLDS = (1, 2)  # seeds: a world has few good new videos, so one alone is a matter of luck


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--log", type=Path, default=None)
    options.add_argument("--refit-only", action="store_true", help="in a process of its own, for its memory")
    given = options.parse_args()
    if given.refit_only:
        refit()
        return
    print(f"{machine()}; {VIDEOS} videos")
    serving(np.random.default_rng(5))
    subprocess.run([sys.executable, "-m", "tests.bench.feed.bench_recommender", "--refit-only"], check=True)
    log = read_log(given.log) if given.log else log_of(synthetic(people=2_000, items=2_000, sessions=4_000))
    hit_rates("in order", log, 40)
    hit_rates("shuffled", log.shuffled(1), 5)
    worlds()


def serving(chance: np.random.Generator) -> None:
    model = Model(seed=5)
    for n in range(VIDEOS):
        tags = tuple(f"tag{int(HASHTAGS * share**2)}" for share in chance.random(3))
        creator, sound = int(chance.integers(CREATORS)), int(chance.integers(SOUNDS))
        at = NOW - (VIDEOS - n) * 60_000
        model.put(VideoFacts(name(n), name(creator), at, int(chance.integers(5_000, 90_000)), tags, f"s{sound}", "en"))
    people = [(f"heavy{n}", HEAVY_SEEN) for n in range(HEAVY)] + [(f"person{n}", ACTIVE_SEEN) for n in range(ACTIVE)]
    before = model.bytes[1]
    updates: list[list[float]] = [live(model, chance, person, seen) for person, seen in people[:HEAVY]]
    heavy = (model.bytes[1] - before) / HEAVY
    updates += [live(model, chance, person, seen) for person, seen in people[HEAVY:]]
    figure("update p99", float(np.percentile(np.concatenate(updates), 99)), "ms of CPU", 1.0)
    pages = list[float]()
    for number in range(PAGES):
        followed = frozenset(map(name, range(number, number + 50)))
        want = PageRequest(people[number % HEAVY][0], NOW, 10, followed, frozenset({"en"}))
        began = time.thread_time_ns()
        assert len(model.page(want)) == 10
        pages.append((time.thread_time_ns() - began) / 1e6)
    figure("page p99", float(np.percentile(pages, 99)), "ms of CPU", 5.0, more=f"; median {np.median(pages):.2f}")
    videos, persons = model.bytes
    figure("video", videos / VIDEOS, "bytes", 200)
    figure("person", persons / len(people), "bytes", 2_000, more=f"; who has seen {HEAVY_SEEN}: {heavy:.0f}")
    cpu = time.process_time()
    data = model.dump()
    line("snapshot", f"{len(data) / 1e6:.1f} MB, written in {time.process_time() - cpu:.2f} s of CPU")


def live(model: Model, chance: np.random.Generator, person: str, seen: int) -> list[float]:
    """Somebody watches so many videos, popular and new ones more often. Returns the CPU time of each signal in ms."""
    times = []
    for place in chance.random(seen):
        video = name(VIDEOS - 1 - int(VIDEOS * place**2))
        kind = KINDS[int(chance.integers(len(KINDS)))]
        began = time.thread_time_ns()
        model.learn(Signal(person, video, kind, NOW, float(chance.random())))
        times.append((time.thread_time_ns() - began) / 1e6)
    return times


def refit() -> None:
    chance = np.random.default_rng(6)
    videos = (VIDEOS * chance.random(REFIT_EVENTS) ** 3).astype(np.int32)
    people = chance.integers(REFIT_PEOPLE, size=REFIT_EVENTS).astype(np.int32)
    ids = np.array([name(n) for n in range(VIDEOS)], "S20")
    began, cpu = time.perf_counter(), time.process_time()
    fit(people, videos, np.ones(REFIT_EVENTS, np.float32), ids)
    used = f"; {time.process_time() - cpu:.0f} s of CPU"
    figure("refit", time.perf_counter() - began, "s", 120, more=used)
    figure("its memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, "GB", 2.0)


def hit_rates(order: str, log: Log, target: float) -> None:
    rates = {}
    for result in evaluate_all(log, LAST):
        line(order, str(result))
        rates[result["method"]] = result.get("hit_rate_10")
    ours, als = rates["ours"], rates["als"]
    if isinstance(ours, float) and isinstance(als, float):
        figure(f"hits, {order}", 100 * (ours / max(als, 1e-9) - 1), "% above ALS", target, at_least=True)


def worlds() -> None:
    good, found, times = 0, 0.0, list[float]()
    for seed in WORLDS:
        for result in simulate(seed):
            line(f"world {seed}", str(result))
            if result["method"] != "ours":
                continue
            if result["simulation"] == "world":
                good += int(str(result["good_new_videos"]))
                found += int(str(result["good_new_videos"])) * float(str(result["good_reaching_100_views"]))
            if result["simulation"] == "attack":
                times.append(float(str(result["times"])))
    figure(
        "good found", 100 * found / max(1, good), "%", 85, at_least=True, more=f"; of {good} in {len(WORLDS)} worlds"
    )
    figure("bots", max(times), "times the share", 2)


def name(number: int) -> str:
    return f"{number:020d}"


if __name__ == "__main__":
    main()
