"""The checkpointer: moves what SQLite has logged ahead into its database file, in a thread of its own.

SQLite does that by itself, in the commit that fills its log. Whoever waited for that commit waited for megabytes to be
copied, and for two more syncs. Now the writer does it only when this thread cannot keep up; and then it has little left
to copy.
"""

from __future__ import annotations

import threading
from contextlib import closing

import structlog
from sqlalchemy import Engine

from core.outages import is_outage

PAUSE_S = 1.0  # so that a page that is written again and again is copied once
CLOSE_S = 12.0

log = structlog.get_logger("checkpointer")


class Checkpointer:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._written = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpointer", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Call after each commit."""
        self._written.set()

    def close(self) -> None:
        self._closing.set()
        self._written.set()
        self._thread.join(CLOSE_S)  # a disk that hangs must not keep the process from ending

    def _run(self) -> None:
        while self._written.wait() and not self._closing.wait(PAUSE_S):
            self._written.clear()
            try:
                self._checkpoint()
            except Exception as error:  # a full disk, or a lock: what was committed stays in the log until next time
                if not is_outage(error):
                    log.error("checkpoint failed", error=repr(error))

    def _checkpoint(self) -> None:
        """Copy what no reader holds up. It waits for nobody, and nobody waits for it."""
        with closing(self._engine.raw_connection()) as connection:
            connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
