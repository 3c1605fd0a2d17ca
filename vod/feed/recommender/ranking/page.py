"""A ranked page as picks: ids, and the reason for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.catalogue import CREATOR, LANGUAGE, SOUND, TAGS, Catalogue
from vod.feed.recommender.picks import Pick, PickReason
from vod.feed.recommender.ranking.contributions import interest
from vod.feed.recommender.ranking.evidence import Evidence
from vod.feed.recommender.ranking.predict import Values
from vod.feed.recommender.ranking.score import PERSONAL, SOURCES, Scores
from vod.feed.recommender.ranking.viewer import Viewer

SLOT_OF = {"creator": CREATOR, "followed": CREATOR, "sound": SOUND, "language": LANGUAGE}
KEY_OF = {"followed": "creator"}


@dataclass(frozen=True, slots=True)
class Ranked:
    """`chosen`: places in `videos` and `scores`, best first; a propensity for each."""

    videos: NDArray[np.int64]
    scores: Scores
    chosen: list[int]
    propensity: Values


def picks(catalogue: Catalogue, viewer: Viewer, likes: Evidence, ranked: Ranked) -> list[Pick]:
    found = []
    for place, propensity in zip(ranked.chosen, ranked.propensity.tolist(), strict=True):
        video = int(ranked.videos[place])
        reason = reason_of(ranked.scores.parts[place], viewer)
        predictions = ranked.scores.predictions
        found.append(
            Pick(
                video=catalogue.ids.name(video),
                reason=reason,
                score=float(ranked.scores.total[place]),
                propensity=propensity,
                details={
                    **rests_on(catalogue, viewer, likes, video, reason),
                    "finish": float(predictions.finish[place]),
                    "like": float(predictions.like[place]),
                    "skip": float(predictions.skip[place]),
                },
            )
        )
    return found


def reason_of(parts: Values, viewer: Viewer) -> PickReason:
    """The source of the largest part. Without a profile, a page is chronological and popular."""
    speaking = np.where((parts > 0) | (np.arange(len(SOURCES)) >= len(PERSONAL)), parts, -np.inf)
    reason = SOURCES[int(speaking.argmax())]
    return "chronological" if reason == "fresh" and not viewer.known else reason


def rests_on(
    catalogue: Catalogue, viewer: Viewer, likes: Evidence, video: int, reason: PickReason
) -> dict[str, str | float]:
    """What the reason names: a video that the viewer liked, or a feature."""
    features = catalogue.rows["features"][video]
    if reason == "like_others":
        return {"video": catalogue.ids.name(int(likes.because[np.searchsorted(likes.videos, video)]))}
    if reason == "hashtag":
        tags = features[TAGS:]
        slot = TAGS + int(interest(tags, viewer, len(catalogue.features)).argmax())
    elif reason in SLOT_OF:
        slot = SLOT_OF[reason]
    else:
        return {}
    return {KEY_OF.get(reason, reason): catalogue.features.name(int(features[slot]))[1]}
