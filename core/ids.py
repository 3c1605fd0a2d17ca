"""Ids: 20 characters that sort by creation time, so that an id also serves as a cursor."""

from __future__ import annotations

import secrets
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
_TWO = [first + second for first in _ALPHABET for second in _ALPHABET]
_RANDOM_BITS = 52
_STEP_BITS = 40  # the random distance to the next id of the same millisecond
ID_CHARS = 20


class _Numbers:
    """Makes each number greater than the last one, in the same millisecond too and after the clock went back."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        number = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        with self._lock:
            if number <= self._last:
                number = self._last + 1 + secrets.randbits(_STEP_BITS)
            self._last = number
        return number


_numbers = _Numbers()


def new_id() -> str:
    """48 bits of milliseconds, 52 random bits, five bits a character. Ids of one process sort in the order made."""
    return _spelled(_numbers.next())


def is_id(text: str) -> bool:
    return len(text) == ID_CHARS and all(c in _ALPHABET for c in text)


def first_id(ms: int) -> str:
    """The least id of a time, Unix ms: to find rows by when they were made."""
    return _spelled(max(0, ms) << _RANDOM_BITS)


def _spelled(number: int) -> str:
    return "".join([_TWO[number >> shift & 1023] for shift in range(90, -1, -10)])


def time_of(id: str) -> int:
    """When an id was made, Unix ms; 0 for what is no id."""
    number = 0
    if is_id(id):
        for char in id:
            number = number << 5 | _ALPHABET.index(char)
    return number >> _RANDOM_BITS
