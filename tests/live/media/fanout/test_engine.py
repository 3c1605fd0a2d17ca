"""What every fan-out must do: the right packets, readable by libsrtp with each subscriber's key, to the right
address."""

from __future__ import annotations

import contextlib
import secrets
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pylibsrtp
import pytest
from aiortc import rtp as reference
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from live.media.fanout.engine import (
    LATE_PACKETS_MAX,
    Address,
    Engine,
    Fanout,
    RewriteOffsets,
    Route,
    RtpSender,
    joining,
)
from live.media.fanout.python_engine import PythonEngine, gso_available
from live.media.kernel import KernelEngine, unavailable
from live.media.rtp.packets import Packet, extension, original, parse
from live.media.transport.srtp import AEAD_AES_128_GCM, AES128_CM_SHA1_80, MasterKey, Profile

SSRC, REPAIR_SSRC = 0x1234ABCD, 0x7777
SO_NO_CHECK = 11  # Linux; the socket module does not name it
Make = Callable[[socket.socket], Engine]
ENGINES: dict[str, Make] = {
    "python": lambda sock: PythonEngine(sock),
    "python/singly": lambda sock: PythonEngine(sock, gso=False),
}
if not unavailable():  # tests/live/media/kernel/test_kernel.py sees to it that it is built wherever it can be
    from live.media.kernel import _kernel

    for cipher in _kernel.CIPHERS:
        ENGINES[f"C/{cipher}"] = partial(KernelEngine, cipher=cipher)
        ENGINES[f"C/{cipher}/singly"] = partial(KernelEngine, cipher=cipher, gso=False)


class Hall:
    """An engine and one fan-out of it, with subscribers who join as `ForwardedStream` has them join."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.fanout: Fanout = engine.fanout()

    def sender(
        self, key: MasterKey, route: Route, offsets: RewriteOffsets, address: Address, first: int = -1
    ) -> RtpSender:
        made = self.engine.sender(key, route, address)
        made.set_offsets(offsets, max(0, offsets.origin) if first < 0 else first)
        return made

    def add(self, key: MasterKey, payload_type: int, sequence: int, address: Address) -> RtpSender:
        made = self.sender(key, Route(SSRC, payload_type), joining(sequence), address)
        self.fanout.add(made)
        return made


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        yield opened


@pytest.fixture(params=ENGINES)
def hall(request: pytest.FixtureRequest, sock: socket.socket) -> Hall:
    return Hall(ENGINES[request.param](sock))


@pytest.fixture(params=[AEAD_AES_128_GCM, AES128_CM_SHA1_80], ids=lambda p: p.name)
def profile(request: pytest.FixtureRequest) -> Profile:
    made: Profile = request.param
    return made


class Receiver:
    """A subscriber's end: a socket and libsrtp with its key."""

    def __init__(self, profile: Profile, family: socket.AddressFamily = socket.AF_INET) -> None:
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        self.socket.settimeout(5)
        self.address = self.socket.getsockname()
        self.key = MasterKey(profile, secrets.token_bytes(16), secrets.token_bytes(profile.salt_bytes))
        policy = pylibsrtp.Policy(
            key=self.key.key + self.key.salt,
            ssrc_type=pylibsrtp.Policy.SSRC_ANY_INBOUND,
            srtp_profile=profile.libsrtp,
        )
        policy.window_size = 4096
        self.session = pylibsrtp.Session(policy)

    def receive(self, count: int) -> list[bytes]:
        return [self.session.unprotect(self.socket.recv(4096)) for _ in range(count)]

    def is_silent(self) -> bool:
        self.socket.settimeout(0.05)
        try:
            self.socket.recv(4096)
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(5)
        return False


@pytest.fixture
def receivers(profile: Profile) -> Iterator[list[Receiver]]:
    made = [Receiver(profile) for _ in range(3)]
    yield made
    for receiver in made:
        receiver.socket.close()


def frame(start: int, sizes: list[int], timestamp: int = 9000) -> list[Packet]:
    last = len(sizes) - 1
    return [
        Packet(start + i, timestamp, i == last, False, bytes([i & 0xFF]) * size) for i, size in enumerate(sizes)
    ]  # fmt: skip


