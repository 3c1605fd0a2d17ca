"""The recommender of the feed, asked as the feed asks it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vod.feed.evaluation.methods import Event, Likes, Question
from vod.feed.recommender.ease import fit
from vod.feed.recommender.model import Model
from vod.feed.recommender.picks import PageRequest
from vod.feed.recommender.signals import Signal, VideoFacts

MS = 1_000
LENGTH_MS = 15_000


class Ours:
    """A log knows neither creators nor hashtags: every item is by a creator of its own.

    Nor does it know when an item was published. So none is a new upload, which places of each page are kept for:
    nobody learns from these pages.
    """

    name = "ours"

    def __init__(self, items: int, seed: int = 1) -> None:
        self._model, self._likes = Model(seed=seed), Likes()
        self._known = np.zeros(items, np.bool_)
        self._ids = np.array([name(item) for item in range(items)], "S20")

    def learn(self, event: Event) -> None:
        person, item, at = event.person, event.item, int(event.seconds * MS)
        if not self._known[item]:
            self._known[item] = True
            self._model.put(VideoFacts(name(item), name(item), 0, LENGTH_MS))
        if event.liked:
            self._likes.add(person, item)
        self._model.learn(Signal(str(person), name(item), "liked" if event.liked else "skipped", at))

    def refit(self) -> None:
        people, items = self._likes.pairs()
        self._model.adopt(fit(people, items, np.ones(len(items), np.float32), self._ids))

    def top(self, asked: Question) -> NDArray[np.intp]:
        """The model knows by itself what the person has met."""
        page = self._model.page(PageRequest(str(asked.person), int(asked.seconds * MS), asked.count))
        return np.array([int(pick.video) for pick in page], np.intp)


def name(number: int) -> str:
    return f"{number:020d}"
