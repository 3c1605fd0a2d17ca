"""RTCP as a relay speaks it (RFC 3550, RFC 4585, RFC 5104): reports, negative acknowledgements, keyframe requests."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, TRANSPORT_FEEDBACK, PAYLOAD_FEEDBACK = 200, 201, 202, 205, 206
NACK, TRANSPORT_WIDE = 1, 15  # formats of transport feedback
PICTURE_LOSS, FULL_INTRA_REQUEST, APPLICATION = 1, 4, 15  # formats of payload feedback

NTP_EPOCH_S = 2_208_988_800  # 1900 to 1970
ROUND_TRIP_S_MAX = 30  # a longer one is nonsense
BLOCKS_MAX = 32  # of one compound packet

_HEADER = struct.Struct("!BBH")
_REPORT = struct.Struct("!LLLLLL")


def is_rtcp(data: bytes) -> bool:
    """Whether of two kinds of packets that share a port it is this one (RFC 5761)."""
    return len(data) > 1 and 192 <= data[1] < 224


class Block(NamedTuple):
    """One packet of a compound. `body` begins with the sender's SSRC."""

    kind: int
    detail: int  # how many reports, or the format of feedback
    body: bytes


class SenderInfo(NamedTuple):
    ssrc: int
    ntp: int  # 32.32 fixed point seconds since 1900
    timestamp: int


class ReportBlock(NamedTuple):
    """What a receiver says of one source."""

    ssrc: int
    fraction_lost: int  # of 256, since the last report
    lost: int
    highest: int
    jitter: int
    last_report: int  # the middle 32 bits of the NTP time of the sender report it heard last
    delay: int  # since then, in 1/65536 s


def blocks(data: bytes) -> Iterator[Block]:
    """The packets of a compound; stops where it is broken."""
    at = 0
    for _ in range(BLOCKS_MAX):
        if at + 8 > len(data):
            return
        first, kind, words = _HEADER.unpack_from(data, at)
        end = at + 4 + 4 * words
        if first & 0xC0 != 0x80 or end > len(data) or words == 0:
            return
        yield Block(kind, first & 0x1F, data[at + 4 : end])
        at = end


def media_ssrc(body: bytes) -> int:
    """The source a feedback block is about."""
    return int.from_bytes(body[4:8], "big")


def nacked(body: bytes) -> Iterator[int]:
    """The 16-bit sequence numbers a NACK block asks for."""
    for at in range(8, len(body) - 3, 4):
        first, following = struct.unpack_from("!HH", body, at)
        yield first
        for distance in range(1, 17):
            if following >> distance - 1 & 1:
                yield first + distance & 0xFFFF


def intra_requested(body: bytes) -> Iterator[int]:
    """The sources a full intra request names."""
    for at in range(8, len(body) - 7, 8):
        yield int.from_bytes(body[at : at + 4], "big")


def estimated_bitrate(body: bytes) -> int | None:
    """What the receiver believes its line carries, in bit/s (REMB, draft-alvestrand-rmcat-remb-03)."""
    if len(body) < 16 or body[8:12] != b"REMB":
        return None
    exponent, mantissa = body[13] >> 2, (body[13] & 0x03) << 16 | body[14] << 8 | body[15]
    return mantissa << exponent if exponent < 40 else None


def round_trip_s(report: ReportBlock, now_ntp: int) -> float | None:
    """How long a sender report and its echo took, by our clock (RFC 3550, 6.4.1); None when it echoes none of ours."""
    if not report.last_report:
        return None
    elapsed = (now_ntp >> 16) - report.last_report - report.delay & 0xFFFFFFFF
    return elapsed / 65536 if elapsed < ROUND_TRIP_S_MAX * 65536 else None


def sender_info(body: bytes) -> SenderInfo | None:
    return SenderInfo(*struct.unpack_from("!LQL", body)) if len(body) >= 24 else None


def report_blocks(block: Block) -> Iterator[ReportBlock]:
    start = 24 if block.kind == SENDER_REPORT else 4
    for at in range(start, min(len(block.body) - 23, start + 24 * block.detail), 24):
        ssrc, loss, highest, jitter, last_report, delay = _REPORT.unpack_from(block.body, at)
        lost = loss & 0xFFFFFF
        yield ReportBlock(
            ssrc, loss >> 24, lost - (1 << 24) if lost & 0x800000 else lost, highest, jitter, last_report, delay
        )


def ntp(unix_seconds: float) -> int:
    """A time as RTCP writes it."""
    return int((unix_seconds + NTP_EPOCH_S) * (1 << 32)) & 0xFFFFFFFFFFFFFFFF


def seconds(ntp_time: int) -> float:
    return ntp_time / (1 << 32) - NTP_EPOCH_S


def sender_report(ssrc: int, ntp_time: int, timestamp: int, packets: int, payload_bytes: int) -> bytes:
    counters = packets & 0xFFFFFFFF, payload_bytes & 0xFFFFFFFF
    return struct.pack("!BBHLQLLL", 0x80, SENDER_REPORT, 6, ssrc, ntp_time, timestamp, *counters)


def receiver_report(ssrc: int, reports: Sequence[ReportBlock]) -> bytes:
    packed = b"".join(
        _REPORT.pack(
            r.ssrc, r.fraction_lost << 24 | max(-0x800000, min(0x7FFFFF, r.lost)) & 0xFFFFFF, r.highest & 0xFFFFFFFF,
            r.jitter & 0xFFFFFFFF, r.last_report, r.delay,
        )
        for r in reports
    )  # fmt: skip
    return struct.pack("!BBHL", 0x80 | len(reports), RECEIVER_REPORT, 1 + 6 * len(reports), ssrc) + packed


def source_description(name: bytes, ssrcs: Sequence[int]) -> bytes:
    """Says that these sources belong together (the same CNAME), so that a player keeps them in step."""
    item = b"\x01" + bytes((len(name),)) + name
    item += bytes(4 - len(item) % 4)  # at least one zero ends the list
    chunks = b"".join(ssrc.to_bytes(4, "big") + item for ssrc in ssrcs)
    return struct.pack("!BBH", 0x80 | len(ssrcs), SOURCE_DESCRIPTION, len(chunks) // 4) + chunks


def nack(ssrc: int, media: int, sequences: Iterable[int]) -> bytes:
    """Ask for packets again: 16-bit numbers in rising order, up to 17 of them in four bytes."""
    pairs: list[list[int]] = []
    for sequence in sequences:
        distance = (sequence - pairs[-1][0] & 0xFFFF) if pairs else 0
        if 1 <= distance <= 16:
            pairs[-1][1] |= 1 << distance - 1
        else:
            pairs.append([sequence & 0xFFFF, 0])
    packed = b"".join(struct.pack("!HH", *pair) for pair in pairs)
    return struct.pack("!BBHLL", 0x80 | NACK, TRANSPORT_FEEDBACK, 2 + len(pairs), ssrc, media) + packed


def picture_loss(ssrc: int, media: int) -> bytes:
    """Ask for a keyframe."""
    return struct.pack("!BBHLL", 0x80 | PICTURE_LOSS, PAYLOAD_FEEDBACK, 2, ssrc, media)
