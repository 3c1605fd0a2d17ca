"""Ids: 20 characters that sort by creation time, so that an id also serves as a cursor."""

from __future__ import annotations

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u to misread
_RANDOM_BITS = 52
ID_CHARS = 20


def new_id() -> str:
    """48 bits of milliseconds, 52 random bits, five bits a character."""
    number = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    return "".join(_ALPHABET[number >> shift & 31] for shift in range(95, -1, -5))


def is_id(text: str) -> bool:
    return len(text) == ID_CHARS and all(c in _ALPHABET for c in text)
