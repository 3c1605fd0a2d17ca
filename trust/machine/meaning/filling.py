"""Adds to what people decided about texts what those mean, from the evidence of their cases, before learning."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from sqlalchemy import Connection, Row, func, select, update

from core.database import Database
from trust.cases.tables import cases, decisions
from trust.machine import child
from trust.machine.learning.heads import Head, live_heads, scores
from trust.machine.meaning.meanings import Meanings, Vectors
from trust.machine.meaning.messages import TEXTS_MAX
from trust.machine.sight import messages as sight
from trust.machine.tables import machine_labels

NIGHTLY_MAX = 5_000  # a minute of CPU
FAULTS_MAX = 5  # of a night: then something else is wrong


class Filling:
    def __init__(self, database: Database, meanings: Meanings) -> None:
        self._database = database
        self._meanings = meanings

    def fill(self) -> int:
        """How many were added. Blocks. Texts that end the child cost those beside them one night, and nobody else."""
        count, faults, after = 0, 0, ""
        while self._meanings.possible and count < NIGHTLY_MAX:
            rows = self._database.read(lambda c, after=after: _lacking(c, after))  # type: ignore[misc]
            if not rows:
                break
            after = rows[-1].decision
            vectors = self._meanings.of([row.evidence for row in rows])
            if vectors is not None:
                self._database.write(lambda c, rows=rows, vectors=vectors: _write(c, rows, vectors))  # type: ignore[misc]
                count += len(rows)
                continue
            faults += 1
            if faults == FAULTS_MAX:
                break
            time.sleep(child.RESTART_S)
        return count


def _lacking(connection: Connection, after: str) -> Sequence[Row[*tuple[Any, ...]]]:
    """Decisions about texts whose meaning is not known, and whose evidence is still kept."""
    both = machine_labels.join(decisions, decisions.c.id == machine_labels.c.decision)
    query = (
        select(machine_labels.c.decision, machine_labels.c.label, cases.c.evidence)
        .select_from(both.join(cases, cases.c.id == decisions.c.case))
        .where(
            machine_labels.c.meaning.is_(None), func.length(machine_labels.c.vector) != sight.VECTOR_BYTES,
            cases.c.evidence != "", machine_labels.c.decision > after,
        )
        .order_by(machine_labels.c.decision)
    )  # fmt: skip
    return connection.execute(query.limit(TEXTS_MAX)).all()


def _write(connection: Connection, rows: Sequence[Row[*tuple[Any, ...]]], vectors: Vectors) -> None:
    heads: dict[str, Head] = {head.label: head for head in live_heads(connection, "meaning")}
    for row, vector in zip(rows, vectors, strict=True):
        head = heads.get(row.label)
        values = {
            "meaning": vector.astype(np.float16).tobytes(),
            "meaning_score": float(scores(head, vector[np.newaxis])[0]) if head else None,
            "meaning_model": head.hash if head else "",
        }
        connection.execute(update(machine_labels).where(machine_labels.c.decision == row.decision).values(values))
