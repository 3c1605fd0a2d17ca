"""Reads the new rows of tables that grow: each once, also those that were committed late.

Ids sort by the time they were made, but a transaction may commit after a later one. So the last minutes are read again,
and what was applied of them is remembered.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
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

    def since(self, late_ms: int) -> str:
        """The id from which on there may be rows that were not marked. `late_ms`: how far to look back."""
        return first_id(self._upto - late_ms)

    def page(self, connection: Connection, start: str) -> Sequence[Row[Any]]:
        """The rows from an id on, BATCH_ROWS at most."""
        query = select(self._table).where(self._table.c.id >= start).order_by(self._table.c.id)
        return connection.execute(query.limit(BATCH_ROWS)).all()


def unread(
    connection: Connection, tails: Sequence[Tail], starts: Sequence[str]
) -> tuple[list[tuple[Tail, Row[Any]]], list[str]]:
    """The next rows of all these tables that were not marked, in the order in which they were made, each with its tail.

    `starts`: from which id on, for each tail. Of each table at most BATCH_ROWS are read. Returns where to go on, too:
    nowhere, if these were the last ones.
    """
    pages = [tail.page(connection, start) for tail, start in zip(tails, starts, strict=True)]
    ends = [page[-1].id for page in pages if len(page) == BATCH_ROWS]
    if ends:  # what lies behind the end of one page may be older than what follows it in another table
        pages = [[row for row in page if row.id <= min(ends)] for page in pages]
    rows = [(tail, row) for tail, page in zip(tails, pages, strict=True) for row in page if not tail.applied(row.id)]
    rows.sort(key=lambda one: one[1].id)
    behind = min(ends, default="") + "0"  # the next longer text
    return rows, [max(start, behind) for start in starts] if ends else []
