"""How much a person's likes speak for other videos: by co-watching, and by the last refit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.cowatch import CoWatch
from vod.feed.recommender.memory.fitted import Fitted
from vod.feed.recommender.ranking.viewer import Viewer

COWATCH_LATEST = 10  # liked videos that co-watching looks at; the fit looks at all
COWATCH_STEP_BACK = 0.8
FIT_SHARE = 0.1  # weight of the fit beside co-watching


@dataclass(frozen=True, slots=True)
class Evidence:
    """For each of `videos` (sorted, unique) its strength from 0, and the liked video that says the most for it."""

    videos: NDArray[np.int64]
    strength: NDArray[np.float32]
    because: NDArray[np.int32]


def evidence(viewer: Viewer, cowatch: CoWatch, fitted: Fitted) -> Evidence:
    latest = viewer.recent[:COWATCH_LATEST]
    following, shares = cowatch.after(latest)
    fading = COWATCH_STEP_BACK ** np.arange(len(latest), dtype=np.float32)
    fit_from, fit_to, fit_weights = fitted.after(viewer.recent)
    targets = np.concatenate([following.reshape(-1), fit_to]).astype(np.int64)
    strengths = np.concatenate([(shares * fading[:, None]).reshape(-1), FIT_SHARE * fit_weights])
    sources = np.concatenate([np.repeat(latest, following.shape[1]), fit_from])
    used = strengths > 0
    return _by_target(targets[used], strengths[used], sources[used])


def _by_target(targets: NDArray[np.int64], strengths: NDArray[np.float32], sources: NDArray[np.int32]) -> Evidence:
    """Sum what speaks for the same video, and keep the strongest single source."""
    videos, place = np.unique(targets, return_inverse=True)
    total = np.bincount(place, strengths, minlength=len(videos)).astype(np.float32)
    because = np.zeros(len(videos), np.int32)
    ascending = np.argsort(strengths, kind="stable")
    because[place[ascending]] = sources[ascending]  # the last one written is the strongest
    return Evidence(videos, total, because)