def check(data: bytes, packet: Packet, payload_type: int, origin: int) -> None:
    parsed = parse(data)
    assert parsed is not None
    assert parsed.payload == packet.payload
    assert parsed.sequence == packet.sequence - origin & 0xFFFF
    assert parsed.marker is packet.marker
    assert parsed.padded is packet.padded
    assert (parsed.timestamp, parsed.ssrc, parsed.payload_type) == (packet.timestamp, SSRC, payload_type)


@pytest.mark.parametrize(
    "sizes", [[100], [1100] * 5, [1100, 1099, 1100, 3], [10, 20, 30, 20, 10], [1150] * 80, [0, 1, 0], [1400] * 3]
)
def test_everybody_gets_every_packet(hall: Hall, receivers: list[Receiver], sizes: list[int]) -> None:
    senders = [hall.add(r.key, 96 + i, 70_000, r.address) for i, r in enumerate(receivers)]
    packets = frame(70_000, sizes)
    hall.fanout.send(packets)
    for i, (receiver, sender) in enumerate(zip(receivers, senders, strict=True)):
        for data, packet in zip(receiver.receive(len(sizes)), packets, strict=True):
            check(data, packet, 96 + i, sender.offsets.origin)
        assert sender.packets == len(sizes)


@pytest.mark.parametrize("start", [1 << 16, (1 << 16) + 40_000, (2 << 16) - 10, (7 << 16) + 3, (1 << 32) - 5])
def test_a_stream_is_read_over_rollovers_wherever_one_joins(hall: Hall, receivers: list[Receiver], start: int) -> None:
    """The first index is below 2^16, as libsrtp assumes; from there on none is missed."""
    receiver = receivers[0]
    sender = hall.add(receiver.key, 96, start, receiver.address)
    assert 0 <= start - sender.offsets.origin < 1 << 16
    steps = [*range(start, start + 300), *range(start + 300, start + 140_000, 331)]
    for sequence in steps:
        packet = Packet(sequence, sequence & 0xFFFFFFFF, True, False, b"%d" % sequence)
        hall.fanout.send([packet])
        check(receiver.receive(1)[0], packet, 96, sender.offsets.origin)


def test_a_late_packet_from_before_one_joined_does_no_harm(hall: Hall, receivers: list[Receiver]) -> None:
    start = 1 << 16
    sender = hall.add(receivers[0].key, 96, start, receivers[0].address)
    packets = [Packet(start, 0, True, False, b"now"), Packet(start - LATE_PACKETS_MAX + 1, 0, True, False, b"late")]
    for packet in packets:
        hall.fanout.send([packet])
        check(receivers[0].receive(1)[0], packet, 96, sender.offsets.origin)


def test_one_viewer_can_be_sent_packets_again(hall: Hall, receivers: list[Receiver]) -> None:
    senders = [hall.add(r.key, 96, 70_000, r.address) for r in receivers]
    packets = frame(70_000, [500] * 4)
    hall.fanout.send_to(senders[1], packets[1:3])
    for data, packet in zip(receivers[1].receive(2), packets[1:3], strict=True):
        check(data, packet, 96, senders[1].offsets.origin)
    assert receivers[0].is_silent()


def test_who_has_left_gets_nothing_and_who_has_moved_gets_it_there(hall: Hall, receivers: list[Receiver]) -> None:
    left, moved, stayed = (hall.add(r.key, 96, 70_000, r.address) for r in receivers)
    hall.fanout.remove(left)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.settimeout(5)
        moved.move(elsewhere.getsockname())
        packets = frame(70_000, [500] * 2)
        hall.fanout.send(packets)
        for packet in packets:
            check(receivers[1].session.unprotect(elsewhere.recv(4096)), packet, 96, moved.offsets.origin)
    assert len(receivers[2].receive(2)) == stayed.packets == 2
    assert receivers[0].is_silent()
    assert receivers[1].is_silent()


