"""Random calls from Python to the kernel, in any order. The kernel may refuse them or lose packets, but nothing else.

Run it on a kernel built with sanitizers, which end the process at the first invalid read or write.
"""

from __future__ import annotations

import asyncio
import gc
import random
import secrets
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from live.media.fanout.engine import RewriteOffsets, Route, joining
from live.media.kernel import KernelEngine, KernelFanout, _kernel
from live.media.rtp.packets import Packet, ReceivedPacket, parse
from live.media.transport import stun
from live.media.transport.srtp import AEAD_AES_128_GCM, AES128_CM_SHA1_80, LibsrtpOpener, MasterKey, sealer

REFUSALS = (ValueError, TypeError, OverflowError, AttributeError)
SENDERS_MAX, FANOUTS_MAX = 120, 6
EDGES = (-1, 0, 1, 2, 14, 15, 127, 128, 255, 256, 1499, 1500, 1501, 2**15, 2**16 - 1, 2**16, 2**24, 2**31, 2**32 - 1,
         2**32, 2**47 - 1, 2**47, 2**48, 2**63 - 1, 2**63, 2**64, -(2**31), -(2**47), -(2**63), 2**200)  # fmt: skip


class Fuzzer:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.steps = self.refused = self.depth = 0
        self.sequence = 70_000
        self.sink = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)  # receives packets, but is never read
        self.sink.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self.sink.bind(("::", 0))
        self.begin()

    def begin(self) -> None:
        """Start with a new engine and new objects."""
        family = self.random.choice([socket.AF_INET, socket.AF_INET6])
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.engine = KernelEngine(
            self.socket, gso=self.random.random() < 0.7, cipher=self.random.choice(_kernel.CIPHERS),
            send_ns_max=self.random.choice([0, 0, 2_000_000]),
        )  # fmt: skip
        self.fanouts = [self.engine.fanout()]
        self.rtp_senders: list[Any] = []
        self.port = socket.socket(family, socket.SOCK_DGRAM)
        self.port.setblocking(False)
        self.port.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        self.senders = [socket.socket(family, socket.SOCK_DGRAM) for _ in range(3)]
        for sender in self.senders:
            sender.connect(self.port.getsockname())
        self.feedback_filter = _kernel.FeedbackFilter(self.port)
        self.connect()

    def number(self, *usual: int) -> int:
        if self.random.random() < 0.98:
            return self.random.choice(usual)
        return self.random.choice(EDGES)

    def packet(self) -> Packet:
        size = self.random.choice([0, 1, 15, 16, 17, 112, 113, 128, 1100, 1100, 1100, 1500, self.number(1101)])
        size = size if 0 <= size < 70_000 else 1501
        picture = self.random.random() < 0.2
        self.sequence += self.random.choice([1, 1, 1, 1, 0, -3, 5])
        made = Packet(
            self.number(self.sequence), self.number(9000), self.random.random() < 0.5, self.random.random() < 0.5,
            self.random.randbytes(size), False, self.number(1, size) if picture else 0,
            self.number(0, 3, size - 1) if picture else 0,
        )  # fmt: skip
        made.send_time = self.number(0, 2**24 - 1)
        if self.random.random() < 0.4:
            made.descriptor = self.random.randbytes(self.random.choice([3, 3, 3, 4, 16, 17, 100, 254, 255, 255, 3, 2]))
        elif self.random.random() < 0.005:
            made.descriptor = self.random.choice([b"1", bytes(256), bytes(2**16)])
        if self.random.random() < 0.01:
            field = self.random.choice(Packet.__slots__)
            setattr(made, field, self.random.choice([None, "x", 1.5, b"", bytearray(9)]))
        return made

    def packets(self) -> list[Packet]:
        return [self.packet() for _ in range(self.random.choice([0, 1, 1, 3, 5, 5, 64, 65, 70]))]

    def offsets(self) -> Any:
        if self.random.random() < 0.02:
            return self.random.choice([None, (1, 2), (1, 2, 3, 4, "x"), (1, 2, 3, 4), [1, 2, 3, 4, 5]])
        return RewriteOffsets(
            self.number(0, 65_536, self.sequence), self.number(0, -1), self.number(0, 9), self.number(0, 9),
            self.number(0, 9, 65_535),
        )  # fmt: skip

    def address(self) -> Any:
        kind, port = self.random.random(), self.number(self.sink.getsockname()[1])
        if kind < 0.15:
            return Nasty(self)
        if kind < 0.25:
            return self.random.choice(
                [None, (), ("::1",), ("x", 1), (b"::1", 1), ("::1\0", 1), ("1.2.3.4.5", 1), ("240.0.0.1", 9), object()]
            )
        if self.socket.family == socket.AF_INET or kind < 0.4:
            return "127.0.0.1", port
        return self.random.choice([("::1", port), ("::ffff:127.0.0.1", port, 0, 0), ("::1", port, self.number(0), 0)])

    def step(self) -> None:
        doing: list[Callable[[], object]] = [
            self.open_sender, self.open_sender, self.add, self.add, self.add, self.remove, self.move, self.set_offsets,
            self.send, self.send, self.send, self.send_to, self.repeat, self.advance, self.post, self.post, self.post,
            self.turn, self.know, self.forget_known, self.look_up, self.take, self.take, self.open, self.seal,
        ]  # fmt: skip
        rare: list[Callable[[], object]] = [
            self.open_fanout, self.forget, self.socket.close, self.port.close, self.begin, gc.collect,
        ]  # fmt: skip
        self.steps += 1
        try:
            self.random.choice(rare if self.random.random() < 0.01 else doing)()
        except REFUSALS:
            self.refused += 1

    def some(self) -> Any:
        return self.random.choice(self.rtp_senders) if self.rtp_senders else None

    def fanout(self) -> KernelFanout:
        return self.random.choice(self.fanouts)

    def open_sender(self) -> None:
        if len(self.rtp_senders) >= SENDERS_MAX:
            return
        profile = self.random.choice([AEAD_AES_128_GCM, AES128_CM_SHA1_80])
        salt_bytes = profile.salt_bytes if self.random.random() < 0.97 else self.random.choice([0, 12, 14, 40])
        key = MasterKey(profile, secrets.token_bytes(16), secrets.token_bytes(salt_bytes))
        route = Route(
            self.number(1),
            self.number(96),
            self.number(2),
            self.number(0, 97),
            self.number(0, 3),
            self.number(0, 4, 14, 15, 16, 255),
        )
        self.rtp_senders.append(self.engine.sender(key, route, self.address()))

    def open_fanout(self) -> None:
        if len(self.fanouts) < FANOUTS_MAX:
            self.fanouts.append(self.engine.fanout())

    def forget(self) -> None:
        """Release some objects, perhaps while they are in use."""
        del self.rtp_senders[: self.random.randrange(20)]
        if len(self.fanouts) > 1:
            self.fanouts.pop(0)

    def add(self) -> None:
        self.fanout().add(self.some())

    def remove(self) -> None:
        self.fanout().remove(self.some())

    def move(self) -> None:
        if self.rtp_senders:
            self.some().move(self.address())

    def set_offsets(self) -> None:
        if not self.rtp_senders:
            return
        rtp_sender = self.some()
        for fanout in self.fanouts:
            with suppress(ValueError):
                fanout.remove(rtp_sender)
        rtp_sender.set_offsets(self.offsets(), self.number(self.sequence, self.sequence - 100))
        self.fanout().add(rtp_sender)

    def send(self) -> None:
        self.fanout().send(self.packets())

    def send_to(self) -> None:
        self.fanout().send_to(self.some(), self.packets())

    def repeat(self) -> None:
        if self.rtp_senders:
            self.some().repeat(self.packets(), self.offsets(), self.number(5))

    def advance(self) -> None:
        """Calls that the wrapper never makes: frames out of order, abandoned, of another fan-out, already sent."""
        fanout = _kernel.Fanout(self.engine._engine) if self.random.random() < 0.5 else self.fanout()._fanout
        frame, other = fanout.frame(self.packets()[:64]), fanout.frame(self.packets()[:64])
        fanout.advance(other, self.number(0, 0, -1))
        fanout.advance(frame, 0)
        fanout.abandon(self.random.choice([frame, other]))
        self.fanout()._fanout.advance(other, 0)

    # -- the feedback filter ---------------------------------------------------------------------

    def sender(self) -> Any:
        """An address that the feedback filter sees, or another, or an invalid one."""
        if self.random.random() < 0.8:
            return self.random.choice(self.senders).getsockname()
        return self.address()

    def datagram(self) -> bytes:
        kind = self.random.random()
        if kind < 0.3:
            size = self.random.choice([0, 1, 2, 3, 4, 11, 12, 19, 20, 28, 52, 53, 1024, 2047, 2048, 2049, 5000])
            return self.random.choice([b"", b"\0\1", b"\x80\xc9", b"\x81\xc9\0\7"]) + self.random.randbytes(size)
        made = bytearray(stun.request(self.random.randbytes(12), self.ufrag() + b":theirs", b"password"))
        if kind < 0.6:
            for _ in range(self.random.randrange(1, 4)):
                made[self.random.randrange(len(made))] = self.random.choice([0, 1, 3, 4, 6, 8, 20, 255])
        return bytes(made[: self.random.randrange(len(made))] if kind < 0.4 else made)

    def ufrag(self) -> bytes:
        return self.random.choice([b"a", b"theirs", b"f" * 32, b"f" * 33, b"", b"a:"])

    def post(self) -> None:
        sender = self.random.choice(self.senders)
        for _ in range(self.random.choice([1, 5, 5, 60])):
            with suppress(OSError):
                sender.send(self.datagram())

    def turn(self) -> None:
        arrived, _ = self.feedback_filter.read_waiting(float(self.steps))
        assert all(data and address for data, address in arrived)

    def know(self) -> None:
        password = self.random.choice([b"password"] * 8 + [b"", b"p" * 64, b"p" * 65])
        interval = self.random.choice([0.0, 1.0, 9.0, -1.0, float("nan"), float("inf"), 1e300])
        self.feedback_filter.register(self.sender(), self.ufrag(), password, interval)

    def forget_known(self) -> None:
        self.feedback_filter.forget(self.sender())

    def look_up(self) -> None:
        self.feedback_filter.set_report_interval(self.sender(), self.random.choice([0.0, 5.0]))
        self.feedback_filter.last_check_at(self.sender())

    # -- a publisher -----------------------------------------------------------------------------

    def connect(self) -> None:
        """Another publisher with its own keys."""
        profile = self.random.choice([AEAD_AES_128_GCM, AES128_CM_SHA1_80])
        key = MasterKey(profile, secrets.token_bytes(16), secrets.token_bytes(profile.salt_bytes))
        given = profile.aead, key.key, key.salt, self.random.choice(_kernel.CIPHERS)
        self.opener, self.sealer, self.theirs = _kernel.Opener(*given), _kernel.Sealer(*given), sealer(key)
        self.rtp_reader = _kernel.RtpReader(self.port, self.senders[0].getsockname(), self.opener, ReceivedPacket)

    def sealed(self) -> bytes:
        """Media or a report, mostly valid."""
        size = self.random.choice([0, 1, 15, 16, 17, 111, 112, 113, 128, 129, 255, 1100, 1900, 2000])
        ssrc = self.random.choice([1, 1, 1, self.random.randrange(40)])
        if self.random.random() < 0.3:
            packet = b"\x80\xc8\0\1" + ssrc.to_bytes(4, "big") + self.random.randbytes(size)
            made = bytearray(self.theirs.seal_rtcp(packet, self.random.randrange(1 << 31)))
        else:
            self.sequence += self.random.choice([1, 1, 1, 0, -3, 5])
            index = self.sequence & 0xFFFF
            head = bytes((0x80 | self.random.randrange(64), self.random.randrange(192))) + index.to_bytes(2, "big")
            head += bytes(4) + ssrc.to_bytes(4, "big") + self.random.randbytes(4 * (head[0] & 15))
            if head[0] & 16:
                words = self.random.choice([0, 1, 4, 30])
                head += b"\xbe\xde" + words.to_bytes(2, "big") + self.random.randbytes(4 * words)
            made = bytearray(head + self.theirs.seal(ssrc, index, head, self.random.randbytes(size)))
        if self.random.random() < 0.3:
            made[self.random.randrange(len(made))] ^= 1 << self.random.randrange(8)
        return bytes(made[: self.random.randrange(len(made))] if self.random.random() < 0.2 else made)

    def take(self) -> None:
        if self.random.random() < 0.02:
            self.connect()
        for _ in range(self.random.choice([0, 1, 5, 130])):
            with suppress(OSError):
                self.random.choice([self.senders[0], *self.senders]).send(self.sealed())
        packets, reports, others, _ = self.rtp_reader.read_waiting()
        assert all(isinstance(packet, ReceivedPacket) for packet in packets)
        assert all(len(report) >= 8 for report in reports)
        assert all(data and address for data, address in others)

    def open(self) -> None:
        data = self.sealed()
        opened = self.opener.open(data)
        assert opened is None or parse(opened) is not None
        self.opener.open_rtcp(data)

    def seal(self) -> None:
        self.sealer.seal_rtcp(self.random.randbytes(self.random.choice([0, 7, 8, 9, 60, 3072, 3073])), self.number(1))


