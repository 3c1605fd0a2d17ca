"""What the stills of a video show, all together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from trust.machine.sight.messages import PDQ_BYTES, Answer
from trust.machine.sight.network import VECTOR_NUMBERS

KEPT_VECTORS = 3

Matrix = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True, slots=True)
class Seen:
    """`vectors` and `hashes` of all stills that show anything, in their order."""

    score: float | None
    vectors: Matrix
    hashes: bytes
    model: str

    @property
    def kept(self) -> bytes:
        """Three vectors, float16: that of the highest score was put first by `of`; and two far from it."""
        if not len(self.vectors):
            return b""
        chosen = [0]
        while len(chosen) < min(KEPT_VECTORS, len(self.vectors)):
            nearest = (self.vectors @ self.vectors[chosen].T).max(axis=1)
            chosen.append(int(nearest.argmin()))
        return self.vectors[chosen].astype(np.float16).tobytes()


def of(answers: Sequence[Answer]) -> Seen:
    """Blank stills, and those without a score, count for nothing."""
    scored = sorted(
        (answer for answer in answers if answer.score is not None), key=lambda answer: -(answer.score or 0.0)
    )
    matrix = vectors_of(b"".join(answer.vector for answer in scored))
    hashes = b"".join(answer.pdq for answer in answers)
    return Seen(scored[0].score if scored else None, matrix, hashes, scored[0].model if scored else "")


def vectors_of(stored: bytes) -> Matrix:
    return np.frombuffer(stored, np.float16).reshape(-1, VECTOR_NUMBERS).astype(np.float32)


def hashes_of(stored: bytes) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.frombuffer(stored, np.uint8).reshape(-1, PDQ_BYTES)