def test_a_viewer_nobody_can_reach_does_not_keep_the_others_from_it(hall: Hall, receivers: list[Receiver]) -> None:
    hall.add(receivers[0].key, 96, 70_000, ("127.0.0.1", 1))
    hall.add(receivers[0].key, 96, 70_000, ("240.0.0.1", 9))
    hall.add(receivers[1].key, 96, 70_000, receivers[1].address)
    for start in (70_000, 70_005):
        hall.fanout.send(frame(start, [900] * 5))
        assert len(receivers[1].receive(5)) == 5


def test_a_viewer_counts_on_when_it_moves_to_another_rendition(hall: Hall, receivers: list[Receiver]) -> None:
    """Its numbers and picture ids go on, and nothing from before the switch reaches it under a number it has seen."""
    receiver = receivers[0]
    sender = hall.add(receiver.key, 96, 70_000, receiver.address)
    hall.fanout.send(frame(70_000, [300] * 2))
    last = parse(receiver.receive(2)[-1])
    assert last is not None
    other = hall.engine.fanout()
    hall.fanout.remove(sender)
    sender.set_offsets(RewriteOffsets(500 - (70_002 - sender.offsets.origin), 77, 5, 3), 500)
    other.add(sender)
    payload = b"\x90\xe0\xff\xfe\xff\x20" + b"picture"
    keyframe = Packet(500, 0xFFFFFFFF, True, False, payload, True, picture_at=2, tl0_at=4)
    other.send([keyframe])
    other.send([Packet(498, 1, True, False, b"from before")])
    other.send([Packet(501, 1, True, False, b"after")])
    seen = [parse(data) for data in receiver.receive(2)]
    assert receiver.is_silent()
    assert seen[0] is not None
    assert seen[1] is not None
    assert [p.sequence for p in seen if p] == [last.sequence + 1 & 0xFFFF, last.sequence + 2 & 0xFFFF]
    assert seen[0].timestamp == 76
    assert seen[0].payload == b"\x90\xe0\x80\x03\x02\x20picture"
    assert seen[1].payload == b"after"
    assert keyframe.payload == payload, "what others get is as it was"


def test_what_was_lost_comes_again_as_it_was_where_nothing_else_was_agreed(
    hall: Hall, receivers: list[Receiver]
) -> None:
    sender = hall.add(receivers[0].key, 96, 70_000, receivers[0].address)
    packet = Packet(70_003, 9000, True, False, b"lost")
    sender.repeat([packet], sender.offsets, 1)
    check(receivers[0].receive(1)[0], packet, 96, sender.offsets.origin)
    assert sender.packets == 1


def test_what_was_lost_comes_again_as_a_retransmission(hall: Hall, receivers: list[Receiver]) -> None:
    route = Route(SSRC, 96, REPAIR_SSRC, 97, 3)
    sender = hall.sender(receivers[0].key, route, RewriteOffsets(65_536, 5, 1), receivers[0].address)
    packets = [
        Packet(70_003, 9000, True, False, b"\x90\x80\x80\x01lost", picture_at=2),
        Packet(70_009, 9001, False, True, b"padded\0\2"),
    ]
    sender.repeat(packets, sender.offsets, 0xABCDEF)
    sender.repeat(packets[:1], RewriteOffsets(70_000), 1)
    first, second, third = receivers[0].receive(3)
    repairs = [parse(data) for data in (first, second, third)]
    assert all(p is not None and p.ssrc == REPAIR_SSRC and p.payload_type == 97 for p in repairs)
    assert [p.sequence - repairs[0].sequence & 0xFFFF for p in repairs if p and repairs[0]] == [0, 1, 2]
    assert repairs[0] is not None
    assert repairs[1] is not None
    assert extension(repairs[0].extensions, 3) == b"\xab\xcd\xef"
    assert repairs[1].padded
    inside = [original(p, 96, SSRC) for p in repairs if p]
    assert [(p.sequence, p.timestamp, p.marker, p.payload) for p in inside if p] == [
        (70_003 - 65_536, 9005, True, b"\x90\x80\x80\x02lost"),
        (70_009 - 65_536, 9006, False, b"padded\0\2"),
        (3, 9000, True, packets[0].payload),
    ]


