"""A simulated world: people whose tastes drift, creators who upload, and what people do with what they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.signals import Signal, SignalKind, VideoFacts

TOPICS = 8
PEOPLE = 500
CREATORS = 60
FIRST_VIDEOS = 200
GOOD_SHARE, GOOD_RATE = 0.05, 0.4  # of the uploads; chance that the average person finishes one
OTHER_RATES = (0.03, 0.15)
DRIFT = 0.05  # of a taste towards another one, with each page
LIKES_OF_FINISHED = 0.3
WATCHED = (0.05, 0.5)  # of a video that is not finished, by the average person
SKIPPED = 0.15  # leaving before so much of it is skipping
FAVOURITE = 0.2  # share of a taste from which on a topic is a favourite
LENGTH_MS = 12_000
PAGE_MS = 60_000  # between two pages of anybody
BEGIN = 1_800_000_000_000


@dataclass(frozen=True, slots=True)
class Video:
    id: str
    creator: int
    topic: int
    rate: float  # chance that the average person finishes it
    born: int  # page number

    @property
    def good(self) -> bool:
        return self.rate == GOOD_RATE

    def facts(self) -> VideoFacts:
        at = BEGIN + self.born * PAGE_MS
        return VideoFacts(self.id, f"creator{self.creator}", at, LENGTH_MS, (f"topic{self.topic}",))


class World:
    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self._tastes = np.array([self._taste() for _ in range(PEOPLE)])
        self._aims = np.array([self._taste() for _ in range(PEOPLE)])
        self.videos: list[Video] = []

    def newcomer(self) -> int:
        """The number of one more person."""
        self._tastes = np.vstack([self._tastes, self._taste()])
        self._aims = np.vstack([self._aims, self._tastes[-1]])
        return len(self._tastes) - 1

    def upload(self, born: int) -> Video:
        creator = int(self.chance.integers(CREATORS))
        good = self.chance.random() < GOOD_SHARE
        rate = GOOD_RATE if good else float(self.chance.uniform(*OTHER_RATES))
        video = Video(f"{len(self.videos):020d}", creator, creator % TOPICS, rate, born)
        self.videos.append(video)
        return video

    def favours(self, person: int, video: Video) -> bool:
        return bool(self._tastes[person, video.topic] >= FAVOURITE)

    def finishes(self, person: int, video: Video) -> bool:
        return bool(self.chance.random() < min(0.9, video.rate * self._liking(person, video)))

    def drift(self, person: int) -> None:
        self._tastes[person] += DRIFT * (self._aims[person] - self._tastes[person])
        if self.chance.random() < DRIFT:
            self._aims[person] = self._taste()

    def signals(self, person: int, video: Video, finished: bool, at: int) -> Iterator[Signal]:
        """What the server would be told."""

        def signal(kind: SignalKind, fraction: float = 0.0) -> Signal:
            return Signal(str(person), video.id, kind, at, fraction)

        if finished:
            yield signal("watched", 1.0)
            yield signal("finished")
            if self.chance.random() < LIKES_OF_FINISHED:
                yield signal("liked")
            return
        fraction = min(0.9, float(self.chance.uniform(*WATCHED)) * self._liking(person, video))
        yield signal("watched", fraction)
        if fraction < SKIPPED:
            yield signal("skipped")

    def _liking(self, person: int, video: Video) -> float:
        """How much more than the average person somebody cares for a video's topic: 0.4 to 3."""
        return min(3.0, 0.4 + 0.6 * TOPICS * float(self._tastes[person, video.topic]))

    def _taste(self) -> NDArray[np.float64]:
        """Shares of the topics; most people care for two or three."""
        return self.chance.dirichlet(np.full(TOPICS, 0.3))
