"""Where a request's head and its body end (RFC 9112), found before anything is parsed. No I/O.

The parser would hold a head of any length. Finding the ends first also allows one request at a time: what a client
sends ahead waits as bytes, not as parsed requests.
"""

from __future__ import annotations

REQUEST_LINE_BYTES_MAX = 8 * 1024
HEADER_BLOCK_BYTES_MAX = 32 * 1024
HEADERS_MAX = 100
CHUNK_SIZE_DIGITS_MAX = 12

_LINE_END = b"\r\n"
_END_OF_HEAD = b"\r\n\r\n"
_HEX = frozenset(b"0123456789abcdefABCDEF")


class Refused(Exception):
    """The request is refused with this status (0: it has been answered), and the connection is closed."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class HeadFinder:
    """Finds the end of a head that arrives in any number of pieces."""

    __slots__ = ("_searched",)

    def __init__(self) -> None:
        self._searched = 0

    def find(self, received: bytearray) -> int:
        """The number of bytes of the head that begins here, or 0 if it is not complete. Raises Refused."""
        if not received[:1].isalpha():  # a method's first letter
            raise Refused(400)
        end = received.find(_END_OF_HEAD, self._searched)
        size = end if end >= 0 else len(received)
        line = received.find(b"\r\n", 0, min(size, REQUEST_LINE_BYTES_MAX) + 2)
        if line < 0:
            if size > REQUEST_LINE_BYTES_MAX:
                raise Refused(414)
        elif size - line > HEADER_BLOCK_BYTES_MAX:
            raise Refused(431)
        if end < 0:
            self._searched = max(0, size - 3)
            return 0
        self._searched = 0
        if received.count(b"\r\n", line, end) > HEADERS_MAX:
            raise Refused(431)
        return end + len(_END_OF_HEAD)


class SizedBody:
    """A body with Content-Length."""

    __slots__ = ("_left",)

    def __init__(self, size: int) -> None:
        self._left = size

    def take(self, received: bytearray) -> int:
        """How many of these bytes belong to the body."""
        taken = min(self._left, len(received))
        self._left -= taken
        return taken


class ChunkedBody:
    """A body in chunks, without extensions and without trailers, which nobody here reads."""

    __slots__ = ("_ended", "_left")

    STEP_BYTES_MAX = 16 * 1024  # of chunks, which can be tiny, in one step

    def __init__(self) -> None:
        self._left = 0  # of the current chunk and the line end behind it
        self._ended = False

    def take(self, received: bytearray) -> int:
        """How many of these bytes belong to the body: some, but not always all. Raises Refused."""
        at, size = 0, min(len(received), self.STEP_BYTES_MAX)
        while at < size and not self._ended:
            if self._left:
                passed = min(self._left, size - at)
                self._left -= passed
                at += passed
                continue
            line = received.find(b"\r\n", at, at + CHUNK_SIZE_DIGITS_MAX + 2)
            digits = received[at : line if line >= 0 else len(received)].removesuffix(b"\r")
            if len(digits) > CHUNK_SIZE_DIGITS_MAX or not _HEX.issuperset(digits) or (line >= 0 and not digits):
                raise Refused(400)  # among others `;`, an extension
            if line < 0:
                break
            length = int(digits, 16)
            if length:
                self._left = length + 2
                at = line + 2
                continue
            behind = received[line + 2 : line + 4]
            if not _LINE_END.startswith(behind):
                raise Refused(400)  # a trailer
            if len(behind) < 2:
                break
            self._ended = True
            at = line + 4
        return at
