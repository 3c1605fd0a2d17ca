"""The scores of the candidates, and what they are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.catalogue import CREATOR, GOOD, SHOWN, Catalogue
from vod.feed.recommender.memory.trending import Trending
from vod.feed.recommender.picks import PickReason
from vod.feed.recommender.ranking import contributions
from vod.feed.recommender.ranking.evidence import Evidence
from vod.feed.recommender.ranking.explore import draw, needs_audience
from vod.feed.recommender.ranking.predict import Predictions, Values, averages, good_showings, logit, predicted
from vod.feed.recommender.ranking.viewer import Viewer

PERSONAL: tuple[PickReason, ...] = ("followed", "like_others", "hashtag", "creator", "sound", "language")
SOURCES: tuple[PickReason, ...] = (*PERSONAL, "fresh", "trending")
"""The columns of `Scores.parts`."""

AFFINITY_SHARE = 0.3  # of what speaks for a video that shows in the predicted probabilities


@dataclass(frozen=True, slots=True)
class Scores:
    total: Values  # in log-odds of a good showing
    parts: Values  # videos x SOURCES
    predictions: Predictions
    sampled: Values  # shares of good showings that were drawn for this page
    successes: Values  # of the distributions that they are drawn from
    failures: Values
    needing: NDArray[np.bool_]  # a first audience

    def redrawn(self, sampled: Values) -> Values:
        """The totals with other draws: draws x videos."""
        return self.total + contributions.LUCK * (logit(sampled) - logit(self.sampled))

    def alone(self, sampled: Values) -> Values:
        """Scores as if nothing were known but the draw and what the viewer likes by itself: draws x videos."""
        personal = [place for place, source in enumerate(SOURCES) if source in PERSONAL and source != "like_others"]
        return np.asarray(self.parts[:, personal].sum(axis=1) + logit(sampled))

    def some(self, places: NDArray[np.intp]) -> Scores:
        """Of these videos only, without the predictions."""
        return Scores(
            self.total[places],
            self.parts[places],
            self.predictions,
            self.sampled[places],
            self.successes[places],
            self.failures[places],
            self.needing[places],
        )


def score(
    catalogue: Catalogue,
    trending: Trending,
    totals: Values,
    viewer: Viewer,
    likes: Evidence,
    videos: NDArray[np.int64],
    chance: np.random.Generator,
) -> Scores:
    """Score the candidate `videos` for a viewer."""
    rows = catalogue.rows
    features, stats = rows["features"][videos], rows["stats"][videos].astype(np.float64)
    average = averages(totals)
    successes, failures = good_showings(stats, float(average[GOOD]))
    mean = successes / (successes + failures)
    sampled = draw(chance, successes, failures) if viewer.known else mean  # else chronological and popular
    creator, sound, hashtag = contributions.by_interest(features, viewer, len(catalogue.features))
    personal = np.column_stack(
        [
            contributions.followed(features[:, CREATOR], viewer),
            contributions.like_others(videos, likes),
            hashtag,
            creator,
            sound,
            contributions.language(features, viewer),
        ]
    )
    at, heat = rows["at"][videos], trending.now(rows["heat"][videos], viewer.now_s)
    others = np.column_stack(
        [
            contributions.fresh(at, sampled, mean, viewer.now_s),
            contributions.trending(heat, mean, float(average[GOOD])),
        ]
    )
    parts = np.hstack([personal, others])
    predictions = predicted(stats, average, AFFINITY_SHARE * personal.sum(axis=1))
    total = parts.sum(axis=1) + contributions.value(predictions)
    needing = needs_audience(stats[:, SHOWN], at, viewer.now_s)
    return Scores(total, parts, predictions, sampled, successes, failures, needing)
