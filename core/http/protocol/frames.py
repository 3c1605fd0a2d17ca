"""WebSocket frames (RFC 6455, 5): a client's frames become messages and control frames. No I/O."""

from __future__ import annotations

import struct
from enum import IntEnum
from typing import NamedTuple

MESSAGE_BYTES_MAX = 64 * 1024  # larger ones close the connection (1009)
FRAGMENTS_PER_MESSAGE_MAX = 16  # no browser sends more than one
CONTROL_BYTES_MAX = 125


class Opcode(IntEnum):
    CONTINUATION = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


class Code(IntEnum):
    """Why a connection is closed (RFC 6455, 7.4.1)."""

    NORMAL = 1000
    PROTOCOL_ERROR = 1002
    NONE = 1005  # never sent
    INVALID_TEXT = 1007
    POLICY = 1008
    TOO_BIG = 1009
    FAULT = 1011
    RESTART = 1012


_KNOWN = frozenset(Opcode)
_CLOSE_CODES = frozenset({1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014})


class Violation(Exception):
    """The client broke a rule; the connection is closed with this code."""

    def __init__(self, code: Code, reason: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Received(NamedTuple):
    """A control frame, or a message with all its fragments. A fragment that is not the last is a CONTINUATION."""

    opcode: Opcode
    payload: bytes


class FrameReader:
    """Reads masked frames. What is not read yet stays here; whoever feeds it decides how much that may be."""

    __slots__ = ("_at", "_fragments", "_opcode", "_rest")

    def __init__(self) -> None:
        self._rest = b""
        self._at = 0
        self._opcode = Opcode.CONTINUATION  # of the message whose fragments are coming
        self._fragments: list[bytes] | None = None

    def __bool__(self) -> bool:
        """Whether there is anything unread, if only a part of a frame."""
        return self._at < len(self._rest)

    def feed(self, data: bytes) -> None:
        self._rest = self._rest[self._at :] + data if self else data
        self._at = 0

    def shrink(self) -> None:
        """Free what was read."""
        if self._at and self._at == len(self._rest):
            self._rest, self._at = b"", 0

    def clear(self) -> None:
        self._rest, self._at, self._fragments = b"", 0, None

    def read(self) -> Received | None:
        """The next frame or message, or None until more is fed. Raises Violation; do not call it again then."""
        data, at = self._rest, self._at
        left = len(data) - at
        if left < 2:
            return None
        first, second = data[at], data[at + 1]
        opcode, size, head = first & 0x0F, second & 0x7F, 6
        if first & 0x70 or not second & 0x80 or opcode not in _KNOWN:
            raise Violation(Code.PROTOCOL_ERROR, "invalid frame")
        if opcode >= Opcode.CLOSE and (size > CONTROL_BYTES_MAX or not first & 0x80):
            raise Violation(Code.PROTOCOL_ERROR, "invalid control frame")
        if size >= 126:
            head = 8 if size == 126 else 14
            if left < head - 4:
                return None
            (size,) = struct.unpack_from("!H" if size == 126 else "!Q", data, at + 2)
        if size > MESSAGE_BYTES_MAX:
            raise Violation(Code.TOO_BIG, "message too big")
        if left < head + size:
            return None
        self._at = at + head + size
        payload = unmasked(data[at + head - 4 : at + head], data[at + head : self._at]) if size else b""
        if opcode >= Opcode.CLOSE:
            return Received(Opcode(opcode), payload)
        return self._message(Opcode(opcode), payload, bool(first & 0x80))

    def _message(self, opcode: Opcode, payload: bytes, last: bool) -> Received:
        fragments = self._fragments
        if (opcode is Opcode.CONTINUATION) == (fragments is None):
            raise Violation(Code.PROTOCOL_ERROR, "unexpected fragment")
        if fragments is None:
            if last:
                return Received(opcode, payload)
            self._opcode, self._fragments = opcode, [payload]
            return Received(Opcode.CONTINUATION, b"")
        fragments.append(payload)
        if len(fragments) > FRAGMENTS_PER_MESSAGE_MAX:
            raise Violation(Code.POLICY, "too many fragments")
        if sum(map(len, fragments)) > MESSAGE_BYTES_MAX:
            raise Violation(Code.TOO_BIG, "message too big")
        if not last:
            return Received(Opcode.CONTINUATION, b"")
        self._fragments = None
        return Received(self._opcode, b"".join(fragments))


def unmasked(mask: bytes, payload: bytes) -> bytes:
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "little") ^ int.from_bytes(key, "little")).to_bytes(size, "little")


def control(opcode: Opcode, payload: bytes = b"") -> bytes:
    """A server's control frame."""
    return bytes((0x80 | opcode, len(payload))) + payload


def close(code: int, reason: str = "") -> bytes:
    """A close frame; the reason is cut to what fits."""
    text = reason.encode()[: CONTROL_BYTES_MAX - 2].decode(errors="ignore").encode()
    return control(Opcode.CLOSE, struct.pack("!H", code) + text)


def close_code(payload: bytes) -> int:
    """The code in a client's close frame. Raises Violation."""
    if not payload:
        return Code.NONE
    code = int.from_bytes(payload[:2], "big")
    if len(payload) < 2 or (code not in _CLOSE_CODES and not 3000 <= code < 5000):
        raise Violation(Code.PROTOCOL_ERROR, "invalid close code")
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        raise Violation(Code.INVALID_TEXT) from None
    return code
