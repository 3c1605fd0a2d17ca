"""The wire: what a client sends becomes a command, what happened becomes frames. Functions of bytes, without I/O.

Messages are msgpack in binary WebSocket frames (RFC 6455, 5.2), subprotocol `cadeau.msgpack.v1`. A frame from a server
is not masked, so the same bytes serve every receiver.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from chat.errors import InvalidMessage, InvalidText, MessageTooLarge
from chat.events import Refused
from core.errors import Refusal

PROTOCOL = "cadeau.msgpack.v1"
MESSAGE_BYTES_MAX = 4 * 1024
CHAT_TEXT_CHARS_MAX = 300
GIFT_COUNT_MAX = 999
LIKE_COUNT_MAX = 50
MUTE_SECONDS_MAX = 365 * 86_400
SEQ_MAX = 2**53 - 1  # what every client's numbers hold
FRAME_EVENT_BYTES_MAX = 256 * 1024  # of events in one message; clients commonly take 1 MiB

Name = Annotated[str, Meta(pattern=r"\A[0-9A-Za-z_.:-]{1,64}\Z")]
"""An id or a name out of a list: nothing that a log, a database or a page could stumble over."""


class Command(Struct, tag_field="type", tag=str.lower, forbid_unknown_fields=True, frozen=True):
    """What a client asks for."""


class Say(Command, frozen=True):
    id: Name
    text: str


class Gift(Command, frozen=True):
    id: Name
    gift: Name
    count: Annotated[int, Meta(ge=1, le=GIFT_COUNT_MAX)]


class Like(Command, frozen=True):
    count: Annotated[int, Meta(ge=1, le=LIKE_COUNT_MAX)]


class Remove(Command, frozen=True):
    id: Name
    target: Annotated[int, Meta(ge=1, le=SEQ_MAX)]


class Mute(Command, frozen=True):
    id: Name
    person: Name
    seconds: Annotated[int, Meta(ge=0, le=MUTE_SECONDS_MAX)]


class _Addressed(Struct):
    """Enough of a message to answer it."""

    id: Name


_Command = Say | Gift | Like | Remove | Mute

_decode: Callable[[bytes], _Command] = msgspec.msgpack.Decoder(_Command).decode
_decode_addressed = msgspec.msgpack.Decoder(_Addressed).decode
_MALFORMED = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, OverflowError)


def parse(message: bytes | str) -> _Command | Refused:
    """The command in a client's message, or why it is refused. Never raises, whatever the bytes."""
    if isinstance(message, str):
        return refused(None, InvalidMessage("This protocol speaks in binary messages."))
    if len(message) > MESSAGE_BYTES_MAX:
        return refused(None, MessageTooLarge(f"At most {MESSAGE_BYTES_MAX} bytes."))
    try:
        command = _decode(message)
    except _MALFORMED as error:
        return refused(_id_of(message), InvalidMessage(_reason(error)))
    if isinstance(command, Say):
        text = command.text.strip()
        if not is_line(text):
            return refused(command.id, InvalidText())
        return replace(command, text=text)
    return command


def _id_of(message: bytes) -> str | None:
    try:
        return _decode_addressed(message).id
    except _MALFORMED:
        return None


def _reason(error: Exception) -> str:
    return str(error)[:200] if isinstance(error, msgspec.ValidationError) else ""


def refused(id: str | None, refusal: Refusal) -> Refused:
    return Refused(id, refusal.code, refusal.detail)


def is_line(text: str) -> bool:
    """Whether a text can be a line of chat: of the allowed length, visible, without what moves other lines about."""
    if not 1 <= len(text) <= CHAT_TEXT_CHARS_MAX:
        return False
    if text.isascii():
        return text.isprintable()
    return not any(map(_disturbs, text)) and any(c.isprintable() and not c.isspace() for c in text)


def _disturbs(character: str) -> bool:
    # Bidirectional overrides (U+202A..E) reach beyond their line; Zl and Zp break it.
    return "\u202a" <= character <= "\u202e" or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


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
    """One complete binary message, as RFC 6455 (5.2) frames it."""
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x82, size)
    elif size < 1 << 16:
        head = struct.pack("!BBH", 0x82, 126, size)
    else:
        head = struct.pack("!BBQ", 0x82, 127, size)
    return head + payload


def frames(events: Sequence[bytes]) -> bytes:
    """Encoded events as few messages as may be, joined for one write."""
    return b"".join(frame(array(part)) for part in portions(events, FRAME_EVENT_BYTES_MAX))


def portions(events: Sequence[bytes], bytes_max: int) -> Iterable[Sequence[bytes]]:
    """Events in order, in parts of at most that many bytes (or of one event)."""
    start = size = 0
    for index, event in enumerate(events):
        if size and size + len(event) > bytes_max:
            yield events[start:index]
            start, size = index, 0
        size += len(event)
    if start < len(events):
        yield events[start:]
