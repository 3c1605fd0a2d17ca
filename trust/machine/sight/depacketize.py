"""The bitstream of one keyframe from its RTP payloads: RFC 7741 (VP8), 6184 (H264), 9628 (VP9), AV1's."""

from __future__ import annotations

from collections.abc import Sequence

START = b"\x00\x00\x00\x01"
_STAP_A, _FU_A = 24, 28


def bitstream(codec: str, payloads: Sequence[bytes]) -> bytes:
    """Raises ValueError, IndexError for what is none."""
    return {"VP8": _vp8, "VP9": _vp9, "H264": _h264, "AV1": _av1}[codec](payloads)


def _vp8(payloads: Sequence[bytes]) -> bytes:
    made = bytearray()
    for payload in payloads:
        at = 1
        if payload[0] & 0x80:
            extended, at = payload[1], 2
            if extended & 0x80:
                at += 2 if payload[at] & 0x80 else 1
            at += bool(extended & 0x40) + bool(extended & 0x30)
        made += payload[at:]
    return bytes(made)


def _vp9(payloads: Sequence[bytes]) -> bytes:
    """The frames of all spatial layers, of which only the last is shown: a superframe of one layer is enough."""
    made = bytearray()
    for payload in payloads:
        first, at = payload[0], 1
        if first & 0x80:
            at += 2 if payload[at] & 0x80 else 1
        layer = 0
        if first & 0x20:
            layer = payload[at] >> 1 & 7
            at += 1 if first & 0x10 else 2
        if first & 0x10 and first & 0x40:
            while payload[at] & 1:
                at += 1
            at += 1
        if first & 0x02:
            at = _after_structure(payload, at)
        if layer == 0:
            made += payload[at:]
    return bytes(made)


def _after_structure(payload: bytes, at: int) -> int:
    head = payload[at]
    at += 1
    if head & 0x10:
        at += 4 * ((head >> 5) + 1)
    if head & 0x08:
        pictures = payload[at]
        at += 1
        for _ in range(pictures):
            at += 1 + (payload[at] >> 2 & 3)
    return at


def _h264(payloads: Sequence[bytes]) -> bytes:
    made = bytearray()
    for payload in payloads:
        kind = payload[0] & 0x1F
        if kind == _STAP_A:
            at = 1
            while at + 2 <= len(payload):
                size = payload[at] << 8 | payload[at + 1]
                made += START + payload[at + 2 : at + 2 + size]
                at += 2 + size
        elif kind == _FU_A:
            if payload[1] & 0x80:
                made += START + bytes([payload[0] & 0xE0 | payload[1] & 0x1F])
            made += payload[2:]
        else:
            made += START + payload
    return bytes(made)


def _av1(payloads: Sequence[bytes]) -> bytes:
    """OBU elements, each given the size field that senders leave out (AV1 bitstream, 5.3)."""
    elements: list[bytes] = []
    for payload in payloads:
        head, at = payload[0], 1
        continued, count = bool(head & 0x80), head >> 4 & 3
        number = 0
        while at < len(payload):
            number += 1
            if count and number == count:
                size = len(payload) - at
            else:
                size, at = _leb128(payload, at)
            part = payload[at : at + size]
            at += size
            if continued and number == 1 and elements:
                elements[-1] += part
            else:
                elements.append(part)
    return b"".join(_sized(element) for element in elements if element)


def _sized(obu: bytes) -> bytes:
    head, at = obu[0], 2 if obu[0] & 0x04 else 1
    if head & 0x02:
        return obu
    body = obu[at:]
    size, left = bytearray(), len(body)
    while True:
        size.append(left & 0x7F | (0x80 if left > 0x7F else 0))
        left >>= 7
        if not left:
            break
    return bytes([head | 0x02]) + obu[1:at] + bytes(size) + body


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 35, 7):
        value |= (data[at] & 0x7F) << shift
        at += 1
        if not data[at - 1] & 0x80:
            return value, at
    raise ValueError("a size that does not end")
