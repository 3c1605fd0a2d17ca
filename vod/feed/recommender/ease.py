"""The refit: which videos the same people like, from all likes at once (EASE, Steck 2019, arXiv:1905.03375).

Only the process that fits imports this: SciPy takes a third of a second of CPU to import.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from vod.feed.recommender.fit import NEIGHBOURS, Fit

VIDEOS_MAX = 4_000  # the most liked ones: the time grows with the third power, 4,000 take 128 MB
RIDGE = 200.0


def fit(
    people: NDArray[np.int32],
    videos: NDArray[np.int32],
    weights: NDArray[np.float32],
    ids: NDArray[np.bytes_],
    *,
    videos_max: int = VIDEOS_MAX,
    ridge: float = RIDGE,
) -> Fit:
    """Fit likes: the person `people[i]` likes the video `ids[videos[i]]` with the weight `weights[i]`, above 0.

    All numbers are from 0. Blocks for up to two minutes, so run it in a process of its own. Raises ValueError if the
    arrays differ in length or a number has no id.
    """
    if not len(people) == len(videos) == len(weights):
        raise ValueError("people, videos and weights differ in length")
    if len(videos) and (videos.min() < 0 or videos.max() >= len(ids) or people.min() < 0):
        raise ValueError("numbers without ids")
    chosen = _most_liked(videos, len(ids), videos_max)
    likes = _matrix(people, videos, weights, chosen, len(ids))
    gram = np.asarray((likes.T @ likes).toarray(), dtype=np.float32)
    gram[np.diag_indices_from(gram)] += ridge
    inverse = linalg.inv(gram, overwrite_a=True) if len(chosen) else gram
    inverse /= -np.diag(inverse)
    np.fill_diagonal(inverse, 0.0)
    neighbours, strengths = _strongest(inverse.astype(np.float32, copy=False))
    return Fit(ids[chosen], neighbours, strengths)


def _most_liked(videos: NDArray[np.int32], count: int, most: int) -> NDArray[np.intp]:
    likes = np.bincount(videos, minlength=count)
    order = np.argsort(-likes, kind="stable")[:most]
    return np.sort(order[likes[order] > 0])


def _matrix(
    people: NDArray[np.int32],
    videos: NDArray[np.int32],
    weights: NDArray[np.float32],
    chosen: NDArray[np.intp],
    count: int,
) -> sparse.csr_matrix:
    """People x chosen videos. Someone who likes everything says little: a row counts by the root of its length."""
    column = np.full(count, -1, np.int32)
    column[chosen] = np.arange(len(chosen), dtype=np.int32)
    kept = column[videos] >= 0
    shape = (int(people.max()) + 1 if len(people) else 0, len(chosen))
    likes = sparse.csr_matrix((weights[kept], (people[kept], column[videos[kept]])), shape=shape, dtype=np.float32)
    likes.data = np.minimum(likes.data, 1.0)
    return likes


def _strongest(matrix: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Of each row the columns with the largest values above 0."""
    most = min(NEIGHBOURS, matrix.shape[0])
    columns = np.argsort(-matrix, axis=1)[:, :most].astype(np.int32)
    return columns, np.maximum(np.take_along_axis(matrix, columns, axis=1), 0.0)
