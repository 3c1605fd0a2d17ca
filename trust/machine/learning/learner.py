"""The learner: fits a head for each label from decisions, and lets it work after a week beside the old one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from trust.machine.learning.heads import Head, Input, Weights, fit, head_of
from trust.machine.meaning.meanings import vectors_of
from trust.machine.sight.messages import VECTOR_BYTES
from trust.machine.sight.network import VECTOR_NUMBERS
from trust.machine.tables import machine_heads, machine_labels
from trust.machine.text.ngrams import dense

DAY_MS = 24 * 3_600_000
SHADOW_DAYS = 7
DECISIONS_MIN = 100
DECISIONS_MAX = 20_000
PER_AUTHOR_MAX = 20
INPUTS: tuple[Input, ...] = ("picture", "text", "meaning")
RETIRED_DAYS = 400  # how long the scores of a head can be explained


class Learner:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def learn(self) -> list[str]:
        """Fit what there is enough to learn from; the hashes of new heads. Blocks."""
        self._refit()
        labels = select(machine_labels.c.label).group_by(machine_labels.c.label)
        wanted = self._database.read(lambda c: c.execute(labels.having(func.count() >= DECISIONS_MIN)).scalars().all())
        made = []
        for label in wanted:
            rows = self._database.read(lambda c, label=label: rows_of(c, label))  # type: ignore[misc]
            for kind in INPUTS:
                some = having(kind, rows)
                head = fitted(label, kind, some)
                if head is not None:
                    self._database.write(partial(self._keep, head, len(some)))
                    made.append(head.hash)
        return made

    def _refit(self) -> None:
        """Heads that have learned from somebody who was erased give their place at once to what the others teach."""
        stale = select(machine_heads).where(machine_heads.c.stale == 1)
        for row in self._database.read(lambda c: c.execute(stale).all()):
            old = head_of(row)
            rows = self._database.read(lambda c, label=old.label: rows_of(c, label))  # type: ignore[misc]
            some = having(old.input, rows)
            made = fitted(old.label, old.input, some) if row.state != "retired" else None
            self._database.write(partial(self._replace, row, made, len(some)))

    def _replace(self, old: Row[Any], made: Head | None, decisions: int, connection: Connection) -> None:
        """None: too little is left to learn from."""
        connection.execute(delete(machine_heads).where(machine_heads.c.hash == old.hash))
        if made is None:
            return
        values = {
            "hash": made.hash, "label": made.label, "input": made.input, "weights": made.stored, "decisions": decisions,
            "state": old.state, "made_at": self._clock(),
        }  # fmt: skip
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(machine_heads).values(values).on_conflict_do_nothing())

    def _keep(self, head: Head, decisions: int, connection: Connection) -> None:
        now = self._clock()
        mine = and_(machine_heads.c.label == head.label, machine_heads.c.input == head.input)
        ripe = select(machine_heads).where(
            mine, machine_heads.c.state == "shadow", machine_heads.c.made_at <= now - SHADOW_DAYS * DAY_MS
        )
        newest = connection.execute(ripe.order_by(machine_heads.c.made_at.desc())).first()
        if newest is not None:
            alive = update(machine_heads).where(mine, machine_heads.c.state == "live")
            connection.execute(alive.values(state="retired"))
            connection.execute(update(machine_heads).where(machine_heads.c.hash == newest.hash).values(state="live"))
        waiting = select(machine_heads.c.hash).where(mine, machine_heads.c.state == "shadow").limit(1)
        known = select(machine_heads.c.hash).where(machine_heads.c.hash == head.hash)
        if connection.execute(waiting).first() is None and connection.execute(known).first() is None:
            connection.execute(
                insert(machine_heads).values(
                    hash=head.hash, label=head.label, input=head.input, weights=head.stored, decisions=decisions,
                    state="shadow", made_at=now,
                )
            )  # fmt: skip
        old = machine_heads.c.made_at < now - RETIRED_DAYS * DAY_MS
        connection.execute(delete(machine_heads).where(machine_heads.c.state == "retired", old))


def rows_of(connection: Connection, label: str) -> list[Row[Any]]:
    """The decisions of a label in their order, the newest PER_AUTHOR_MAX of each author's."""
    query = select(machine_labels).where(machine_labels.c.label == label)
    newest = connection.execute(query.order_by(machine_labels.c.at.desc()).limit(DECISIONS_MAX)).all()
    counted: dict[str, int] = {}
    kept = []
    for row in newest:
        counted[row.about] = counted.get(row.about, 0) + 1
        if counted[row.about] <= PER_AUTHOR_MAX:
            kept.append(row)
    return kept[::-1]


def having(kind: Input, rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """Those decisions that have what a head of this kind learns from."""
    if kind == "meaning":
        return [row for row in rows if row.meaning]
    # A line has at most 400 runs, which are shorter than the vector of a picture.
    return [row for row in rows if (len(row.vector) == VECTOR_BYTES) == (kind == "picture")]


def matrix_of(kind: Input, rows: Sequence[Row[Any]]) -> Weights:
    if kind == "meaning":
        return vectors_of([row.meaning for row in rows])
    if kind == "text":
        return dense([row.vector for row in rows])
    stacked = b"".join(row.vector[:VECTOR_BYTES] for row in rows)
    return np.frombuffer(stacked, np.float16).reshape(-1, VECTOR_NUMBERS).astype(np.float32)


def fitted(label: str, kind: Input, rows: Sequence[Row[Any]]) -> Head | None:
    """None where there are too few, or all say the same."""
    right = np.array([row.right for row in rows], np.float32)
    if len(rows) < DECISIONS_MIN or right.min() == right.max():
        return None
    return fit(label, kind, matrix_of(kind, rows), right)
