"""What the server asks the child process, and what that answers, as msgpack."""

from __future__ import annotations

import msgspec

STILL_PX_MAX = 256
KEYFRAME_BYTES_MAX = 1024 * 1024
VECTOR_BYTES, PDQ_BYTES = 2_048, 32
THUMBNAIL_BYTES_MAX = 64 * 1024


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Either a still, `rgb` of `width` by `height`, or the RTP payloads of a keyframe."""

    id: int
    width: int = 0
    height: int = 0
    rgb: bytes = b""
    codec: str = ""
    payloads: tuple[bytes, ...] = ()


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`score`: null when nothing is decided: a blank picture, or no network. `thumbnail`: a JPEG, of a keyframe."""

    id: int
    score: float | None = None
    vector: bytes = b""  # float16
    pdq: bytes = b""
    thumbnail: bytes = b""
    model: str = ""
    fault: str = ""


def check(answer: Answer, asked: int) -> None:
    """A hostile picture may control the child: its answer is checked like any untrusted input. Raises ValueError."""
    good = answer.id == asked and (answer.score is None or 0.0 <= answer.score <= 1.0)
    good &= len(answer.vector) in (0, VECTOR_BYTES) and len(answer.pdq) in (0, PDQ_BYTES)
    good &= len(answer.thumbnail) <= THUMBNAIL_BYTES_MAX and len(answer.model) <= 64
    if answer.thumbnail and not answer.thumbnail.startswith(b"\xff\xd8\xff"):
        good = False
    if not good:
        raise ValueError("the child answered nonsense")
