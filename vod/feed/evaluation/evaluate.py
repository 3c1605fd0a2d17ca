"""Replay a log through several rankers, and compare what they would have shown with what people liked next."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vod.feed.evaluation.batch import Als, ItemKnn
from vod.feed.evaluation.log import Log
from vod.feed.evaluation.methods import Event, Method, Popular, Question
from vod.feed.evaluation.ours import Ours

TOP = 10
REFIT_SHARE = 0.05  # of the events before a prediction; so often every method is refitted, and before the first


@dataclass(slots=True)
class Tally:
    """What a method has achieved."""

    hits: int = 0
    gain: float = 0.0
    asked: int = 0
    shown: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    surprise: float = 0.0
    places: int = 0
    update_ms: list[float] = field(default_factory=list)
    page_ms: list[float] = field(default_factory=list)


def evaluate(log: Log, method: Method, last: int) -> dict[str, object]:
    """Predict each of the last events that liked something new to its person, then learn from it."""
    tally = Tally(shown=np.zeros(log.item_count, np.bool_))
    met, likes = Met(log.item_count), np.zeros(log.item_count)
    start = max(0, len(log) - last)
    next_refit = start
    rows = zip(log.people.tolist(), log.items.tolist(), log.seconds.tolist(), log.liked.tolist(), strict=True)
    for number, event in enumerate(itertools.starmap(Event, rows)):
        if number == next_refit:
            method.refit()
            next_refit += max(1, int(REFIT_SHARE * len(log)))
        if number >= start and event.liked and not met.has(event):
            asked = Question(event.person, event.seconds, met.barred(event.person), TOP)
            began = time.thread_time_ns()
            top = method.top(asked)
            tally.page_ms.append((time.thread_time_ns() - began) / 1e6)
            count(tally, top, event.item, likes)
        began = time.thread_time_ns()
        method.learn(event)
        tally.update_ms.append((time.thread_time_ns() - began) / 1e6)
        met.add(event)
        likes[event.item] += event.liked
    return report(method.name, tally, len(log))


class Met:
    """What each person has met, and what anybody has."""

    def __init__(self, items: int) -> None:
        self._items = items
        self._of: dict[int, set[int]] = {}
        self._unknown = np.ones(items, np.bool_)

    def has(self, event: Event) -> bool:
        return event.item in self._of.get(event.person, ())

    def add(self, event: Event) -> None:
        self._of.setdefault(event.person, set()).add(event.item)
        self._unknown[event.item] = False

    def barred(self, person: int) -> NDArray[np.bool_]:
        barred = self._unknown.copy()
        barred[list(self._of.get(person, ()))] = True
        return barred


def count(tally: Tally, top: NDArray[np.intp], item: int, likes: NDArray[np.float64]) -> None:
    tally.asked += 1
    places = np.flatnonzero(top == item)
    if len(places):
        tally.hits += 1
        tally.gain += 1.0 / math.log2(2 + int(places[0]))
    tally.shown[top] = True
    shares = (likes[top] + 1.0) / (likes.sum() + len(likes))
    tally.surprise -= float(np.log2(shares).sum())
    tally.places += len(top)


def report(method: str, tally: Tally, events: int) -> dict[str, object]:
    """`novelty`: mean bits of surprise (-log2 of an item's share of the likes). `coverage`: share of items shown."""
    return {
        "method": method,
        "hit_rate_10": round(tally.hits / max(1, tally.asked), 4),
        "ndcg_10": round(tally.gain / max(1, tally.asked), 4),
        "coverage": round(float(tally.shown.mean()), 4),
        "update_ms_p99": percentile_99(tally.update_ms),
        "page_ms_p99": percentile_99(tally.page_ms),
        "events": events,
        "novelty": round(tally.surprise / max(1, tally.places), 2),
        "predicted": tally.asked,
    }


def percentile_99(times: list[float]) -> float:
    return round(float(np.percentile(times, 99)), 3) if times else 0.0


def evaluate_all(log: Log, last: int) -> Iterator[dict[str, object]]:
    """One result for each method that is there: `als` needs an optional package."""
    for make in (Ours, Popular, ItemKnn, Als):
        if make is not Als or Als.installed():
            yield evaluate(log, make(log.item_count), last)
