"""Redundant audio (RFC 2198): each packet repeats the ones before it, in case they were lost."""

from __future__ import annotations

BLOCKS_MAX = 16  # browsers repeat one or two packets
_BLOCK_HEADER_BYTES = 4


def primary(payload: bytes) -> bytes | None:
    """The newest payload in a redundant packet, as it would have been sent alone; None if there is none.

    It is the last one, so it includes the packet's padding.
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
