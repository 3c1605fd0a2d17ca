"""What a learned head sees of a line: hashed runs of four letters. The line cannot be read back from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np

DIMENSIONS = 8_192
LETTERS = 4
RUNS_MAX = 400

Runs = np.ndarray[Any, np.dtype[np.uint16]]


def runs(words: Sequence[str]) -> Runs:
    """Which of the DIMENSIONS a line has, each once."""
    line = f" {' '.join(words)} ".encode()
    last = min(len(line) - LETTERS + 1, RUNS_MAX)
    found = {crc32(line[at : at + LETTERS]) & (DIMENSIONS - 1) for at in range(last)}
    return np.fromiter(found, np.uint16, len(found))


def dense(stored: Sequence[bytes]) -> np.ndarray[Any, np.dtype[np.float32]]:
    """A matrix of lines as they are stored."""
    made = np.zeros((len(stored), DIMENSIONS), np.float32)
    for row, one in zip(made, stored, strict=True):
        some = np.frombuffer(one, np.uint16)
        if len(some):
            row[some] = 1.0 / np.sqrt(len(some))
    return made
