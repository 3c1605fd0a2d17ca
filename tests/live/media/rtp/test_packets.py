"""RTP headers, and one continuous stream from successive publishers."""

from __future__ import annotations

import socket
import struct

from aiortc import rtp as reference
from hypothesis import given
from hypothesis import strategies as st

from live.media.fanout.python_engine import PythonEngine
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.packets import (
    Packet,
    ReceivedPacket,
    extension,
    media_bytes,
    nearest,
    original,
    parse,
)
from live.media.rtp.sequence_rewriter import SequenceRewriter
from live.media.streams.packet_cache import PacketCache

words = st.integers(0, 0xFFFFFFFF)


def header(
    sequence: int = 1, timestamp: int = 2, ssrc: int = 3, payload_type: int = 96, csrcs: int = 0,
    extensions: bytes = b"", profile: int = 0xBEDE,
) -> bytes:  # fmt: skip
    first = 0x80 | csrcs | (0x10 if extensions else 0)
    data = struct.pack("!BBHLL", first, payload_type, sequence, timestamp, ssrc) + bytes(4 * csrcs)
    if extensions:
        extensions += bytes(-len(extensions) % 4)
        data += struct.pack("!HH", profile, len(extensions) // 4) + extensions
    return data


@given(st.integers(0, 0xFFFF), words, words, st.integers(0, 15), st.booleans(), st.binary(max_size=40), st.binary())
def test_headers_are_read_as_an_independent_implementation_writes_them(
    sequence: int, timestamp: int, ssrc: int, csrcs: int, marker: bool, mid: bytes, payload: bytes
) -> None:
    ids = reference.HeaderExtensionsMap()
    packet = reference.RtpPacket(96, int(marker), sequence, timestamp, ssrc, payload)
    packet.csrc = list(range(csrcs))
    data = packet.serialize(ids)
    assert parse(data) == ReceivedPacket(96, marker, sequence, timestamp, ssrc, False, payload)
    stretched = header(sequence, timestamp, ssrc, 96, csrcs, b"\x10" + mid[:1] if mid else b"") + payload
    parsed = parse(stretched)
    assert parsed is not None
    assert parsed.payload == payload


@given(st.binary(max_size=60))
def test_garbage_is_parsed_or_refused_without_raising(data: bytes) -> None:
    parsed = parse(data)
    if parsed is not None:
        extension(parsed.extensions, 5)
        media_bytes(parsed)
        original(parsed, 96, 1)


def extensions_of(data: bytes) -> bytes:
    parsed = parse(data)
    assert parsed is not None
    return parsed.extensions


def test_extensions_are_found_in_both_forms() -> None:
    one_byte = extensions_of(header(extensions=b"\x32abc" + b"\x00" + b"\x51\x12\x34"))
    assert extension(one_byte, 5) == b"\x12\x34"
    assert extension(one_byte, 3) == b"abc"
    assert extension(one_byte, 7) is None
    two_bytes = extensions_of(header(extensions=b"\x03\x03abc" + b"\x05\x02\x12\x34", profile=0x1000))
    assert extension(two_bytes, 5) == b"\x12\x34"
    assert extension(extensions_of(header()), 5) is None


def test_a_padding_count_too_large_is_refused() -> None:
    assert media_bytes(ReceivedPacket(96, False, 1, 1, 1, True, b"abc\x02")) == 2
    assert media_bytes(ReceivedPacket(96, False, 1, 1, 1, True, b"abc\x05")) < 0
    assert media_bytes(ReceivedPacket(96, False, 1, 1, 1, True, b"")) < 0
    assert media_bytes(ReceivedPacket(96, False, 1, 1, 1, True, b"abc\x00")) < 0


def test_a_retransmission_contains_the_original_packet() -> None:
    repeated = original(ReceivedPacket(97, True, 9, 5, 77, False, b"\x12\x34payload"), 96, 33)
    assert repeated == ReceivedPacket(96, True, 0x1234, 5, 33, False, b"payload")
    assert original(ReceivedPacket(97, True, 9, 5, 77, True, b"\x00\x00\x03"), 96, 33) is None


@given(st.integers(1 << 16, 1 << 40), st.integers(-(1 << 15), (1 << 15) - 1))
def test_the_nearest_number_is_found_across_wraps(to: int, distance: int) -> None:
    assert nearest(to + distance & 0xFFFF, to) == to + distance


source = st.tuples(st.integers(0, 0xFFFF), words, st.integers(1, 400), st.floats(0.001, 30))


@given(st.lists(source, min_size=1, max_size=4))
def test_subscribers_see_one_stream_across_sources(sources: list[tuple[int, int, int, float]]) -> None:
    """Sequence numbers increase by one, timestamps never decrease, across wraps and changes of SSRC."""
    stream = SequenceRewriter(90_000, 1 << 16, 4_000_000_000)
    now, last, last_time = 100.0, (1 << 16) - 1, None
    for number, (sequence, timestamp, count, pause) in enumerate(sources):
        stream.start_source(number + 1, sequence, timestamp, now)
        for i in range(count):
            now += 0.033
            outgoing = stream.sequence(sequence + i & 0xFFFF)
            assert outgoing == last + 1
            time = stream.timestamp(timestamp + i * 3000 & 0xFFFFFFFF)
            if last_time is not None:
                assert 0 < (time - last_time & 0xFFFFFFFF) < 1 << 31
            stream.advance(outgoing, time, now)
            last, last_time = outgoing, time
        now += pause


@given(st.integers(0, 0xFFFF), st.permutations(range(1, 61)), st.sets(st.integers(0, 60), max_size=20))
def test_a_track_keeps_each_packets_place_in_any_order_of_arrival(
    start: int, order: list[int], repeated: set[int]
) -> None:
    """Each packet is accepted once, with its original distance to the first packet."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        track = Track(Codec("audio", "opus", 48_000, 111), PythonEngine(sock), lambda seconds, callback: None)
        encoding = track.prepare([""])[""]
        for position, distance in enumerate([0, *order, *repeated]):
            parsed = ReceivedPacket(111, False, start + distance & 0xFFFF, distance * 960, 7, False, b"%d" % distance)
            if position == 0:
                encoding.start_source(parsed, 1.0)
            encoding.on_packet(parsed, None, 1.0)
    assert track.packets == 61
    first = encoding.full.cache.get(encoding.full.next_sequence - 61)
    assert first is not None
    for distance in range(1, 61):
        kept = encoding.full.cache.get(first.sequence + distance)
        assert kept is not None
        assert kept.payload == b"%d" % distance
        assert kept.timestamp - first.timestamp & 0xFFFFFFFF == distance * 960


def packet(sequence: int, keyframe: bool = False, timestamp: int = 0) -> Packet:
    return Packet(sequence, timestamp, False, False, b"%d" % sequence, keyframe)


@given(st.lists(st.integers(1000, 1100), max_size=200))
def test_the_cache_holds_the_last_packets_and_no_others(sequences: list[int]) -> None:
    cache = PacketCache(32)
    kept: dict[int, Packet] = {}
    highest = -1
    for sequence in sequences:
        made = packet(sequence)
        fresh = sequence > highest - 32 and sequence not in kept
        assert cache.put(made) is fresh
        if fresh:
            kept[sequence] = made
            highest = max(highest, sequence)
            kept = {s: p for s, p in kept.items() if s > highest - 32}
    for sequence in range(990, 1110):
        assert cache.get(sequence) is kept.get(sequence)


def test_a_late_joiner_gets_cached_pictures_only_if_complete_and_few() -> None:
    cache = PacketCache(64)
    for sequence in range(100, 110):
        cache.put(packet(sequence, keyframe=sequence in (103, 104), timestamp=sequence // 5))
    assert [p.sequence for p in cache.group_of_pictures(20, 110)] == list(range(103, 110))
    assert cache.group_of_pictures(5, 110) == []
    assert cache.group_of_pictures(20, 103) == []
    cache.put(packet(111))
    assert cache.group_of_pictures(20, 112) == [], "110 is missing"
    assert PacketCache(8).group_of_pictures(8, 0) == []
