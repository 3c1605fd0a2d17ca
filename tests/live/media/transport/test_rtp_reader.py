"""Every RTP reader must return a publisher's media decrypted and parsed, and everything else unchanged."""

from __future__ import annotations

import secrets
import socket
import struct
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.kernel import KernelReceiveEngine, unavailable
from live.media.rtp.packets import ReceivedPacket, parse
from live.media.transport.feedback_filter import DATAGRAM_BYTES_MAX, DATAGRAMS_PER_READ_MAX
from live.media.transport.receive_engine import PythonReceiveEngine, ReceiveEngine
from live.media.transport.srtp import AEAD_AES_128_GCM, AES128_CM_SHA1_80, MasterKey, Profile, sealer

READINGS: dict[str, Callable[[], ReceiveEngine]] = {"python": PythonReceiveEngine}
if not unavailable():  # tests/live/media/kernel/test_kernel.py checks that it is built where possible
    READINGS["C/kernel"] = KernelReceiveEngine

SSRC = 77


class Post:
    """A publisher's socket, and the publisher."""

    def __init__(self, name: str, host: str = "127.0.0.1", profile: Profile = AEAD_AES_128_GCM) -> None:
        reading = READINGS[name]()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.line, self.theirs = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        for sock in (self.line, self.theirs):
            sock.bind((host, 0))
            sock.setblocking(False)
        self.to, self.address = self.line.getsockname(), self.theirs.getsockname()
        key = MasterKey(profile, secrets.token_bytes(16), secrets.token_bytes(profile.salt_bytes))
        self.sealer = sealer(key)
        self.rtp_reader = reading.rtp_reader(self.line, self.address, reading.opener(key))
        self.index = 0

    def send(self, *data: bytes) -> None:
        for one in data:
            self.theirs.sendto(one, self.to)

    def media(self, payload: bytes, head: bytes = b"") -> bytes:
        self.index += 1
        head = head or struct.pack("!BBHLL", 0x80, 96, self.index, 5, SSRC)
        return head + self.sealer.seal(SSRC, self.index, head, payload)

    def close(self) -> None:
        self.line.close()
        self.theirs.close()


@pytest.fixture(params=[(name, host) for name in READINGS for host in ("127.0.0.1", "::1")], ids="-".join)
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    made = Post(*request.param)
    yield made
    made.close()


def test_media_is_decrypted(post: Post) -> None:
    sent = [secrets.token_bytes(size) for size in (0, 1, 500, 1400)]
    post.send(*(post.media(payload) for payload in sent))
    packets, reports, others, emptied = post.rtp_reader.read_waiting()
    assert [packet.payload for packet in packets] == sent
    assert (len(reports), len(others), emptied) == (0, 0, True)
    assert not any(post.rtp_reader.read_waiting()[:3])


