"""Earlier videos with the same pictures, among all that were looked at: by the PDQ hashes of their stills.

The hashes stay in memory, 32 bytes for each picture, and are compared with one another: 15 pictures with 100,000 take
30 to 50 ms of CPU.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, select

from trust.machine.judging.copies import PDQ_DISTANCE_MAX, Copy
from trust.machine.judging.seen import Seen
from trust.machine.sight.messages import PDQ_BYTES
from trust.machine.tables import machine_sights

SHARE_MIN = 0.5  # of a video's pictures must be in an earlier one
PICTURES_MIN = 2  # so many at least, unless the earlier one has fewer
PICTURES_OF_ONE_MAX = 6  # of an earlier video, evenly chosen
PICTURES_MAX = 1_000_000  # the latest; of older videos copies are not found
FOUND_MAX = 10
_READ_AT_ONCE_MAX = 2_000
_LATE_MS = 600_000  # another node's clock, and a transaction that takes its time
_WORDS = PDQ_BYTES // 8

Words = np.ndarray[Any, np.dtype[np.uint64]]
"""Hashes as rows of four numbers."""


class Originals:
    """Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hashes: Words = np.empty((0, _WORDS), np.uint64)
        self._whose: np.ndarray[Any, np.dtype[np.int64]] = np.empty(0, np.int64)  # which of `_videos` each belongs to
        self._videos: list[str] = []
        self._known: set[str] = set()
        self._read_to = 0

    def find(self, connection: Connection, seen: Seen, but: str = "") -> list[Copy]:
        """The videos that show what this one does, the most alike first; `but`: not itself."""
        if not seen.hashes:
            return []
        with self._lock:
            self._read(connection)
            hashes, whose, videos = self._hashes, self._whose, self._videos
        own = _words(seen.hashes)
        equal: dict[int, int] = {}
        for picture in own:
            near = np.bitwise_count(hashes ^ picture).sum(axis=1, dtype=np.uint16) <= PDQ_DISTANCE_MAX
            for video in np.unique(whose[near]):
                equal[int(video)] = equal.get(int(video), 0) + 1
        found = [
            Copy(videos[video], count / len(own))
            for video, count in equal.items()
            if videos[video] != but and count >= max(PICTURES_MIN, SHARE_MIN * len(own))
        ]
        return sorted(found, key=lambda copy: (-copy.likeness, copy.original))[:FOUND_MAX]

    def _read(self, connection: Connection) -> None:
        """What other nodes and this one have looked at since the last time."""
        at, subject = machine_sights.c.at, machine_sights.c.subject
        since, after = self._read_to - _LATE_MS, ""
        while True:
            own = select(subject, at, machine_sights.c.hashes).where(
                machine_sights.c.kind == "video", (at > since) | ((at == since) & (subject > after))
            )
            rows = connection.execute(own.order_by(at, subject).limit(_READ_AT_ONCE_MAX)).all()
            self._add([row for row in rows if row.subject not in self._known and row.hashes])
            if rows:
                since, after = rows[-1].at, rows[-1].subject
                self._read_to = max(self._read_to, since)
            if len(rows) < _READ_AT_ONCE_MAX:
                return

    def _add(self, rows: Sequence[Row[Any, Any, Any]]) -> None:
        if not rows:
            return
        first = len(self._videos)
        some = [_evenly(_words(row.hashes)) for row in rows]
        whose = np.concatenate([np.full(len(one), first + at, np.int64) for at, one in enumerate(some)])
        self._hashes = np.concatenate([self._hashes, *some])[-PICTURES_MAX:]
        self._whose = np.concatenate([self._whose, whose])[-PICTURES_MAX:]
        self._videos += [row.subject for row in rows]
        self._known.update(row.subject for row in rows)


def _words(hashes: bytes) -> Words:
    return np.frombuffer(hashes, np.uint64).reshape(-1, _WORDS)


def _evenly(hashes: Words) -> Words:
    if len(hashes) <= PICTURES_OF_ONE_MAX:
        return hashes
    return hashes[np.linspace(0, len(hashes) - 1, PICTURES_OF_ONE_MAX).astype(np.int64)]
