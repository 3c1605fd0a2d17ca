"""Redundant audio (RFC 2198): a packet that repeats the ones before it, so that a lost one is there after all."""

from __future__ import annotations

BLOCKS_MAX = 16  # browsers repeat one or two packets
_BLOCK_HEADER_BYTES = 4


def primary(payload: bytes) -> bytes | None:
    """The newest of the packets in one, as it would have come alone; None when there is none.

    It is the last, and so it keeps the padding of the packet.
    """
    start = repeated = 0
    for _ in range(BLOCKS_MAX):
        if start >= len(payload):
            return None
        if not payload[start] & 0x80:
            start += 1 + repeated
            return payload[start:] or None
        if start + _BLOCK_HEADER_BYTES > len(payload):
            return None
        repeated += (payload[start + 2] & 0x03) << 8 | payload[start + 3]
        start += _BLOCK_HEADER_BYTES
    return None
