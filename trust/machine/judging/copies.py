"""Edited copies of hidden videos: cropped, mirrored, with borders or words over them.

Each hidden video has three vectors and the PDQ hashes of its stills. A video is a copy when it has pictures that are
like at least two of the three, or enough pictures whose hashes are as good as equal.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
from sqlalchemy import Connection, select, text

from trust.machine.judging.seen import Matrix, Seen, hashes_of, vectors_of
from trust.machine.tables import machine_sights

LIKENESS_MIN = 0.86
"""Cosine. Unlike pictures reach 0.72; cropped, mirrored or framed ones 0.92 to 0.99."""
PDQ_DISTANCE_MAX = 31  # of 256 bits, as PDQ's authors advise
PDQ_SHARE_MIN = 0.3  # of the pictures
READ_AT_ONCE_MAX = 200


class Copy(NamedTuple):
    """A hidden video that another one is like; `likeness`: 0 to 1."""

    original: str
    likeness: float


class Hidden(NamedTuple):
    vectors: Matrix
    hashes: bytes


class Copies:
    def __init__(self) -> None:
        self._known: dict[str, Hidden] = {}
        self._lock = threading.Lock()

    def find(self, connection: Connection, seen: Seen, but: str = "") -> Copy | None:
        """The hidden video that is most like this; `but`: not itself."""
        if not len(seen.vectors) and not seen.hashes:
            return None
        with self._lock:
            self._read(connection)
            known = dict(self._known)
        found = [
            Copy(original, alike)
            for original, hidden in known.items()
            if original != but and (alike := likeness(seen, hidden)) >= LIKENESS_MIN
        ]
        return max(found, key=lambda copy: copy.likeness, default=None)

    def _read(self, connection: Connection) -> None:
        query = select(machine_sights.c.subject).where(text("hidden = 1"), machine_sights.c.kind == "video")
        now = set(connection.execute(query).scalars())
        for gone in self._known.keys() - now:
            del self._known[gone]
        missing = sorted(now - self._known.keys())
        for start in range(0, len(missing), READ_AT_ONCE_MAX):
            some = machine_sights.c.subject.in_(missing[start : start + READ_AT_ONCE_MAX])
            rows = select(machine_sights).where(machine_sights.c.kind == "video", some)
            for row in connection.execute(rows):
                self._known[row.subject] = Hidden(vectors_of(row.vectors), row.hashes)


def likeness(seen: Seen, hidden: Hidden) -> float:
    """How much a video shows what the hidden one does, 0 to 1."""
    best = 0.0
    if len(hidden.vectors) and len(seen.vectors):
        each = np.sort((hidden.vectors @ seen.vectors.T).max(axis=1))
        best = float(each[-2] if len(each) > 1 else each[-1])
    if _share_of_equal(seen.hashes, hidden.hashes) >= PDQ_SHARE_MIN:
        best = max(best, LIKENESS_MIN + (1 - LIKENESS_MIN) * _share_of_equal(seen.hashes, hidden.hashes))
    return min(1.0, best)


def _share_of_equal(one: bytes, other: bytes) -> float:
    if not one or not other:
        return 0.0
    bits = np.unpackbits(hashes_of(one), axis=1).astype(np.int16), np.unpackbits(hashes_of(other), axis=1)
    distances = (bits[0][:, np.newaxis, :] != bits[1][np.newaxis, :, :]).sum(axis=2)
    return float((distances.min(axis=1) <= PDQ_DISTANCE_MAX).mean())