class Nasty:
    """A stream whose `write` calls back into the engine."""

    def __init__(self, fuzzer: Fuzzer) -> None:
        self.fuzzer = fuzzer

    def write(self, framed: bytes) -> None:
        size = int.from_bytes(framed[:2], "big")
        assert 12 <= size <= len(framed) - 2
        fuzzer = self.fuzzer
        if fuzzer.random.random() < 0.02:
            raise RuntimeError("a stream that fails")
        if fuzzer.random.random() < 0.2 and fuzzer.depth < 3:
            fuzzer.depth += 1
            fuzzer.step()
            fuzzer.depth -= 1


def fuzz(seed: int, seconds: float) -> None:
    sys.unraisablehook = lambda _: None  # of the streams that fail
    fuzzer = Fuzzer(seed)
    until = time.monotonic() + seconds

    async def in_a_loop() -> None:
        for _ in range(300):
            fuzzer.step()
            if fuzzer.random.random() < 0.3:
                await asyncio.sleep(0)

    while time.monotonic() < until:
        for _ in range(300):
            fuzzer.step()
        asyncio.run(in_a_loop())
    print(
        f"seed {seed}: {fuzzer.steps} steps, {fuzzer.refused} refused, {fuzzer.engine.dropped} packets dropped lately"
    )
    assert fuzzer.steps > 1000
    assert 0.02 < fuzzer.refused / fuzzer.steps < 0.9


