"""The third stage: what each source adds to the score of each candidate, in log-odds of a good showing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.catalogue import CREATOR, LANGUAGE, SOUND, TAGS
from vod.feed.recommender.memory.features import NO_FEATURE
from vod.feed.recommender.ranking.evidence import Evidence
from vod.feed.recommender.ranking.predict import Predictions, Values, logit
from vod.feed.recommender.ranking.viewer import Viewer

FOLLOWED = 1.5
COWATCHED, FITTED = 6.0, 1.8  # per doubling of the evidence
EVIDENCE_UNIT = 0.02
CREATOR_LIKED, SOUND_LIKED, HASHTAG_LIKED = 1.2, 0.8, 1.6  # at most, or so much less for a dislike
LANGUAGE_READ, LANGUAGE_NOT_READ = 0.2, -0.8
FRESH = 0.5
FRESH_S = 86_400.0
TRENDING = 0.1
QUALITY = 0.6  # of the log-odds of a good showing, as far as they are known
LUCK = 0.6  # of what is drawn beyond that


def followed(creators: NDArray[np.int32], viewer: Viewer) -> Values:
    return np.where(np.isin(creators, viewer.followed), FOLLOWED, 0.0)


def like_others(videos: NDArray[np.int64], found: Evidence) -> Values:
    """What co-watching and the fit say, each in doublings of its own: where one is silent, the other decides."""
    if not len(found.videos):
        return np.zeros(len(videos))
    places = np.minimum(np.searchsorted(found.videos, videos), len(found.videos) - 1)
    cowatched, fitted = (np.log2(1.0 + strength / EVIDENCE_UNIT) for strength in (found.cowatch, found.fit))
    said = COWATCHED * cowatched + FITTED * fitted
    return np.asarray(np.where(found.videos[places] == videos, said[places], 0.0))


def interest(features: NDArray[np.int32], viewer: Viewer, feature_count: int) -> Values:
    """-1 to 1 for each feature of each video: its strength among the viewer's interests."""
    table = np.zeros(feature_count)
    table[viewer.features] = np.tanh(viewer.weights)
    table[NO_FEATURE] = 0.0
    return np.asarray(table[features])


def by_interest(features: NDArray[np.int32], viewer: Viewer, feature_count: int) -> tuple[Values, Values, Values]:
    """Of creator, sound and hashtags. Of several hashtags the one with the strongest feeling counts."""
    interests = interest(features, viewer, feature_count)
    tags = interests[:, TAGS:]
    strongest = np.take_along_axis(tags, np.abs(tags).argmax(axis=1)[:, None], axis=1)[:, 0]
    return CREATOR_LIKED * interests[:, CREATOR], SOUND_LIKED * interests[:, SOUND], HASHTAG_LIKED * strongest


def language(features: NDArray[np.int32], viewer: Viewer) -> Values:
    spoken = features[:, LANGUAGE]
    if not len(viewer.languages):
        return np.zeros(len(features))
    read = np.isin(spoken, viewer.languages)
    return np.asarray(np.where(spoken == NO_FEATURE, 0.0, np.where(read, LANGUAGE_READ, LANGUAGE_NOT_READ)))


def fresh(at: NDArray[np.uint32], sampled: Values, mean: Values, now_s: float) -> Values:
    """What is new gets a start, and what is not well known the luck of the draw (Thompson sampling)."""
    age = np.maximum(0.0, now_s - at)
    return np.asarray(FRESH * np.exp(-age / FRESH_S) + LUCK * (logit(sampled) - logit(mean)))


def trending(heat: Values, mean: Values, average: float) -> Values:
    return TRENDING * np.log2(1.0 + heat) + QUALITY * (logit(mean) - logit(np.full(1, average)))


def value(predictions: Predictions) -> Values:
    """What else speaks for or against a video than being watched. It belongs to no source."""
    return np.asarray(
        0.5 * predictions.like
        + 1.0 * predictions.share
        + 1.0 * predictions.follow
        - 0.5 * predictions.skip
        - 10.0 * predictions.report
    )
