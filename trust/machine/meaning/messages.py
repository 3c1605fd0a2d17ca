"""What the server asks the child process that reads for meaning, and what that answers, as msgpack."""

from __future__ import annotations

import msgspec

VECTOR_NUMBERS = 384
VECTOR_BYTES = 2 * VECTOR_NUMBERS  # float16
TEXTS_MAX = 32  # asked at once
TEXT_CHARS_MAX = 1_000  # of each: 13 ms for a line, 0.1 s for so many characters


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: int
    texts: tuple[str, ...]


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`vectors`: VECTOR_BYTES for each text, each vector of length 1. `fault`: why there are none."""

    id: int
    vectors: bytes = b""
    fault: str = ""


def check(answer: Answer, asked: Ask) -> None:
    """Raises ValueError."""
    whole = len(answer.vectors) == VECTOR_BYTES * len(asked.texts)
    if answer.id != asked.id or not (whole or answer.fault):
        raise ValueError("the child answered nonsense")
