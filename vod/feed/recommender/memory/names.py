"""Numbers for names: ids of videos, and the features that videos share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.columns import Array, Columns

ID_BYTES = 20
NOBODY = -1


class Ids:
    """Numbers ids of up to ID_BYTES ASCII characters in the order in which they come: 24 bytes an id.

    A dict of strings needs six times as much. Ids that sort by time, as ours do, are appended to the sorted order.
    """

    def __init__(self) -> None:
        self._rows = Columns({"id": (f"S{ID_BYTES}", 0), "order": (np.int32, 0)})

    def __len__(self) -> int:
        return self._rows.size

    def find(self, name: str) -> int:
        """The number of an id, NOBODY if it has none."""
        return int(self.find_all((name,))[0])

    def find_all(self, names: Iterable[str]) -> NDArray[np.int64]:
        """One number for each name, NOBODY for an unknown one."""
        coded = np.array([name if _fits(name) else "" for name in names], dtype=f"S{ID_BYTES}")
        if not len(self) or not len(coded):
            return np.full(len(coded), NOBODY, np.int64)
        ids, order = self._rows.used("id"), self._rows.used("order")
        places = np.minimum(np.searchsorted(ids, coded, sorter=order), len(self) - 1)
        found = order[places]
        return np.where(ids[found] == coded, found, NOBODY).astype(np.int64)

    def add(self, name: str) -> int:
        """The number of an id, new or not. Raises ValueError if it is not an id."""
        if not _fits(name):
            raise ValueError(f"not an id of up to {ID_BYTES} characters: {name[:40]!r}")
        if (known := self.find(name)) != NOBODY:
            return known
        coded = name.encode()
        before = self._rows.used("id")
        place = int(np.searchsorted(before, np.bytes_(coded), sorter=self._rows.used("order"))) if len(before) else 0
        row = self._rows.add()
        self._rows["id"][row] = coded
        order = self._rows["order"]
        order[place + 1 : row + 1] = order[place:row].copy()
        order[place] = row
        return row

    def name(self, number: int) -> str:
        return bytes(self._rows["id"][number]).decode()

    def names(self, numbers: Iterable[int]) -> list[str]:
        return [self.name(number) for number in numbers]

    @property
    def bytes(self) -> int:
        return self._rows.bytes

    def dump(self, prefix: str) -> dict[str, Array]:
        return self._rows.dump(prefix)

    def load(self, arrays: Mapping[str, Array], prefix: str) -> None:
        self._rows.load(arrays, prefix)
        ids, order = self._rows.used("id"), self._rows.used("order")
        if not np.array_equal(np.argsort(ids, kind="stable"), order):
            raise ValueError("the order of the ids is wrong")


def _fits(name: str) -> bool:
    return 0 < len(name) <= ID_BYTES and name.isascii() and "\0" not in name


def packed_names(names: list[str]) -> Array:
    """For a snapshot."""
    return np.frombuffer(json.dumps(names).encode(), np.uint8)


def unpacked_names(packed: Array) -> list[str]:
    """Raises ValueError if it is not a list of strings."""
    names = json.loads(packed.tobytes())
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError("not a list of names")
    return names
