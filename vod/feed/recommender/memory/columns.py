"""Numpy arrays of one length that grow together: the memory of the recommender."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
ROWS_MIN = 64
GROWTH = 64  # grow by a 64th: a row in use never pays for more spare room than that


class Columns:
    """Named arrays with one row a thing. `size` rows are in use; a new row holds zeros."""

    def __init__(self, kinds: Mapping[str, tuple[DTypeLike, int]]) -> None:
        """`kinds`: of each column its type, and how many values a row has (0: one, not in an array of its own)."""
        self._kinds = dict(kinds)
        self.size = 0
        self._arrays = {name: _zeros(kind, ROWS_MIN) for name, kind in self._kinds.items()}

    def __getitem__(self, name: str) -> Array:
        """The whole column, spare rows included: do not keep it, because growing replaces it."""
        return self._arrays[name]

    def used(self, name: str) -> Array:
        """A view of the rows in use."""
        return self._arrays[name][: self.size]

    def add(self) -> int:
        """A new row; returns its number."""
        row = self.size
        if row == self.capacity:
            room = row + max(ROWS_MIN, row // GROWTH)
            for name, kind in self._kinds.items():
                larger = _zeros(kind, room)
                larger[:row] = self._arrays[name]
                self._arrays[name] = larger
        self.size = row + 1
        return row

    def clear(self, row: int) -> None:
        for array in self._arrays.values():
            array[row] = 0

    @property
    def capacity(self) -> int:
        return len(next(iter(self._arrays.values())))

    @property
    def bytes(self) -> int:
        """Spare rows included."""
        return sum(array.nbytes for array in self._arrays.values())

    def dump(self, prefix: str) -> dict[str, Array]:
        return {f"{prefix}.{name}": self.used(name) for name in self._kinds}

    def load(self, arrays: Mapping[str, Array], prefix: str) -> None:
        """Raises KeyError or ValueError if the arrays are not what `dump` gives."""
        loaded = {name: arrays[f"{prefix}.{name}"] for name in self._kinds}
        sizes = {len(array) for array in loaded.values()}
        if len(sizes) != 1:
            raise ValueError(f"columns of different lengths: {prefix}")
        self.size = sizes.pop()
        for name, kind in self._kinds.items():
            array = _zeros(kind, max(ROWS_MIN, self.size))
            if loaded[name].shape[1:] != array.shape[1:] or loaded[name].dtype != array.dtype:
                raise ValueError(f"not a column of this version: {prefix}.{name}")
            array[: self.size] = loaded[name]
            self._arrays[name] = array


def _zeros(kind: tuple[DTypeLike, int], rows: int) -> Array:
    dtype, width = kind
    return np.zeros((rows, width) if width else rows, dtype)
