"""The wire format, as functions of bytes without I/O: a client's message becomes a command, events become frames.

Messages are msgpack in binary WebSocket frames (RFC 6455, 5.2), subprotocol `cadeau.msgpack.v1`. A server's frames are
not masked, so the same bytes serve every receiver.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

import msgspec
from msgspec import Struct

from chat.errors import InvalidMessage, MessageTooLarge, Waiting
from chat.events import Refused
from chat.kinds import COUNTERS, KINDS
from chat.kinds.kind import Command, Name, Request
from core.errors import Refusal

PROTOCOL = "cadeau.msgpack.v1"
MESSAGE_BYTES_MAX = 4 * 1024
FRAME_EVENT_BYTES_MAX = 256 * 1024  # of events in one message; clients commonly accept 1 MiB


class _Addressed(Struct):
    """The part of a message that is needed to answer it."""

    id: Name


_REQUESTS = {kind.posts: kind for kind in KINDS if issubclass(kind.posts, Request)}
_COMMANDS: Any = reduce(or_, (*_REQUESTS, *(counter.counts for counter in COUNTERS)))

_decode: Callable[[bytes], Command] = msgspec.msgpack.Decoder(_COMMANDS).decode
_decode_addressed = msgspec.msgpack.Decoder(_Addressed).decode
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError)


def parse(message: bytes | str) -> Command | Refused:
    """The command in a client's message, or why it is refused. Never raises, whatever the bytes."""
    if isinstance(message, str):
        return refused(None, InvalidMessage("This protocol speaks in binary messages."))
    if len(message) > MESSAGE_BYTES_MAX:
        return refused(None, MessageTooLarge(f"At most {MESSAGE_BYTES_MAX} bytes."))
    try:
        command = _decode(message)
    except _MALFORMED as error:
        return refused(_id_of(message), InvalidMessage(_reason(error)))
    if not isinstance(command, Request):
        return command
    try:
        cleaned: Request = _REQUESTS[type(command)].clean(command)
    except Refusal as refusal:
        return refused(command.id, refusal)
    return cleaned


def _id_of(message: bytes) -> str | None:
    try:
        return _decode_addressed(message).id
    except _MALFORMED:
        return None


def _reason(error: Exception) -> str:
    return str(error)[:200] if isinstance(error, msgspec.ValidationError) else ""


def refused(id: str | None, refusal: Refusal) -> Refused:
    if isinstance(refusal, Waiting) and refusal.wait_ms:
        return Refused(id, refusal.code, refusal.detail, refusal.wait_ms)
    return Refused(id, refusal.code, refusal.detail)


def array(items: Sequence[bytes]) -> bytes:
    """A msgpack array of items that are already encoded."""
    count = len(items)
    if count < 16:
        head = bytes([0x90 | count])
    elif count < 1 << 16:
        head = struct.pack("!BH", 0xDC, count)
    else:
        head = struct.pack("!BI", 0xDD, count)
    return head + b"".join(items)


def frame(payload: bytes) -> bytes:
    """One complete binary message, framed as in RFC 6455 (5.2)."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x82, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x82, 126, size)
    else:
        head = struct.pack("!BBQ", 0x82, 127, size)
    return head + payload


def frames(events: Sequence[bytes]) -> bytes:
    """Encoded events in as few messages as possible, joined for one write."""
    return b"".join(frame(array(portion)) for portion in portions(events, FRAME_EVENT_BYTES_MAX))


def portions(events: Sequence[bytes], bytes_max: int) -> Iterable[Sequence[bytes]]:
    """The events in order, divided into portions of at most that many bytes (or of a single event)."""
    start = size = 0
    for index, event in enumerate(events):
        if size and size + len(event) > bytes_max:
            yield events[start:index]
            start, size = index, 0
        size += len(event)
    if start < len(events):
        yield events[start:]