def test_the_time_of_sending_is_in_every_packet_of_who_asked_for_it(hall: Hall, receivers: list[Receiver]) -> None:
    with_time = hall.sender(receivers[0].key, Route(SSRC, 96, send_time=14), joining(70_000), receivers[0].address)
    hall.fanout.add(with_time)
    hall.add(receivers[1].key, 96, 70_000, receivers[1].address)
    packets = frame(70_000, [800] * 3)
    for packet in packets:
        packet.send_time = 0x123456
    hall.fanout.send(packets)
    for data, packet in zip(receivers[0].receive(3), packets, strict=True):
        check(data, packet, 96, with_time.offsets.origin)
        parsed = parse(data)
        assert parsed is not None
        assert extension(parsed.extensions, 14) == b"\x12\x34\x56"
    assert all(len(data) == 812 for data in receivers[1].receive(3))


def values(data: bytes) -> dict[int, bytes]:
    """All header extensions of a packet, as another implementation reads them."""
    if not data[0] & 0x10:
        return {}
    profile, words = struct.unpack_from("!HH", data, 12)
    found: dict[int, bytes] = dict(reference.unpack_header_extensions(profile, data[16 : 16 + 4 * words]))
    parsed = parse(data)
    assert parsed is not None
    assert found == {number: extension(parsed.extensions, number) for number in found}
    return found


@pytest.mark.parametrize(
    ("described", "size", "profile_of_extensions"),
    [(1, 3, 0xBEDE), (14, 16, 0xBEDE), (14, 17, 0x1000), (15, 3, 0x1000), (16, 16, 0x1000), (255, 255, 0x1000)],
)
@pytest.mark.parametrize("timed", [0, 2])
def test_what_a_frame_needs_is_told_in_every_packet_and_again_in_what_was_lost(
    hall: Hall, receivers: list[Receiver], described: int, size: int, profile_of_extensions: int, timed: int
) -> None:
    """In the short form where that can say it. Frame numbers go on from what the subscriber watched before."""
    route = Route(SSRC, 96, REPAIR_SSRC, 97, timed, described)
    offsets = RewriteOffsets(65_536, frame=3)
    sender = hall.sender(receivers[0].key, route, offsets, receivers[0].address)
    hall.fanout.add(sender)
    hall.add(receivers[1].key, 96, 70_000, receivers[1].address)
    packets = frame(70_000, [800, 800, 40])
    packets[0].descriptor = b"\x80\xff\xfe" + secrets.token_bytes(size - 3)
    packets[1].descriptor = b"\x40\xff\xfe"
    for packet in packets:
        packet.send_time = 0x123456
    hall.fanout.send(packets)
    sender.repeat(packets[:1], offsets, 0xABCDEF)
    sender.repeat(packets[:1], RewriteOffsets(65_536), 0xABCDEF)
    *got, again, before = receivers[0].receive(5)
    for data, packet in zip(got, packets, strict=True):
        check(data, packet, 96, offsets.origin)
        told = {described: packet.descriptor[:1] + b"\x00\x01" + packet.descriptor[3:]} if packet.descriptor else {}
        assert values(data) == told | ({timed: b"\x12\x34\x56"} if timed else {})
    assert struct.unpack_from("!H", got[0], 12)[0] == profile_of_extensions
    late = {timed: b"\xab\xcd\xef"} if timed else {}
    assert values(again) == values(got[0]) | late
    assert values(before) == {described: packets[0].descriptor} | late
    assert all(values(data) == {} for data in receivers[1].receive(3))


class Pipe:
    """What a subscriber reached by TCP is to a fan-out."""

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def write(self, framed: bytes) -> None:
        self.written.append(framed)

    def packets(self, receiver: Receiver) -> list[bytes]:
        data, found = b"".join(self.written), []
        while data:
            size = int.from_bytes(data[:2], "big")
            found.append(receiver.session.unprotect(data[2 : 2 + size]))
            data = data[2 + size :]
        return found


