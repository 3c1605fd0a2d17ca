"""RTCP is compatible with an independent implementation."""

from __future__ import annotations

import struct

from aiortc import rtp as reference
from hypothesis import given
from hypothesis import strategies as st

from live.media.congestion.transport_feedback import TransportFeedback
from live.media.rtp import rtcp

numbers = st.integers(0, 0xFFFF)


@given(st.lists(numbers, min_size=1, max_size=60, unique=True))
def test_nacks_list_the_lost_packets(lost: list[int]) -> None:
    written = rtcp.nack(1, 2, sorted(lost))
    (packet,) = reference.RtcpPacket.parse(written)
    assert isinstance(packet, reference.RtcpRtpfbPacket)
    assert sorted(packet.lost) == sorted(lost)
    (block,) = rtcp.blocks(bytes(packet))
    assert (block.kind, block.detail, rtcp.media_ssrc(block.body)) == (rtcp.TRANSPORT_FEEDBACK, rtcp.NACK, 2)
    assert sorted(rtcp.nacked(block.body)) == sorted(lost)


def test_reports_are_read_and_written() -> None:
    told = rtcp.ReportBlock(7, 12, -3, 70_000, 5, 0xABCD, 99)
    (packet,) = reference.RtcpPacket.parse(rtcp.receiver_report(1, [told]))
    assert isinstance(packet, reference.RtcpRrPacket)
    assert packet.reports[0].packets_lost == -3
    assert packet.reports[0].highest_sequence == 70_000
    (block,) = rtcp.blocks(bytes(packet))
    assert list(rtcp.report_blocks(block)) == [told]

    compound = rtcp.sender_report(5, rtcp.ntp(1_700_000_000.25), 1234, 10, 1000) + rtcp.source_description(b"me", [5])
    report, description = reference.RtcpPacket.parse(compound)
    assert isinstance(report, reference.RtcpSrPacket)
    assert isinstance(description, reference.RtcpSdesPacket)
    assert report.sender_info.rtp_timestamp == 1234
    assert description.chunks[0].items == [(1, b"me")]
    first, _ = rtcp.blocks(compound)
    info = rtcp.sender_info(first.body)
    assert info is not None
    assert rtcp.seconds(info.ntp) == 1_700_000_000.25


def test_keyframe_requests_are_read_and_written() -> None:
    (packet,) = reference.RtcpPacket.parse(rtcp.picture_loss(1, 2))
    assert isinstance(packet, reference.RtcpPsfbPacket)
    assert (packet.fmt, packet.media_ssrc) == (reference.RTCP_PSFB_PLI, 2)
    fir = reference.RtcpPsfbPacket(reference.RTCP_PSFB_FIR, 1, 0, struct.pack("!LL", 77, 1 << 24))
    (block,) = rtcp.blocks(bytes(fir))
    assert list(rtcp.intra_requests(block.body)) == [77]


@given(st.binary(max_size=200))
def test_garbage_does_not_raise(data: bytes) -> None:
    for block in rtcp.blocks(data):
        list(rtcp.nacked(block.body))
        list(rtcp.intra_requests(block.body))
        list(rtcp.report_blocks(block))
        rtcp.sender_info(block.body)
        rtcp.media_ssrc(block.body)


def arrivals_in(feedback: bytes) -> dict[int, int]:
    """A feedback packet, parsed by the specification: sequence number -> arrival in units of 250 µs."""
    first, count, reference_time = *struct.unpack_from("!HH", feedback, 12), int.from_bytes(feedback[16:19], "big")
    symbols: list[int] = []
    at = 20
    while len(symbols) < count:
        word = int.from_bytes(feedback[at : at + 2], "big")
        assert word >> 14 == 3
        symbols += [word >> shift & 3 for shift in range(12, -2, -2)]
        at += 2
    time, arrivals = reference_time * 256, {}
    for number, symbol in enumerate(symbols[:count]):
        if symbol:
            size = 1 if symbol == 1 else 2
            time += int.from_bytes(feedback[at : at + size], "big", signed=size == 2)
            arrivals[first + number & 0xFFFF] = time
            at += size
    return arrivals


@given(numbers, st.lists(st.tuples(st.integers(1, 5), st.integers(0, 8000)), min_size=1, max_size=150))
def test_transport_feedback_has_each_packets_arrival_time(start: int, steps: list[tuple[int, int]]) -> None:
    feedback = TransportFeedback(1)
    number, ticks, told = start, 4_000_000, {}
    for gap, delay in steps:
        number, ticks = number + gap, ticks + delay
        feedback.on_packet(number & 0xFFFF, ticks * 0.00025)
        told[number & 0xFFFF] = ticks
    written = feedback.build(2)
    assert len(written) == 4 + 4 * int.from_bytes(written[2:4], "big")
    read = arrivals_in(written)
    assert read.keys() == told.keys()
    assert all(abs(read[n] - told[n]) <= 1 for n in read)
    assert feedback.build(2) == b""
