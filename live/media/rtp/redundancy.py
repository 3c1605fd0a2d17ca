"""Redundant audio (RED, RFC 2198): each packet repeats the ones before it, which replaces those that were lost."""

from __future__ import annotations

BLOCKS_MAX = 16  # browsers repeat one or two packets
_BLOCK_HEADER_BYTES = 4


def primary(payload: bytes) -> bytes | None:
    """The payload of the newest block, as a packet without redundancy would have it; None when there is none.

    It is the last block and therefore ends with the packet's padding, if there is any.
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
