"""The first stage: which of all videos could be on a page. Every source is a function from the state to rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.catalogue import Catalogue
from vod.feed.recommender.memory.trending import Trending
from vod.feed.recommender.ranking.evidence import Evidence
from vod.feed.recommender.ranking.viewer import Viewer

Rows = NDArray[np.int64]

FOLLOWED_EACH = 4  # newest videos of each followed creator
FOLLOWED_MAX = 200  # creators that are looked at for a page
INTEREST_EACH = 24  # newest videos of each interest
INTERESTS_TOP = 16
LANGUAGE_EACH = 24
NEWEST = 256
ANY = 128  # drawn from all, so that an old video gets a second chance
ENOUGH = 5  # candidates for each place of the page; with fewer, all videos are candidates


def gather(
    catalogue: Catalogue,
    trending: Trending,
    viewer: Viewer,
    likes: Evidence,
    limit: int,
    chance: np.random.Generator,
) -> Rows:
    """Rows of videos that may be shown, sorted, each once."""
    may = allowed(catalogue, viewer)
    found = [
        likes.videos,
        from_followed(catalogue, viewer),
        from_interests(catalogue, viewer),
        from_languages(catalogue, viewer),
        trending.top(catalogue.rows.used("heat")),
        newest(len(catalogue)),
        chance.integers(len(catalogue), size=ANY if viewer.known else 0),
    ]
    videos = np.unique(np.concatenate(found))
    videos = videos[may[videos]]
    return videos if len(videos) >= limit * ENOUGH else np.flatnonzero(may)


def from_followed(catalogue: Catalogue, viewer: Viewer) -> Rows:
    return catalogue.newest_with(viewer.followed[:FOLLOWED_MAX], FOLLOWED_EACH).astype(np.int64)


def from_interests(catalogue: Catalogue, viewer: Viewer) -> Rows:
    strongest = np.argsort(-viewer.weights)[:INTERESTS_TOP]
    liked = strongest[viewer.weights[strongest] > 0]
    return catalogue.newest_with(viewer.features[liked], INTEREST_EACH).astype(np.int64)


def from_languages(catalogue: Catalogue, viewer: Viewer) -> Rows:
    return catalogue.newest_with(viewer.languages, LANGUAGE_EACH).astype(np.int64)


def newest(count: int) -> Rows:
    return np.arange(max(0, count - NEWEST), count)


def allowed(catalogue: Catalogue, viewer: Viewer) -> NDArray[np.bool_]:
    """Of all videos: not withdrawn, and not hidden from the viewer."""
    may = catalogue.rows.used("live").copy()
    may[viewer.hidden] = False
    return may
