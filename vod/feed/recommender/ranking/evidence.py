"""How much a person's likes speak for other videos: by co-watching, and by the last refit."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.cowatch import CoWatch
from vod.feed.recommender.memory.fitted import Fitted
from vod.feed.recommender.ranking.viewer import Viewer

COWATCH_LATEST = 10  # liked videos that co-watching looks at; the fit looks at all
COWATCH_STEP_BACK = 0.8
FIT_SHARE = 0.1  # of the fit beside co-watching, when they are compared
LIFT = 0.3  # power of a video's popularity that co-watching is divided by: what follows everything says little


@dataclass(frozen=True, slots=True)
class Evidence:
    """For each of `videos` (sorted, unique) how much co-watching and the fit say for it, from 0, and the liked video
    that says the most."""

    videos: NDArray[np.int64]
    cowatch: NDArray[np.float64]
    fit: NDArray[np.float64]
    because: NDArray[np.int32]


def evidence(viewer: Viewer, cowatch: CoWatch, fitted: Fitted) -> Evidence:
    latest = viewer.recent[:COWATCH_LATEST]
    following, shares = cowatch.after(latest)
    fading = COWATCH_STEP_BACK ** np.arange(len(latest), dtype=np.float32)
    fit_from, fit_to, fit_weights = fitted.after(viewer.recent)
    targets = np.concatenate([following.reshape(-1), fit_to])
    strengths = np.concatenate([(shares * fading[:, None]).reshape(-1), fit_weights])
    sources = np.concatenate([np.repeat(latest, following.shape[1]), fit_from])
    fits = np.arange(len(targets)) >= following.size
    used = strengths > 0
    found = _by_target(targets[used], strengths[used], sources[used], fits[used])
    return replace(found, cowatch=found.cowatch / cowatch.popularity(found.videos) ** LIFT)


def _by_target(
    targets: NDArray[np.int32], strengths: NDArray[np.float32], sources: NDArray[np.int32], fits: NDArray[np.bool_]
) -> Evidence:
    """Sum what speaks for the same video, and keep the strongest single source."""
    videos, place = np.unique(targets, return_inverse=True)
    sums = np.bincount(2 * place + fits, strengths, minlength=2 * len(videos)).astype(np.float64).reshape(-1, 2)
    because = np.zeros(len(videos), np.int32)
    ascending = np.argsort(strengths * np.where(fits, FIT_SHARE, 1.0), kind="stable")
    because[place[ascending]] = sources[ascending]  # the last one written is the strongest
    return Evidence(videos.astype(np.int64), sums[:, 0], sums[:, 1], because)
