"""Reads the new rows of a table that grows: each once, also those that were committed late.

Ids sort by the time they were made, but a transaction may commit after a later one. So the last minutes are read again,
and what was applied of them is remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Table, select

from core.clock import Clock
from core.ids import first_id, time_of

LATE_MS_MAX = 120_000  # between making an id and its commit, on any node, with clocks that differ
USUALLY_LATE_MS = 3_000
BATCH_ROWS = 5_000


class TailState(msgspec.Struct, frozen=True):
    """How far a table was read: everything up to `upto` but what may still come late; `recent` was applied already."""

    upto: int = 0  # Unix ms
    recent: list[str] = []


class Tail:
    """Not safe for threads."""

    def __init__(self, table: Table, clock: Clock, state: TailState | None = None) -> None:
        self._table = table
        self._clock = clock
        state = state or TailState()
        self._upto = state.upto
        self._recent: OrderedDict[str, None] = OrderedDict.fromkeys(state.recent)

    @property
    def state(self) -> TailState:
        return TailState(self._upto, list(self._recent))

    def applied(self, id: str) -> bool:
        """Whether it was marked, as far as it is remembered."""
        return id in self._recent

    def passed(self, id: str) -> bool:
        """Whether it was applied, or is so old that it must have been."""
        return id in self._recent or time_of(id) < self._upto - LATE_MS_MAX

    def mark(self, id: str) -> None:
        """It was applied. A node whose clock is ahead must not make us pass over rows that are still to come."""
        self._recent[id] = None
        self._upto = max(self._upto, min(time_of(id), self._clock()))

    def trim(self) -> None:
        """Forget what is too old to be read again. Call it once in a while."""
        oldest = first_id(self._upto - 2 * LATE_MS_MAX)
        for row in sorted(self._recent):
            if row >= oldest:
                return
            del self._recent[row]

    def unread(self, connection: Connection, late_ms: int) -> Iterator[Row[Any]]:
        """Rows that were not marked, in the order of their ids. `late_ms`: how far to look back."""
        after = first_id(self._upto - late_ms)
        while True:
            query = select(self._table).where(self._table.c.id >= after).order_by(self._table.c.id).limit(BATCH_ROWS)
            rows = connection.execute(query).all()
            yield from (row for row in rows if row.id not in self._recent)
            if len(rows) < BATCH_ROWS:
                return
            after = rows[-1].id + "0"  # behind it: the next longer text
