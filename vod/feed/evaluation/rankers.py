"""What is simulated: the recommender, and raw popularity as a control."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Protocol

from vod.feed.recommender.model import Model
from vod.feed.recommender.picks import PageRequest
from vod.feed.recommender.signals import Signal, VideoFacts


class Ranker(Protocol):
    name: str

    def put(self, video: VideoFacts) -> None: ...

    def learn(self, signal: Signal) -> None: ...

    def page(self, person: str, now: int, limit: int) -> list[str]:
        """Ids of videos that the person has not seen."""
        ...

    def copy(self) -> Ranker: ...


class Recommender:
    name = "ours"

    def __init__(self, seed: int, model: Model | None = None) -> None:
        self._seed = seed
        self._model = Model(seed=seed) if model is None else model

    def put(self, video: VideoFacts) -> None:
        self._model.put(video)

    def learn(self, signal: Signal) -> None:
        self._model.learn(signal)

    def page(self, person: str, now: int, limit: int) -> list[str]:
        return [pick.video for pick in self._model.page(PageRequest(person, now, limit))]

    def copy(self) -> Recommender:
        return Recommender(self._seed, Model.load(self._model.dump(), seed=self._seed))


class RawPopularity:
    """Whatever has the most likes and finishes, whoever gave them, and however often."""

    name = "popular"

    def __init__(self) -> None:
        self._votes: Counter[str] = Counter()
        self._seen: defaultdict[str, set[str]] = defaultdict(set)

    def put(self, video: VideoFacts) -> None:
        self._votes[video.id] += 0

    def learn(self, signal: Signal) -> None:
        self._seen[signal.person].add(signal.video)
        self._votes[signal.video] += signal.kind in ("liked", "finished", "shared")

    def page(self, person: str, now: int, limit: int) -> list[str]:  # noqa: ARG002
        seen = self._seen[person]
        ranked = (video for video, _ in self._votes.most_common(limit + len(seen)) if video not in seen)
        return [video for video, _ in zip(ranked, range(limit), strict=False)]

    def copy(self) -> RawPopularity:
        other = RawPopularity()
        other._votes.update(self._votes)
        other._seen.update({person: set(videos) for person, videos in self._seen.items()})
        return other