def test_a_viewer_by_tcp_gets_the_same_packets_framed(hall: Hall, receivers: list[Receiver]) -> None:
    pipe = Pipe()
    sender = hall.add(receivers[0].key, 96, 70_000, pipe)
    hall.add(receivers[1].key, 96, 70_000, receivers[1].address)
    packets = frame(70_000, [1100, 1100, 40])
    hall.fanout.send(packets)
    sender.repeat([Packet(70_007, 0, False, False, b"again")], sender.offsets, 0)
    got = pipe.packets(receivers[0])
    for data, packet in zip(got, packets, strict=False):
        check(data, packet, 96, sender.offsets.origin)
    assert len(got) == sender.packets == 4
    assert len(receivers[1].receive(3)) == 3
    assert sender.bytes == sum(map(len, pipe.written)) - 2 * 4


def test_who_leaves_while_another_is_written_to_does_not_harm_the_rest(hall: Hall, receivers: list[Receiver]) -> None:
    class Leaver(Pipe):
        def write(self, framed: bytes) -> None:
            super().write(framed)
            if len(self.written) == 1:
                hall.fanout.remove(leaving)
                hall.fanout.remove(sender)

    pipe = Leaver()
    sender = hall.add(receivers[0].key, 96, 70_000, pipe)
    leaving = hall.add(receivers[1].key, 96, 70_000, receivers[1].address)
    hall.add(receivers[2].key, 97, 70_000, receivers[2].address)
    for start in (70_000, 70_002):
        hall.fanout.send(frame(start, [900] * 2))
        assert len(receivers[2].receive(2)) == 2
    assert 1 <= len(pipe.packets(receivers[0])) == sender.packets <= 2
    assert leaving.packets <= 2


def test_nothing_comes_from_before_the_packet_one_begins_with(hall: Hall, receivers: list[Receiver]) -> None:
    """Whatever order frames come in, and within a frame too."""
    receiver, route = receivers[0], Route(SSRC, 96)
    sender = hall.sender(receiver.key, route, joining(70_000), receiver.address, first=70_002)
    hall.fanout.add(sender)
    packets = frame(70_000, [500, 500, 700, 20, 500, 30])
    hall.fanout.send(packets)
    hall.fanout.send_to(sender, packets)
    for data, packet in zip(receiver.receive(4), packets[2:], strict=True):
        check(data, packet, 96, sender.offsets.origin)
    for _ in range(4):
        receiver.socket.recv(4096)  # the same once more, which libsrtp would refuse
    assert receiver.is_silent()
    assert sender.packets == 8


def test_what_makes_no_sense_is_refused_and_changes_nothing(hall: Hall, receivers: list[Receiver]) -> None:
    receiver = receivers[0]
    sender = hall.add(receiver.key, 96, 70_000, receiver.address)
    before = sender.offsets
    never_sent = [Packet(70_000, 0, False, False, b""), Packet(3, 0, False, False, b"")]
    calls: list[Callable[[], None]] = [
        lambda: hall.fanout.add(sender),
        lambda: hall.engine.fanout().add(sender),
        lambda: hall.engine.fanout().remove(sender),
        lambda: sender.set_offsets(RewriteOffsets(1), 1),
        lambda: sender.repeat(never_sent, before, 0),
    ]
    for refused in calls:
        with pytest.raises(ValueError):
            refused()
    other = hall.sender(receiver.key, Route(SSRC, 96), RewriteOffsets(5), receiver.address)
    for offsets, first in ((RewriteOffsets(70_000), 69_999), (RewriteOffsets(-5), -1)):
        with pytest.raises(ValueError):
            other.set_offsets(offsets, first)
    assert (sender.offsets, other.offsets) == (before, RewriteOffsets(5))
    assert receiver.is_silent()
    hall.fanout.send([Packet(70_000, 9000, True, False, b"goes on")])
    assert len(receiver.receive(1)) == sender.packets == 1


