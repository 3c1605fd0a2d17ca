"""What the tests of fan-outs share: the engines under test, a stream of one of them, and a receiver with libsrtp."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable
from functools import partial

import pylibsrtp

from live.media.fanout.engine import Engine, Fanout, RewriteOffsets, Route, RtpSender, joining
from live.media.fanout.python_engine import PythonEngine
from live.media.kernel import KernelEngine, unavailable
from live.media.rtp.packets import Packet, parse
from live.media.transport.addresses import Address
from live.media.transport.srtp import MasterKey, Profile

SSRC, REPAIR_SSRC = 0x1234ABCD, 0x7777
SO_NO_CHECK = 11  # Linux; the socket module does not name it
Make = Callable[[socket.socket], Engine]
ENGINES: dict[str, Make] = {
    "python": lambda sock: PythonEngine(sock),
    "python/singly": lambda sock: PythonEngine(sock, gso=False),
}
if not unavailable():  # tests/live/media/kernel/test_kernel.py checks that it is built where possible
    from live.media.kernel import _kernel

    for cipher in _kernel.CIPHERS:
        ENGINES[f"C/{cipher}"] = partial(KernelEngine, cipher=cipher)
        ENGINES[f"C/{cipher}/singly"] = partial(KernelEngine, cipher=cipher, gso=False)


class Stream:
    """An engine and one fan-out of it, whose subscribers join as they join a `ForwardedStream`."""

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
