"""Methods that are fitted in batches, and take what a person has liked since into account (fold-in)."""

from __future__ import annotations

import importlib.util
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from vod.feed.evaluation.methods import Event, Likes, Question, best

KNN_NEIGHBOURS = 50
ALS_FACTORS, ALS_ITERATIONS, ALS_RIDGE = 64, 15, 0.05


class ItemKnn:
    """Items that the same people liked, by the cosine of who liked them."""

    name = "item_knn"

    def __init__(self, items: int) -> None:
        self._items, self._likes = items, Likes()
        self._similar = sparse.csr_matrix((items, items), dtype=np.float32)

    def learn(self, event: Event) -> None:
        if event.liked:
            self._likes.add(event.person, event.item)

    def refit(self) -> None:
        likes = liked_matrix(self._likes, self._items)
        norms = np.sqrt(np.maximum(1.0, np.asarray(likes.sum(axis=0)).ravel()))
        cosine = (likes.T @ likes).multiply(1.0 / norms[:, None]).multiply(1.0 / norms[None, :]).tocsr()
        cosine.setdiag(0)
        self._similar = strongest(cosine, KNN_NEIGHBOURS)

    def top(self, asked: Question) -> NDArray[np.intp]:
        scores = np.asarray(self._similar[self._likes.of(asked.person)].sum(axis=0), np.float32).ravel()
        return best(scores, asked)


class Als:
    """Alternating least squares for implicit feedback, by the library `implicit`."""

    name = "als"

    def __init__(self, items: int) -> None:
        """Raises ImportError if `implicit` is not installed."""
        from implicit.als import AlternatingLeastSquares

        self._items, self._likes = items, Likes()
        self._als = AlternatingLeastSquares
        self._model: Any = None  # before the first fit

    @staticmethod
    def installed() -> bool:
        return importlib.util.find_spec("implicit") is not None

    def learn(self, event: Event) -> None:
        if event.liked:
            self._likes.add(event.person, event.item)

    def refit(self) -> None:
        from threadpoolctl import threadpool_limits

        with threadpool_limits(1, "blas"):  # its own threads and those of BLAS hinder each other
            self._model = self._als(
                factors=ALS_FACTORS, iterations=ALS_ITERATIONS, regularization=ALS_RIDGE, random_state=1, num_threads=1
            )
            self._model.fit(liked_matrix(self._likes, self._items), show_progress=False)

    def top(self, asked: Question) -> NDArray[np.intp]:
        items = self._likes.of(asked.person)
        if self._model is None or not items:
            return np.zeros(0, np.intp)
        row = sparse.csr_matrix((np.ones(len(items), np.float32), ([0] * len(items), items)), (1, self._items))
        scores = self._model.item_factors @ self._model.recalculate_user(0, row)
        return best(scores, asked)


def liked_matrix(likes: Likes, items: int) -> sparse.csr_matrix:
    """People x items, 1 where somebody liked something."""
    people, liked = likes.pairs()
    matrix = sparse.csr_matrix(
        (np.ones(len(people), np.float32), (people, liked)), (int(people.max(initial=0)) + 1, items)
    )
    matrix.data[:] = 1.0
    return matrix


def strongest(matrix: sparse.csr_matrix, most: int) -> sparse.csr_matrix:
    """Only the largest values of each row."""
    for row in range(matrix.shape[0]):
        begin, end = matrix.indptr[row], matrix.indptr[row + 1]
        if end - begin > most:
            values = matrix.data[begin:end]
            values[np.argpartition(-values, most)[most:]] = 0.0
    matrix.eliminate_zeros()
    return matrix