def test_a_closed_socket_loses_packets_and_nothing_else(
    hall: Hall, receivers: list[Receiver], sock: socket.socket
) -> None:
    sender = hall.add(receivers[0].key, 96, 70_000, receivers[0].address)
    sock.close()
    hall.fanout.send(frame(70_000, [900] * 3))
    sender.repeat([Packet(70_001, 0, False, False, b"again")], sender.offsets, 0)
    assert (sender.packets, sender.bytes) == (0, 0)
    assert hall.engine.dropped == 4  # type: ignore[attr-defined]


@pytest.mark.parametrize("sizes", [[900] * 5, [900] * 4 + [10], [900, 901, 900]])
def test_a_route_that_refuses_gso_gets_single_packets(
    hall: Hall, receivers: list[Receiver], sock: socket.socket, sizes: list[int]
) -> None:
    """Linux cuts only what it may checksum: a socket without checksums stands for a device that cannot."""
    sock.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    senders = [hall.add(r.key, 96, 70_000, r.address) for r in receivers]
    for start in (70_000, 70_010):
        packets = frame(start, sizes)
        hall.fanout.send(packets)
        for receiver, sender in zip(receivers, senders, strict=True):
            for data, packet in zip(receiver.receive(len(sizes)), packets, strict=True):
                check(data, packet, 96, sender.offsets.origin)
    assert [o.packets for o in senders] == [2 * len(sizes)] * 3
    assert all(o.bytes > 2 * sum(sizes) for o in senders)