def faults() -> None:
    """However sendmmsg fails, every packet is either counted as sent and arrives, or counted as dropped."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        for gso in (True, False):
            engine = KernelEngine(ours, gso=gso)
            fanout = engine.fanout()
            subscribers: list[tuple[Any, socket.socket, LibsrtpOpener]] = []
            for _ in range(20):
                theirs = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
                theirs.bind(("127.0.0.1", 0))
                theirs.setblocking(False)
                key = MasterKey(AEAD_AES_128_GCM, secrets.token_bytes(16), secrets.token_bytes(12))
                rtp_sender: Any = engine.sender(key, Route(1, 96), theirs.getsockname())
                rtp_sender.set_offsets(joining(70_000), 70_000)
                fanout.add(rtp_sender)
                subscribers.append((rtp_sender, theirs, LibsrtpOpener(key)))
            for start in range(70_000, 70_500, 5):
                fanout.send([Packet(start + i, 0, False, False, b"%d" % (start + i)) for i in range(5)])
            for rtp_sender, theirs, opener in subscribers:
                arrived = []
                with suppress(BlockingIOError):
                    while True:
                        arrived.append(opener.open(theirs.recv(2048)))
                assert None not in arrived
                assert len(arrived) == rtp_sender.packets > 100
                theirs.close()
            sent = sum(rtp_sender.packets for rtp_sender, _, _ in subscribers)
            assert sent + engine.dropped == 500 * len(subscribers)
            assert engine.dropped > 200
            print(f"{sent} sent, {engine.dropped} dropped")
