"""How good the machine is, measured on decisions it had not seen: in the order of time, by label and language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import Connection, Row, select

from trust.machine.judging.bands import Decided, lower_bound, upper_bound
from trust.machine.judging.thresholds import Thresholds
from trust.machine.learning.heads import Weights, fit, scores
from trust.machine.learning.learner import INPUTS, having, matrix_of, rows_of
from trust.machine.tables import machine_labels

TEST_SHARE = 0.5  # the newer half


class Evaluated(msgspec.Struct, omit_defaults=True):
    """`precision` is of those that were marked; `low` and `high` hold it with 90 %. `average_precision`: of a head that
    was fitted on the older half. Null where nothing was marked."""

    label: str
    what: str  # thresholds: as it is used; head: as it would learn
    language: str
    decided: int
    marked: int
    right: int
    precision: float | None
    low: float | None
    high: float | None
    recall: float | None
    average_precision: float | None = None


def as_used(connection: Connection, thresholds: Thresholds) -> Iterator[Evaluated]:
    """Each label in all languages together, as it is used: what is published."""
    for label in _labels(connection):
        look, _ = thresholds.settings(connection, label)
        if scored := _scored(rows_of(connection, label)):
            yield _marked(label, "thresholds", "", scored, look, None)


def evaluate(connection: Connection, thresholds: Thresholds) -> Iterator[Evaluated]:
    for label in _labels(connection):
        rows = rows_of(connection, label)
        look, _ = thresholds.settings(connection, label)
        for language in ("", *sorted({row.language for row in rows if row.language})):
            mine = [row for row in rows if not language or row.language == language]
            if scored := _scored(mine):
                yield _marked(label, "thresholds", language, scored, look, None)
            yield from _learned(label, language, mine)


def _labels(connection: Connection) -> Sequence[str]:
    found = select(machine_labels.c.label).distinct().order_by(machine_labels.c.label)
    return connection.execute(found).scalars().all()


def _scored(rows: list[Row[Any]]) -> list[Decided]:
    return [Decided(row.score, bool(row.right)) for row in rows if row.score is not None]


def _learned(label: str, language: str, rows: list[Row[Any]]) -> Iterator[Evaluated]:
    for kind in INPUTS:
        some = having(kind, rows)
        cut = int(len(some) * (1 - TEST_SHARE))
        right = np.array([row.right for row in some], np.float32)
        if cut < 20 or right[:cut].min() == right[:cut].max() or not right[cut:].any():
            continue
        head = fit(label, kind, matrix_of(kind, some[:cut]), right[:cut])
        guesses = scores(head, matrix_of(kind, some[cut:]))
        decided = [Decided(float(guess), bool(good)) for guess, good in zip(guesses, right[cut:], strict=True)]
        yield _marked(label, f"head {kind}", language, decided, 0.5, average_precision(guesses, right[cut:]))


def _marked(
    label: str, what: str, language: str, decided: list[Decided], look: float, average: float | None
) -> Evaluated:  # fmt: skip
    marked = [one for one in decided if one.score >= look]
    right, all_right = sum(one.right for one in marked), sum(one.right for one in decided)
    some = len(marked)
    return Evaluated(
        label, what, language or "all", len(decided), some, right, round(right / some, 3) if some else None,
        round(lower_bound(right, some), 3) if some else None, round(upper_bound(right, some), 3) if some else None,
        round(right / all_right, 3) if all_right else None, average,
    )  # fmt: skip


def average_precision(guesses: Weights, right: Weights) -> float:
    """The mean of the precisions at each right one, from the highest score down."""
    ordered = right[np.argsort(-guesses, kind="stable")]
    hits = np.cumsum(ordered)
    return round(float((hits / np.arange(1, len(ordered) + 1))[ordered > 0].mean()), 3)