@pytest.fixture
def both_families() -> Iterator[socket.socket]:
    """A socket for IPv6 that IPv4 reaches too, as the port opens for `::`."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as opened:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        try:
            opened.bind(("::", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        yield opened


@pytest.mark.parametrize("refused", [False, True], ids=["", "GSO refused to IPv4"])
@pytest.mark.parametrize("engine", ENGINES)
def test_one_socket_reaches_viewers_by_ipv6_and_by_ipv4(
    engine: str, profile: Profile, both_families: socket.socket, refused: bool
) -> None:
    """Each with the address as the socket gives it. That one route refuses GSO is nothing to the other."""
    if refused:
        both_families.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    hall = Hall(ENGINES[engine](both_families))
    with contextlib.ExitStack() as stack:
        receivers = [Receiver(profile, family) for family in (socket.AF_INET6, socket.AF_INET, socket.AF_INET6)]
        for receiver in receivers:
            stack.enter_context(receiver.socket)
            host = receiver.address[0]
            receiver.socket.sendto(b"hello", (host, both_families.getsockname()[1]))
        senders = [hall.add(r.key, 96, 70_000, both_families.recvfrom(9)[1]) for r in receivers]
        for start in (70_000, 70_010):
            packets = frame(start, [700] * 3)
            hall.fanout.send(packets)
            senders[1].repeat(frame(start + 3, [70]), senders[1].offsets, 0)
            for receiver, sender in zip(receivers, senders, strict=True):
                for data, packet in zip(receiver.receive(3), packets, strict=True):
                    check(data, packet, 96, sender.offsets.origin)
            assert len(receivers[1].receive(1)) == 1


@dataclass
class Watcher:
    """A subscriber of one engine and the same of another."""

    senders: tuple[RtpSender, RtpSender]
    sockets: tuple[socket.socket, socket.socket]

    def got(self) -> tuple[list[bytes], list[bytes]]:
        one, other = ([s.recv(4096) for _ in range(o.packets)] for s, o in zip(self.sockets, self.senders, strict=True))
        return one, other


def packets_of_any_kind() -> st.SearchStrategy[list[Packet]]:
    @st.composite
    def packet(draw: st.DrawFn) -> Packet:
        size = draw(st.one_of(st.just(1100), st.integers(0, 1500)))
        picture_at = draw(st.integers(1, size - 2)) if size > 3 and draw(st.booleans()) else 0
        tl0_at = draw(st.integers(0, size - 1).filter(lambda at: at - picture_at not in (0, 1))) if picture_at else 0
        made = Packet(
            0, draw(st.integers(0, 2**32 - 1)), draw(st.booleans()), draw(st.booleans()),
            draw(st.randoms(use_true_random=False)).randbytes(size), False, picture_at, tl0_at,
        )  # fmt: skip
        made.send_time = draw(st.integers(0, 2**24 - 1))
        made.descriptor = draw(descriptors)
        return made

    descriptors = st.one_of(
        st.sampled_from((b"", b"\x80\0\1", b"\x00\xff\xff")), st.binary(min_size=3, max_size=20),
        st.binary(min_size=3, max_size=255),
    )  # fmt: skip

    return st.lists(packet(), min_size=1, max_size=8)


def routes_of_any_kind() -> st.SearchStrategy[Route]:
    ssrcs, types = st.integers(0, 2**32 - 1), st.integers(0, 127)
    ids = st.one_of(st.integers(0, 16), st.integers(0, 255))
    return st.builds(Route, ssrcs, types, ssrcs, st.one_of(st.just(0), types), st.integers(0, 14), ids)


def numbers_of_any_kind(start: int) -> st.SearchStrategy[RewriteOffsets]:
    origins = st.integers(start - 2**47 + 1, start)
    shifts = st.integers(-(2**33), 2**33), st.integers(0, 2**16), st.integers(0, 2**9), st.integers(-9, 2**17)
    return st.builds(RewriteOffsets, origins, *shifts)


@pytest.mark.parametrize("engine", [name for name in ENGINES if name != "python"])
@settings(max_examples=40, deadline=None, phases=[Phase.reuse, Phase.generate], suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_engine_sends_the_very_same_bytes(engine: str, data: st.DataObject) -> None:
    """Whatever is sent and whoever watches, compared with the engine in Python."""
    start = data.draw(st.one_of(st.integers(0, 2**18), st.integers(0, 2**47 - 100)), label="start")
    with contextlib.ExitStack() as stack:

        def opened() -> socket.socket:
            made = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            made.bind(("127.0.0.1", 0))
            made.settimeout(5)
            return made

        engines = ENGINES["python"](opened()), ENGINES[engine](opened())
        fanouts = [engine.fanout() for engine in engines]
        watchers = []
        for _ in range(data.draw(st.integers(1, 4), label="watchers")):
            profile = data.draw(st.sampled_from([AEAD_AES_128_GCM, AES128_CM_SHA1_80]), label="profile")
            key = MasterKey(profile, secrets.token_bytes(16), secrets.token_bytes(profile.salt_bytes))
            route, offsets = data.draw(routes_of_any_kind()), data.draw(numbers_of_any_kind(start))
            first = max(0, offsets.origin, start + data.draw(st.integers(-2, 9), label="first"))
            sockets = opened(), opened()
            senders = tuple(
                engine.sender(key, route, s.getsockname()) for engine, s in zip(engines, sockets, strict=True)
            )
            for fanout, sender in zip(fanouts, senders, strict=True):
                sender.set_offsets(offsets, first)
                fanout.add(sender)
            watchers.append(Watcher((senders[0], senders[1]), sockets))
        for _ in range(2):
            packets = data.draw(packets_of_any_kind(), label="packets")
            for i, packet in enumerate(packets):
                packet.sequence = start + i
            for fanout in fanouts:
                fanout.send(packets)
            chosen = data.draw(st.sampled_from(watchers), label="who missed something")
            one, other = chosen.senders
            one.repaired = other.repaired  # type: ignore[attr-defined]  # where it begins is anybody's guess
            for fanout, sender in zip(fanouts, chosen.senders, strict=True):
                fanout.send_to(sender, packets[1:])
                sender.repeat(packets, sender.offsets, packets[0].send_time)
            start += len(packets)
        for watcher in watchers:
            one, other = watcher.senders
            assert (one.packets, one.bytes, one.offsets) == (other.packets, other.bytes, other.offsets)
            expected, got = watcher.got()
            assert got == expected
            assert sum(map(len, got)) == other.bytes


def test_this_kernel_cuts_packets_for_us(sock: socket.socket) -> None:
    """If this fails, the server works, with twice the system calls."""
    assert gso_available(sock)
