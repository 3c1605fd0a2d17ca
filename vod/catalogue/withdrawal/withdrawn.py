"""Which stored files are withdrawn, in this process's memory, so that serving a file costs no query.

Whoever asks reads what has changed in SQL since the last reading, at most every `REFRESH_S`. So every node knows within
that time, with or without a bus.
"""

from __future__ import annotations

import hashlib
import threading
import time

from sqlalchemy import Connection, select, text

from core.clock import Clock
from core.database import Database
from core.errors import Unavailable
from core.outages import is_outage
from vod.tables import stored_files

REFRESH_S = 0.5
OVERLAP_MS = 60_000
"""Changes are read again for so long: a transaction commits after it has noted its time, and clocks of nodes differ."""

Changes = list[tuple[str, int]]


class WithdrawnFiles:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._known: set[bytes] = set()  # digests: 8 bytes of a key are enough to tell files apart
        self._since: int | None = None  # Unix ms; None: nothing was read yet
        self._due = 0.0
        self._refreshing = threading.Lock()

    def __contains__(self, key: str) -> bool:
        """Blocks at most once every REFRESH_S. Raises Unavailable as long as nothing could be read."""
        if time.monotonic() >= self._due:
            self._refresh()
        return _digest(key) in self._known

    def _refresh(self) -> None:
        with self._refreshing:
            if time.monotonic() < self._due:
                return
            began = self._clock()
            try:
                changes = self._database.read(self._changes)
            except Exception as error:
                if not is_outage(error):
                    raise
                if self._since is None:
                    raise Unavailable("It is not known yet which files are withdrawn.") from None
            else:
                for key, withdrawn in changes:
                    (self._known.add if withdrawn else self._known.discard)(_digest(key))
                self._since = began
            self._due = time.monotonic() + REFRESH_S

    def _changes(self, connection: Connection) -> Changes:
        query = select(stored_files.c.key, stored_files.c.withdrawn)
        if self._since is None:
            query = query.where(text("withdrawn = 1"))
        else:
            query = query.where(stored_files.c.changed_at > self._since - OVERLAP_MS)
        return [(row.key, row.withdrawn) for row in connection.execute(query)]


def _digest(key: str) -> bytes:
    return hashlib.blake2b(key.encode(), digest_size=8).digest()
