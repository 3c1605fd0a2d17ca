"""Transport-wide congestion feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01).

Tells a publisher when each of its packets arrived, so that it finds the bitrate its connection carries.
"""

from __future__ import annotations

import struct

from live.media.rtp.packets import nearest
from live.media.rtp.rtcp import TRANSPORT_FEEDBACK, TRANSPORT_WIDE

TICK_S = 0.00025  # unit of the arrival deltas
REFERENCE_TICKS = 256  # the reference time counts in 64 ms
PACKETS_MAX = 1024  # in one feedback message
_SMALL, _LARGE = 1, 2  # status symbols: received, with a delta of one or of two bytes


class TransportFeedback:
    def __init__(self, ssrc: int) -> None:
        self._ssrc = ssrc
        self._arrivals: dict[int, int] = {}  # extended number -> arrival in ticks
        self._highest = -1
        self._next = -1  # the first number not yet reported
        self._count = 0

    def on_packet(self, number: int, now: float) -> None:
        """A packet with this 16-bit transport-wide number arrived at `now`, in monotonic seconds."""
        if self._highest < 0:
            self._highest = self._next = number + (1 << 16)
        extended = nearest(number, self._highest)
        if extended < self._next or len(self._arrivals) >= PACKETS_MAX:
            return
        self._highest = max(self._highest, extended)
        self._arrivals[extended] = int(now / TICK_S)

    def build(self, media: int) -> bytes:
        """The message for all that arrived since the last one. Empty when nothing did. `media`: the media SSRC."""
        if not self._arrivals:
            return b""
        arrivals, self._arrivals = self._arrivals, {}
        first, last = self._next, max(arrivals)
        first = max(first, last - PACKETS_MAX + 1)
        self._next = last + 1
        reference = min(arrivals.values()) // REFERENCE_TICKS
        before = reference * REFERENCE_TICKS
        symbols, deltas = [], []
        for number in range(first, last + 1):
            arrival = arrivals.get(number)
            if arrival is None:
                symbols.append(0)
                continue
            delta = arrival - before
            before = arrival
            small = 0 <= delta <= 0xFF
            symbols.append(_SMALL if small else _LARGE)
            deltas.append(bytes((delta,)) if small else struct.pack("!h", max(-0x8000, min(0x7FFF, delta))))
        body = struct.pack(
            "!LLHHL", self._ssrc, media, first & 0xFFFF, len(symbols), (reference & 0xFFFFFF) << 8 | self._count
        )
        self._count = self._count + 1 & 0xFF
        return _framed(body + _chunks(symbols) + b"".join(deltas))


def _chunks(symbols: list[int]) -> bytes:
    """Status vector chunks of seven two-bit symbols each."""
    chunks = []
    for at in range(0, len(symbols), 7):
        word = 0xC000
        for position, symbol in enumerate(symbols[at : at + 7]):
            word |= symbol << 12 - 2 * position
        chunks.append(struct.pack("!H", word))
    return b"".join(chunks)


def _framed(body: bytes) -> bytes:
    padding = -len(body) % 4
    if padding:
        body += bytes(padding - 1) + bytes((padding,))
    first = 0x80 | (0x20 if padding else 0) | TRANSPORT_WIDE
    return struct.pack("!BBH", first, TRANSPORT_FEEDBACK, len(body) // 4) + body