@given(
    first=st.integers(0, 63), second=st.integers(0, 255).filter(lambda b: not 192 <= b < 224),
    sources=st.binary(min_size=60, max_size=60), extensions=st.binary(max_size=120), payload=st.binary(max_size=40),
)  # fmt: skip
@pytest.mark.parametrize("name", READINGS)
@pytest.mark.parametrize("profile", [AEAD_AES_128_GCM, AES128_CM_SHA1_80], ids=lambda p: p.name)
def test_packets_are_parsed_as_by_parse(
    name: str, profile: Profile, first: int, second: int, sources: bytes, extensions: bytes, payload: bytes
) -> None:
    post = Post(name, profile=profile)
    try:
        head = struct.pack("!BBHLL", 0x80 | first, second, 1, 0x89ABCDEF, SSRC) + sources[: 4 * (first & 15)]
        if first & 16:
            padded = extensions + bytes(-len(extensions) % 4)
            head += struct.pack("!HH", 0xBEDE, len(padded) // 4) + padded
        post.send(post.media(payload, head))
        packets, *_ = post.rtp_reader.read_waiting()
        assert [packet._replace(at=0.0) for packet in packets] == [parse(head + payload)]
        assert all(type(packet) is ReceivedPacket for packet in packets)
    finally:
        post.close()


def test_reports_are_separate_from_media(post: Post) -> None:
    report = struct.pack("!BBHL", 0x80, 200, 1, SSRC)
    post.send(post.media(b"a"), post.sealer.seal_rtcp(report, 1), post.media(b"b"), post.sealer.seal_rtcp(report, 2))
    packets, reports, others, _ = post.rtp_reader.read_waiting()
    assert [packet.payload for packet in packets] == [b"a", b"b"]
    assert list(reports) == [report, report]
    assert not others


def test_other_datagrams_are_returned_unchanged(post: Post) -> None:
    neither = [bytes((first,)) + b"something" for first in (0, 3, 20, 63, 64, 127, 192, 255)] + [b"\0"]
    post.send(*neither, b"")
    packets, reports, others, _ = post.rtp_reader.read_waiting()
    assert [data for data, _ in others] == neither
    assert all(address == post.address for _, address in others)
    assert not packets
    assert not reports


def test_forged_or_replayed_packets_are_dropped(post: Post) -> None:
    sealed = post.media(b"payload")
    forged = sealed[:-1] + bytes((sealed[-1] ^ 1,))
    post.send(forged, sealed[:11], sealed, sealed, sealed + bytes(DATAGRAM_BYTES_MAX), b"\x80", b"\x80\xc8")
    packets, reports, others, _ = post.rtp_reader.read_waiting()
    assert [packet.payload for packet in packets] == [b"payload"]
    assert not reports
    assert not others


def test_other_senders_datagrams_are_returned_undecrypted(post: Post) -> None:
    """Between bind and connect, other senders' datagrams may arrive."""
    with socket.socket(post.line.family, socket.SOCK_DGRAM) as stranger:
        stranger.bind((post.address[0], 0))
        sealed = post.media(b"payload")
        stranger.sendto(sealed, post.to)
        packets, _, others, _ = post.rtp_reader.read_waiting()
        assert list(others) == [(sealed, stranger.getsockname())]
        assert not packets
    post.send(sealed)
    assert len(post.rtp_reader.read_waiting()[0]) == 1


def test_a_read_is_bounded(post: Post) -> None:
    post.send(*(post.media(b"x") for _ in range(DATAGRAMS_PER_READ_MAX + 5)))
    packets, *_, emptied = post.rtp_reader.read_waiting()
    assert len(packets) == DATAGRAMS_PER_READ_MAX
    assert not emptied
    packets, *_, emptied = post.rtp_reader.read_waiting()
    assert len(packets) == 5
    assert emptied


def test_after_an_icmp_error_it_reads_on(post: Post) -> None:
    post.line.connect(post.address)
    post.theirs.close()
    post.line.send(b"to nobody")
    post.line.setblocking(False)
    assert not any(post.rtp_reader.read_waiting()[:3])
    post.theirs = socket.socket(post.line.family, socket.SOCK_DGRAM)
    post.theirs.bind(post.address)
    post.send(post.media(b"x"))
    assert len(post.rtp_reader.read_waiting()[0]) == 1


def test_a_closed_socket_returns_nothing(post: Post) -> None:
    post.line.close()
    assert not any(post.rtp_reader.read_waiting()[:3])


@pytest.mark.parametrize("name", READINGS)
def test_a_packet_has_its_time_of_arrival(name: str) -> None:
    """From the kernel if possible: publishers estimate their bandwidth from it, so our own delays must not count."""
    post = Post(name)
    try:
        exact = False
        for _ in range(50):  # the kernel enables timestamps with a short delay
            before = time.monotonic()
            post.send(post.media(b"x"))
            time.sleep(0.1)
            between = time.monotonic()
            ((packet,), *_) = post.rtp_reader.read_waiting()
            assert before - 0.01 <= packet.at <= time.monotonic()
            exact = packet.at < between - 0.05
            if exact or name == "python":
                break
        assert exact == (name != "python")
    finally:
        post.close()
