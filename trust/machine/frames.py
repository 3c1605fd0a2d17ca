"""How the server and its children talk: a request and its answer, each behind a length of four bytes."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from typing import BinaryIO

from core import sandbox

LENGTH = struct.Struct("!I")
REQUEST_BYTES_MAX = 4 * 1024 * 1024
ANSWER_BYTES_MAX = 256 * 1024
CPU_S_MAX = 24 * 3_600

Answers = Callable[[bytes], bytes]


def serve(load: Callable[[], Answers]) -> None:
    """In the child: answer what comes on standard input, on standard output, until there is no more. `load` runs in
    the sandbox, as libraries start threads."""
    sandbox.enter(CPU_S_MAX, uid=int(sys.argv[1]) if len(sys.argv) > 1 else None)
    answers = load()
    source, sink = os.fdopen(0, "rb", buffering=0), os.fdopen(1, "wb", buffering=0)
    while (request := _frame(source)) is not None:
        body = answers(request)
        sink.write(LENGTH.pack(len(body)) + body)


def _frame(source: BinaryIO) -> bytes | None:
    head = _exactly(source, LENGTH.size)
    if head is None:
        return None
    (size,) = LENGTH.unpack(head)
    return _exactly(source, size) if size <= REQUEST_BYTES_MAX else None


def _exactly(source: BinaryIO, size: int) -> bytes | None:
    made = bytearray()
    while len(made) < size:
        part = source.read(size - len(made))
        if not part:
            return None
        made += part
    return bytes(made)
