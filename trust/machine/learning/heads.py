"""Heads: logistic regressions on pictures, hashed lines or meanings, one for each label, named by their hash."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
from sqlalchemy import Connection, Row, select

from trust.machine.meaning import messages
from trust.machine.sight.network import VECTOR_NUMBERS
from trust.machine.tables import machine_heads
from trust.machine.text.ngrams import DIMENSIONS, Runs

Input = Literal["picture", "text", "meaning"]
ROUNDS = 300
RATE = 2.0
RIDGE = 1e-3
_SCALES: Mapping[Input, float] = {"picture": 4.0, "text": 10.0, "meaning": 20.0}  # rows have length 1
_NUMBERS: Mapping[Input, int] = {"picture": VECTOR_NUMBERS, "text": DIMENSIONS, "meaning": messages.VECTOR_NUMBERS}

Weights = np.ndarray[Any, np.dtype[np.float32]]


class Head(NamedTuple):
    hash: str
    label: str
    input: Input
    weights: Weights
    bias: float

    @property
    def stored(self) -> bytes:
        return np.append(self.weights, np.float32(self.bias)).astype(np.float32).tobytes()


def fit(label: str, kind: Input, matrix: Weights, right: Weights) -> Head:
    """Logistic regression by gradient descent, the rarer side weighted up. `right`: 1 or 0 for each row."""
    positives = float(right.sum())
    balance = np.where(right > 0, 0.5 / max(1.0, positives), 0.5 / max(1.0, len(right) - positives)).astype(np.float32)
    weights, bias, scale = np.zeros(matrix.shape[1], np.float32), 0.0, _SCALES[kind]
    # All meanings lie in one corner: from its middle, differences are learned in a tenth of the rounds.
    middle = matrix.mean(axis=0) if kind == "meaning" else np.zeros(matrix.shape[1], np.float32)
    matrix = matrix - middle if kind == "meaning" else matrix
    for _ in range(ROUNDS):
        guess = 1.0 / (1.0 + np.exp(-np.clip(matrix @ weights + bias, -30, 30)))
        error = (guess - right) * balance
        weights -= RATE * scale * (matrix.T @ error + RIDGE / scale * weights)
        bias -= RATE * float(error.sum())
    bias -= float(weights @ middle)
    made = Head("", label, kind, weights, bias)
    return made._replace(hash=hashlib.sha256(label.encode() + made.stored).hexdigest()[:16])


def scores(head: Head, matrix: Weights) -> Weights:
    guess: Weights = (1.0 / (1.0 + np.exp(-np.clip(matrix @ head.weights + head.bias, -30, 30)))).astype(np.float32)
    return guess


def text_score(head: Head, some: Runs) -> float:
    """The same for one line, as `ngrams.runs` has it."""
    reached = float(head.weights[some].sum()) / math.sqrt(max(1, len(some))) + head.bias
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, reached))))


def live_heads(connection: Connection, kind: Input) -> list[Head]:
    live = machine_heads.c.state == "live", machine_heads.c.input == kind
    return [head_of(row) for row in connection.execute(select(machine_heads).where(*live))]


def head_of(row: Row[Any]) -> Head:
    numbers = np.frombuffer(row.weights, np.float32)
    assert len(numbers) == _NUMBERS[row.input] + 1
    return Head(row.hash, row.label, row.input, numbers[:-1], float(numbers[-1]))
