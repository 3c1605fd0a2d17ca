"""Let a ranker serve a simulated world, and see who is found, how fast newcomers are served, and what bots achieve."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from vod.feed.evaluation.rankers import Ranker, RawPopularity, Recommender
from vod.feed.evaluation.world import BEGIN, CREATORS, FIRST_VIDEOS, PAGE_MS, PEOPLE, Video, World
from vod.feed.recommender.signals import Signal, SignalKind

PAGES = 4_000
PAGE = 10
UPLOAD_EVERY = 10  # pages
VIEWS_ENOUGH = 100
LATE = 500  # videos of the last so many pages had no time to be found
NEWCOMERS, NEWCOMER_PAGE, NEWCOMER_SWIPES = 60, 2, 60
SMOOTH = 4  # swipes over which a newcomer's hit rate is averaged
BOTS_SHARE = 0.05
BOT_VOICE = 0.05  # of a new account, as the feed weighs it, once for each video and kind of action
BOT_ACTS: tuple[SignalKind, ...] = ("watched", "finished", "liked", "shared")
BOT_REPEATS = 5
ATTACK_PAGES = 3  # of each honest person, with and without the attack
TARGET_SHOWN = 20  # times on these pages before the attack, so that chance does not make the ratio


class Simulation:
    """One ranker in one world."""

    def __init__(self, ranker: Ranker, seed: int, pages: int = PAGES) -> None:
        self.world, self.ranker, self._pages = World(seed), ranker, pages
        self.views: Counter[str] = Counter()
        self.by_id: dict[str, Video] = {}
        for _ in range(FIRST_VIDEOS):
            self._upload(0)

    def run(self) -> dict[str, object]:
        for number in range(self._pages):
            if number % UPLOAD_EVERY == 0:
                self._upload(number)
            person = int(self.world.chance.integers(PEOPLE))
            self.serve(self.ranker, person, number, PAGE)
            self.world.drift(person)
        return self._report()

    def serve(self, ranker: Ranker, person: int, number: int, limit: int) -> list[Video]:
        """Show a page and tell the ranker what the person did; returns its videos."""
        at = BEGIN + number * PAGE_MS
        watched = []
        for name in ranker.page(str(person), at, limit):
            video = self.by_id[name]
            finished = self.world.finishes(person, video)
            for signal in self.world.signals(person, video, finished, at):
                ranker.learn(signal)
            self.views[name] += 1
            watched.append(video)
        return watched

    def newcomers(self) -> NDArray[np.float64]:
        """Share of favourite topics at each swipe of people who come when the world has been running."""
        hits = np.zeros(NEWCOMER_SWIPES)
        for _ in range(NEWCOMERS):
            person, ranker = self.world.newcomer(), self.ranker
            swipes = [
                self.world.favours(person, video)
                for _ in range(NEWCOMER_SWIPES // NEWCOMER_PAGE)
                for video in self.serve(ranker, person, self._pages, NEWCOMER_PAGE)
            ]
            hits[: len(swipes)] += swipes
        return hits / NEWCOMERS

    def _upload(self, number: int) -> None:
        video = self.world.upload(number)
        self.by_id[video.id] = video
        self.ranker.put(video.facts())

    def _report(self) -> dict[str, object]:
        fresh = [v for v in self.world.videos[FIRST_VIDEOS:] if v.born < self._pages - LATE]
        good = [video for video in fresh if video.good]
        views = np.zeros(CREATORS)
        for video in self.world.videos:
            views[video.creator] += self.views[video.id]
        reached = sum(self.views[video.id] >= VIEWS_ENOUGH for video in good)
        all_views = sum(self.views.values())
        of_good = sum(self.views[video.id] for video in self.world.videos if video.good)
        return {
            "method": self.ranker.name,
            "pages": self._pages,
            "good_new_videos": len(good),
            "good_reaching_100_views": round(reached / max(1, len(good)), 3),
            "new_with_under_10_views": round(sum(self.views[v.id] < 10 for v in fresh) / max(1, len(fresh)), 3),
            "share_of_views_of_good": round(of_good / max(1, all_views), 3),
            "gini_of_creators_views": round(gini(views), 3),
        }


def simulate(seed: int, pages: int = PAGES) -> Iterator[dict[str, object]]:
    """Results of the recommender and of raw popularity, each in the same world."""
    for ranker in (Recommender(seed), RawPopularity()):
        simulation = Simulation(ranker, seed, pages)
        yield {"simulation": "world", **simulation.run()}
        yield {"simulation": "attack", "method": ranker.name, **attack(simulation)}
        yield {"simulation": "newcomers", "method": ranker.name, **doubling(simulation.newcomers())}


def doubling(rates: NDArray[np.float64]) -> dict[str, object]:
    """When the hit rate, averaged over SMOOTH swipes, is twice that of the first swipes."""
    smooth = np.convolve(rates, np.full(SMOOTH, 1 / SMOOTH), "valid")
    first = float(rates[:NEWCOMER_PAGE].mean())
    reached = np.flatnonzero(smooth >= 2 * first)
    return {
        "first_hit_rate": round(first, 3),
        "last_hit_rate": round(float(smooth[-1]), 3),
        "swipes_until_doubled": int(reached[0]) + SMOOTH if len(reached) else None,
    }


def attack(simulation: Simulation) -> dict[str, object]:
    """Bots push a video that is seldom shown. Compare its share of honest people's pages with and without them."""
    before = _shown(simulation, simulation.ranker.copy())
    seldom = [name for name, times in before.items() if times >= TARGET_SHOWN and not simulation.by_id[name].good]
    target = simulation.by_id[min(seldom or before, key=lambda name: (before[name], name))]
    attacked = simulation.ranker.copy()
    _push(simulation, attacked, target)
    after = _shown(simulation, attacked)
    shares = [shown[target.id] / shown.total() for shown in (before, after)]
    return {
        "bots": int(PEOPLE * BOTS_SHARE),
        "bot_voice": BOT_VOICE,
        "share_before": round(shares[0], 5),
        "share_after": round(shares[1], 5),
        "times": round(shares[1] / shares[0], 2),
    }


def _push(simulation: Simulation, ranker: Ranker, target: Video) -> None:
    """Each bot acts on the videos that most people watch, and then floods the target."""
    at = BEGIN + simulation._pages * PAGE_MS
    popular = [video for video, _ in simulation.views.most_common(5)]
    for bot in range(int(PEOPLE * BOTS_SHARE)):
        for video in popular:
            for kind in BOT_ACTS:
                ranker.learn(Signal(f"bot{bot}", video, kind, at, 1.0, BOT_VOICE))
        for repeat in range(BOT_REPEATS):
            for kind in BOT_ACTS:
                ranker.learn(Signal(f"bot{bot}", target.id, kind, at, 1.0, 0.0 if repeat else BOT_VOICE))


def _shown(simulation: Simulation, ranker: Ranker) -> Counter[str]:
    """How often each video is on the next pages of honest people. They do not act, so all pages see one state."""
    at = BEGIN + simulation._pages * PAGE_MS
    pages = (ranker.page(str(person), at, PAGE) for person in range(PEOPLE) for _ in range(ATTACK_PAGES))
    return Counter(itertools.chain.from_iterable(pages))


def gini(values: NDArray[np.float64]) -> float:
    """0: all have the same, 1: one has everything."""
    ordered = np.sort(values)
    count, total = len(ordered), float(ordered.sum())
    if not total:
        return 0.0
    return float((2 * np.arange(1, count + 1) - count - 1) @ ordered / (count * total))
