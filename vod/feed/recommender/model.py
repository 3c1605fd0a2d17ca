"""The model: learns from every signal at once, and ranks a page for a person.

Not safe for threads: whoever uses a model holds a lock around every call. `fit` needs no model and no lock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from vod.feed.recommender.fit import Fit
from vod.feed.recommender.memory.catalogue import GOOD, LANGUAGE, MS, SHOWN, STATS, Catalogue
from vod.feed.recommender.memory.columns import Array
from vod.feed.recommender.memory.cowatch import CoWatch
from vod.feed.recommender.memory.fitted import Fitted
from vod.feed.recommender.memory.names import NOBODY
from vod.feed.recommender.memory.people import PEOPLE_MAX, People
from vod.feed.recommender.memory.trending import Trending
from vod.feed.recommender.memory.watching import Watching
from vod.feed.recommender.opinions import OPINIONS, Opinion, of_watching
from vod.feed.recommender.picks import Interest, InterestKind, PageRequest, Pick
from vod.feed.recommender.ranking import candidates, diversity, explore
from vod.feed.recommender.ranking.evidence import evidence
from vod.feed.recommender.ranking.page import Ranked, picks
from vod.feed.recommender.ranking.score import score
from vod.feed.recommender.ranking.viewer import Viewer
from vod.feed.recommender.signals import Signal, VideoFacts
from vod.feed.recommender.snapshot import SnapshotDamaged, packed, unpacked

PAGE_MAX = 100  # videos
LIKING = 0.5  # an opinion from which on a video counts as liked
INTEREST_STEP = 0.5  # what a like adds to the interest in each feature of a video


class Model:
    def __init__(self, *, seed: int | None = None, people_max: int = PEOPLE_MAX) -> None:
        """`seed` makes the exploration repeatable."""
        self._chance = np.random.default_rng(seed)
        self._catalogue = Catalogue()
        self._people = People(people_max)
        self._cowatch = CoWatch(self._chance)
        self._fitted = Fitted()
        self._trending = Trending()
        self._watching = Watching()
        self._totals = np.zeros(STATS)

    def put(self, video: VideoFacts) -> None:
        """Add a video, bring a withdrawn one back, or change its facts. Raises ValueError if its id is too long."""
        if self._catalogue.features.crowded:
            self._people.lose_interests(self._catalogue.forget_hashtags(), len(self._catalogue.features))
        self._catalogue.put(video)
        self._cowatch.room_for(len(self._catalogue))

    def withdraw(self, video: str) -> None:
        """Show it to nobody any more. What is known about it is kept."""
        if (row := self._catalogue.ids.find(video)) != NOBODY:
            self._catalogue.withdraw(row)

    def live(self, videos: Collection[str]) -> set[str]:
        """Those of these videos that may be shown."""
        rows = self._catalogue.rows_of(videos)
        return set(self._catalogue.ids.names(rows[self._catalogue.rows["live"][rows]].tolist()))

    def learn(self, signal: Signal) -> None:
        """Signals about unknown videos are ignored."""
        video = self._catalogue.ids.find(signal.video)
        if video == NOBODY:
            return
        person = self._people.active(signal.person)
        first = self._people.see(person, video)
        opinion = self._opinion(signal, video)
        self._learn_about_video(video, opinion, _share(signal.voice), first, signal.at / MS)
        self._learn_about_person(person, video, opinion, _share(signal.voice))

    def page(self, want: PageRequest) -> list[Pick]:
        """Up to `want.limit` videos, best first. Nothing that the person has seen: whoever has seen all gets none."""
        limit = min(want.limit, PAGE_MAX)
        if limit <= 0 or not len(self._catalogue):
            return []
        viewer = self._viewer(want)
        found = evidence(viewer, self._cowatch, self._fitted)
        videos = candidates.gather(self._catalogue, self._trending, viewer, found, limit, self._chance)
        scores = score(self._catalogue, self._trending, self._totals, viewer, found, videos, self._chance)
        places = explore.places_for_new(self._chance, limit) if viewer.known else 0
        final = explore.with_first_audience(
            scores.total[None], scores.alone(scores.sampled)[None], scores.needing, limit, places
        )[0]
        chosen = diversity.diverse(final, self._catalogue.rows["features"][videos], limit)
        if viewer.known:
            propensity = explore.propensities(self._chance, scores, final, chosen, limit, places)
        else:
            propensity = np.ones(len(chosen))
        return picks(self._catalogue, viewer, found, Ranked(videos, scores, chosen, propensity))

    def knows(self, person: str) -> bool:
        """Whether the person is among those in memory. Of anybody else, learn the history first (with voice 0)."""
        return person in self._people

    def seen(self, person: str) -> set[str]:
        """The videos that the person has been shown."""
        row = self._people.find(person)
        return set() if row == NOBODY else set(self._catalogue.ids.names(self._people.seen(row).tolist()))

    def interests(self, person: str) -> list[Interest]:
        """The strongest first."""
        row = self._people.find(person)
        if row == NOBODY:
            return []
        features, weights = self._people.interests(row)
        strongest = float(weights.max(initial=0.0))
        found = []
        for place in np.argsort(-weights, kind="stable").tolist():
            kind, key = self._catalogue.features.name(int(features[place]))
            if weights[place] > 0 and kind != "language":
                found.append(Interest(kind, key, float(weights[place]) / strongest))
        return found

    def forget(self, person: str, kind: InterestKind | None = None, key: str | None = None) -> None:
        """Everything about a person, or one interest of theirs. What others learned from them stays."""
        if kind is None or key is None:
            self._people.forget(person)
        elif (row := self._people.find(person)) != NOBODY:
            for feature in self._catalogue.features.find(kind, (key,)).tolist():
                self._people.lose_interest(row, feature)

    def adopt(self, fit: Fit) -> None:
        """Take over the result of a refit. Raises ValueError, and changes nothing, if it is not one."""
        self._fitted = Fitted.of(fit, self._catalogue.ids)

    def dump(self) -> bytes:
        """Everything, for `load`. A model that is loaded ranks like this one, but explores on its own."""
        return packed(
            {
                **self._catalogue.dump(),
                **self._people.dump(),
                **self._cowatch.dump(),
                **self._fitted.dump(),
                **self._watching.dump(),
                "totals": self._totals,
                "heat.unit": np.array(self._trending.unit_s),
            }
        )

    @classmethod
    def load(cls, data: bytes, *, seed: int | None = None, people_max: int = PEOPLE_MAX) -> Model:
        """Raises SnapshotDamaged for anything but a whole snapshot of this version."""
        arrays = unpacked(data)
        model = cls(seed=seed, people_max=people_max)
        try:
            model._load(arrays)
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise SnapshotDamaged(f"the arrays do not fit together: {error}") from error
        return model

    @property
    def bytes(self) -> tuple[int, int]:
        """Memory of what is known about videos, and about people."""
        return self._catalogue.bytes + self._cowatch.bytes + self._fitted.bytes, self._people.bytes

    def _load(self, arrays: Mapping[str, Array]) -> None:
        self._catalogue.load(arrays)
        videos = len(self._catalogue)
        self._people.load(arrays, videos, len(self._catalogue.features))
        self._cowatch.load(arrays, videos)
        self._fitted = Fitted.load(arrays, videos)
        self._watching.load(arrays)
        self._totals = arrays["totals"].reshape(STATS).astype(np.float64)
        self._trending = Trending(float(arrays["heat.unit"]))

    def _opinion(self, signal: Signal, video: int) -> Opinion:
        if signal.kind != "watched":
            return OPINIONS[signal.kind]
        length, fraction = int(self._catalogue.rows["length"][video]), _share(signal.fraction)
        opinion = of_watching(self._watching.share(length, fraction))
        self._watching.learn(length, fraction, _share(signal.voice))
        return opinion

    def _learn_about_video(self, video: int, opinion: Opinion, voice: float, first: bool, at_s: float) -> None:
        stats = np.zeros(STATS)
        stats[SHOWN], stats[GOOD] = first, opinion.good
        if opinion.stat is not None:
            stats[opinion.stat] = opinion.by
        stats *= voice
        self._catalogue.rows["stats"][video] += stats
        self._totals += stats
        if opinion.good > 0 and opinion.by > 0 and voice > 0:
            self._trending.add(self._catalogue.rows.used("heat"), video, at_s, opinion.good * voice)

    def _learn_about_person(self, person: int, video: int, opinion: Opinion, voice: float) -> None:
        """A person's own profile hears them in full, whatever their voice counts for others."""
        people = self._people
        if opinion.own:
            features = self._catalogue.rows["features"][video]
            people.feel(person, features[np.arange(len(features)) != LANGUAGE], INTEREST_STEP * opinion.own)
        if opinion.own >= LIKING and opinion.by > 0:
            recent = people.recent(person)
            if voice > 0 and video not in recent:
                self._cowatch.learn(video, recent, voice)
            people.like(person, video)
        elif opinion.own <= -LIKING:
            people.unlike(person, video)

    def _viewer(self, want: PageRequest) -> Viewer:
        features, nothing = self._catalogue.features, np.zeros(0, np.int32)
        person, hidden = self._people.find(want.person), self._catalogue.rows_of(want.exclude)
        viewer = Viewer(
            known=want.person is not None,
            now_s=want.now / MS,
            hidden=hidden,
            recent=nothing,
            features=nothing,
            weights=nothing.astype(np.float32),
            followed=features.find("creator", want.followed) if want.person is not None else nothing,
            languages=features.find("language", want.languages) if want.person is not None else nothing,
        )
        if person == NOBODY:
            return viewer
        recent = self._people.recent(person)
        interests, weights = self._people.interests(person)
        hidden = np.concatenate([hidden, self._people.seen(person)])
        return replace(viewer, hidden=hidden, recent=recent, features=interests, weights=weights)


def _share(value: float) -> float:
    """0 to 1, whatever came; 0 for what is not a number."""
    return min(max(value, 0.0), 1.0) if value == value else 0.0
