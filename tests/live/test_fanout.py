"""What every fan-out must do: the right packets, readable by libsrtp with each viewer's key, to the right address."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator

import pylibsrtp
import pytest

from live.fanout import LATE_PACKETS_MAX, Fanout, PythonFanout, gso_available
from live.rtp import Packet, parse
from live.srtp import AEAD_AES_128_GCM, AES128_CM_SHA1_80, MasterKey, Profile

SSRC = 0x1234ABCD
Make = Callable[[socket.socket], Fanout]
IMPLEMENTATIONS: dict[str, Make] = {
    "python": lambda sock: PythonFanout(sock, SSRC),
    "python, no GSO": lambda sock: PythonFanout(sock, SSRC, gso=False),
}


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        yield opened


@pytest.fixture(params=IMPLEMENTATIONS)
def fanout(request: pytest.FixtureRequest, sock: socket.socket) -> Fanout:
    return IMPLEMENTATIONS[request.param](sock)


@pytest.fixture(params=[AEAD_AES_128_GCM, AES128_CM_SHA1_80], ids=lambda p: p.name)
def profile(request: pytest.FixtureRequest) -> Profile:
    made: Profile = request.param
    return made


class Receiver:
    """A viewer's end: a socket and libsrtp with its key."""

    def __init__(self, profile: Profile) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
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
def test_everybody_gets_every_packet(fanout: Fanout, receivers: list[Receiver], sizes: list[int]) -> None:
    outlets = [fanout.add(r.key, 96 + i, 70_000, r.address) for i, r in enumerate(receivers)]
    packets = frame(70_000, sizes)
    fanout.send(packets)
    for i, (receiver, outlet) in enumerate(zip(receivers, outlets, strict=True)):
        for data, packet in zip(receiver.receive(len(sizes)), packets, strict=True):
            check(data, packet, 96 + i, outlet.origin)
        assert outlet.packets == len(sizes)


@pytest.mark.parametrize("start", [1 << 16, (1 << 16) + 40_000, (2 << 16) - 10, (7 << 16) + 3, (1 << 32) - 5])
def test_a_stream_is_read_over_rollovers_wherever_one_joins(
    fanout: Fanout, receivers: list[Receiver], start: int
) -> None:
    """The first index is below 2^16, as libsrtp assumes; from there on none is missed."""
    receiver = receivers[0]
    outlet = fanout.add(receiver.key, 96, start, receiver.address)
    assert 0 <= start - outlet.origin < 1 << 16
    steps = [*range(start, start + 300), *range(start + 300, start + 140_000, 331)]
    for sequence in steps:
        packet = Packet(sequence, sequence & 0xFFFFFFFF, True, False, b"%d" % sequence)
        fanout.send([packet])
        check(receiver.receive(1)[0], packet, 96, outlet.origin)


def test_a_late_packet_from_before_one_joined_does_no_harm(fanout: Fanout, receivers: list[Receiver]) -> None:
    start = 1 << 16
    outlet = fanout.add(receivers[0].key, 96, start, receivers[0].address)
    packets = [Packet(start, 0, True, False, b"now"), Packet(start - LATE_PACKETS_MAX + 1, 0, True, False, b"late")]
    for packet in packets:
        fanout.send([packet])
        check(receivers[0].receive(1)[0], packet, 96, outlet.origin)


def test_one_viewer_can_be_sent_packets_again(fanout: Fanout, receivers: list[Receiver]) -> None:
    outlets = [fanout.add(r.key, 96, 70_000, r.address) for r in receivers]
    packets = frame(70_000, [500] * 4)
    fanout.send_to(outlets[1], packets[1:3])
    for data, packet in zip(receivers[1].receive(2), packets[1:3], strict=True):
        check(data, packet, 96, outlets[1].origin)
    assert receivers[0].is_silent()


def test_who_has_left_gets_nothing_and_who_has_moved_gets_it_there(fanout: Fanout, receivers: list[Receiver]) -> None:
    left, moved, stayed = (fanout.add(r.key, 96, 70_000, r.address) for r in receivers)
    fanout.remove(left)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as elsewhere:
        elsewhere.bind(("127.0.0.1", 0))
        elsewhere.settimeout(5)
        fanout.move(moved, elsewhere.getsockname())
        packets = frame(70_000, [500] * 2)
        fanout.send(packets)
        for packet in packets:
            check(receivers[1].session.unprotect(elsewhere.recv(4096)), packet, 96, moved.origin)
    assert len(receivers[2].receive(2)) == stayed.packets == 2
    assert receivers[0].is_silent()
    assert receivers[1].is_silent()


def test_a_viewer_nobody_can_reach_does_not_keep_the_others_from_it(fanout: Fanout, receivers: list[Receiver]) -> None:
    fanout.add(receivers[0].key, 96, 70_000, ("127.0.0.1", 1))
    fanout.add(receivers[0].key, 96, 70_000, ("240.0.0.1", 9))
    fanout.add(receivers[1].key, 96, 70_000, receivers[1].address)
    for start in (70_000, 70_005):
        fanout.send(frame(start, [900] * 5))
        assert len(receivers[1].receive(5)) == 5


def test_this_kernel_cuts_packets_for_us(sock: socket.socket) -> None:
    """If this fails, the server works, with twice the system calls."""
    assert gso_available(sock)
