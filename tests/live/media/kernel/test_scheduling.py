"""The C kernel blocks the event loop only briefly and frees unused objects.

tests/live/media/fanout tests what it sends, as for every engine."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import secrets
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live.media.fanout.engine import RewriteOffsets, Route, RtpSender, joining
from live.media.kernel import (
    FRAMES_QUEUED_MAX,
    KernelEngine,
)
from live.media.rtp.packets import Packet, parse
from live.media.transport.srtp import AEAD_AES_128_GCM, AES128_CM_SHA1_80, LibsrtpOpener, MasterKey
from tests.live.media.kernel.kernel_here import built


@contextlib.contextmanager
def receiving() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        opened.bind(("127.0.0.1", 0))
        opened.setblocking(False)
        yield opened


def received(sock: socket.socket) -> list[bytes]:
    found = []
    with contextlib.suppress(BlockingIOError):
        while True:
            found.append(sock.recv(2048))
    return found


def some_key() -> MasterKey:
    return MasterKey(AEAD_AES_128_GCM, secrets.token_bytes(16), secrets.token_bytes(12))


def audience(engine: KernelEngine, count: int, address: object) -> list[RtpSender]:
    made: list[RtpSender] = []
    for _ in range(count):
        sender = engine.sender(some_key(), Route(1, 96), address)
        sender.set_offsets(joining(70_000), 70_000)
        made.append(sender)
    return made


def frame(start: int, count: int = 5, size: int = 1100) -> list[Packet]:
    return [Packet(start + i, 9000, i == count - 1, False, bytes(size)) for i in range(count)]


async def turns_until(done: Callable[[], bool], progress: Callable[[], int]) -> list[int]:
    """How far it gets in each iteration of the event loop, until it is done."""
    steps: list[int] = []
    before = progress()
    while not done():
        assert len(steps) < 10_000
        await asyncio.sleep(0)
        now = progress()
        steps.append(now - before)
        before = now
    return steps


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@built
async def test_three_thousand_subscribers_do_not_block_the_loop(sock: socket.socket) -> None:
    """A call has two milliseconds: too little for more than 1,500 subscribers with five packets each on any
    machine, because the operating system needs more than a quarter of a microsecond per packet."""
    engine = KernelEngine(sock)
    fanout = engine.fanout()
    with receiving() as sink:
        subscribers = audience(engine, 3000, sink.getsockname())
        for subscriber in subscribers:
            fanout.add(subscriber)

        def frames_sent() -> int:
            return (sum(subscriber.packets for subscriber in subscribers) + engine.dropped) // 5

        fanout.send(frame(70_000))
        first = frames_sent()
        steps = [first, *await turns_until(lambda: frames_sent() == 3000, frames_sent)]
    assert sum(steps) == 3000
    assert max(steps) <= 1500


@built
async def test_without_time_one_call_serves_sixteen_subscribers(sock: socket.socket) -> None:
    """The clock is checked this often, so a slow machine is blocked no longer than that takes."""
    engine = KernelEngine(sock, send_ns_max=0)
    fanout, other = engine.fanout(), engine.fanout()
    with receiving() as sink:
        subscribers = audience(engine, 200, sink.getsockname())
        for i, subscriber in enumerate(subscribers):
            (other if i % 4 == 0 else fanout).add(subscriber)
        fanout.send(frame(70_000, 2, 100))
        other.send(frame(70_000, 2, 100))
        assert sum(subscriber.packets for subscriber in subscribers) == 2 * 16 * 2
        steps = await turns_until(
            lambda: all(subscriber.packets == 2 for subscriber in subscribers),
            lambda: sum(subscriber.packets for subscriber in subscribers),
        )
        assert len(received(sink)) == 400
    assert max(steps) <= 16 * 2, "one turn of the loop is one turn of one fan-out"


@built
async def test_joining_and_leaving_while_frames_are_queued_loses_nothing(sock: socket.socket) -> None:
    """No duplicates, no reordering, no packets from before joining; and those who stay get everything."""
    engine = KernelEngine(sock, send_ns_max=0)
    fanout, other = engine.fanout(), engine.fanout()
    with contextlib.ExitStack() as stack:
        keys = [some_key() for _ in range(64)]
        sockets = [stack.enter_context(receiving()) for _ in keys]
        subscribers: list[RtpSender] = []
        for key, theirs in zip(keys, sockets, strict=True):
            subscribers.append(engine.sender(key, Route(1, 96), theirs.getsockname()))
            subscribers[-1].set_offsets(joining(70_000), 70_000)
            if len(subscribers) <= 60:
                fanout.add(subscribers[-1])
        leaving, switching, joining_late, moving = (
            subscribers[0:20],
            subscribers[35:40],
            subscribers[60:64],
            subscribers[50],
        )
        elsewhere = stack.enter_context(receiving())
        for start in (70_000, 70_005, 70_010):
            fanout.send(frame(start))
        for subscriber in leaving:
            fanout.remove(subscriber)  # some have the first frame, some do not
        for subscriber in joining_late:
            fanout.add(subscriber)
        moving.move(elsewhere.getsockname())
        for subscriber in switching:
            fanout.remove(subscriber)
            subscriber.set_offsets(RewriteOffsets(400 - (70_100 - subscriber.offsets.origin)), 400)
            other.add(subscriber)
        other.send(frame(395) + frame(400))
        staying = [v for v in subscribers[20:60] if v not in switching]
        await turns(60)  # at sixteen subscribers each
        fanout.send(frame(70_015))
        await turns(60)
        got = {}
        for key, theirs, subscriber in zip(keys, sockets, subscribers, strict=True):
            data = received(theirs) + (received(elsewhere) if subscriber is moving else [])
            parsed = [parse(opened) for opened in map(LibsrtpOpener(key).open, data) if opened is not None]
            assert len(parsed) == len(data) == subscriber.packets, "sent twice, or with somebody else's key"
            got[subscriber] = [p.sequence for p in parsed if p is not None]
    assert all(offsets == sorted(offsets) for offsets in got.values())
    first = 70_000 - joining(70_000).origin
    # The last subscriber takes the place of one who leaves, and may miss frames that already passed that place.
    whole = [v for v in staying if got[v] == list(range(first, first + 20))]
    assert len(whole) >= len(staying) - len(leaving) - len(switching)
    assert all(got[v][-5:] == list(range(first + 15, first + 20)) for v in staying)
    assert all(got[v] == list(range(first + 15, first + 20)) for v in joining_late)
    assert all(set(got[v]) <= set(range(first, first + 5)) for v in leaving)
    assert all(got[v][-5:] == list(range(first + 100, first + 105)) for v in switching)


@built
async def test_frames_that_cannot_be_sent_in_time_are_dropped_and_counted(sock: socket.socket) -> None:
    engine = KernelEngine(sock, send_ns_max=0)
    fanout = engine.fanout()
    with receiving() as sink:
        subscribers = audience(engine, 40, sink.getsockname())
        for subscriber in subscribers:
            fanout.add(subscriber)
        count = FRAMES_QUEUED_MAX + 3
        for i in range(count):
            fanout.send(frame(70_000 + 5 * i, 5, 100))
        # The first frame had reached sixteen subscribers, the other two none: all three are dropped.
        assert engine.dropped == (24 + 40 + 40) * 5
        await turns(3 * count)
        assert (
            len(received(sink))
            == sum(subscriber.packets for subscriber in subscribers)
            == (40 * count - 24 - 40 - 40) * 5
        )


@built
def test_without_a_loop_a_frame_is_sent_at_once(sock: socket.socket) -> None:
    engine = KernelEngine(sock, send_ns_max=0)
    fanout = engine.fanout()
    with receiving() as sink:
        subscribers = audience(engine, 100, sink.getsockname())
        for subscriber in subscribers:
            fanout.add(subscriber)
        fanout.send(frame(70_000, 2, 100))
        assert all(subscriber.packets == 2 for subscriber in subscribers)


@built
def test_other_threads_run_while_it_sends_but_cannot_change_it(sock: socket.socket) -> None:
    engine = KernelEngine(sock)
    fanout = engine.fanout()
    with receiving() as sink:
        one, *subscribers = audience(engine, 2000, sink.getsockname())
        for subscriber in subscribers:
            fanout.add(subscriber)

        def send() -> None:
            for i in range(20):
                fanout.send(frame(70_000 + 5 * i))

        sending = threading.Thread(target=send)
        sending.start()
        refused = 0
        while sending.is_alive():
            try:
                fanout.add(one)
                fanout.remove(one)
            except RuntimeError:
                refused += 1
                with contextlib.suppress(ValueError, RuntimeError):
                    fanout.remove(one)
        sending.join()
    assert refused > 0
    assert sum(subscriber.packets for subscriber in subscribers) + engine.dropped >= 20 * 5 * len(subscribers)


class Tape:
    def write(self, framed: bytes) -> None:
        pass


@built
def test_released_objects_leak_nothing(sock: socket.socket) -> None:
    """No leaks of memory or references, whatever the outcome."""

    def live_and_die(rounds: int) -> None:
        for _ in range(rounds):
            engine = KernelEngine(sock)
            for cipher in (AEAD_AES_128_GCM, AES128_CM_SHA1_80):
                fanout = engine.fanout()
                key = MasterKey(cipher, bytes(16), bytes(cipher.salt_bytes))
                senders = [engine.sender(key, route, tape) for _ in range(10)]
                for sender in senders:
                    sender.set_offsets(offsets, 70_000)
                    fanout.add(sender)
                fanout.remove(senders[0])
                fanout.send(packets)
                fanout.send_to(senders[0], packets)
                senders[1].repeat(packets, offsets, 0)
                senders[2].move(("127.0.0.1", 9))
                for refused in (
                    lambda: fanout.add(senders[1]),  # noqa: B023
                    lambda: fanout.send([*packets, Packet(-1, 0, False, False, b"")]),  # noqa: B023
                    lambda: fanout.send([*packets, Packet(1, 0, False, False, b"", descriptor=b"12")]),  # noqa: B023
                    lambda: fanout.send([*packets, Packet(1, 0, False, False, b"", descriptor=bytes(256))]),  # noqa: B023
                    lambda: senders[2].move(("nowhere", 9)),  # noqa: B023
                    lambda: senders[2].move(5),  # noqa: B023
                    lambda: senders[2].repeat(packets, RewriteOffsets(70_001), 0),  # noqa: B023
                    lambda: engine.sender(key, Route(1, 128), tape),  # noqa: B023
                    lambda: engine.sender(key, Route(1, 96, dependency=256), tape),  # noqa: B023
                    lambda: engine.sender(MasterKey(cipher, b"", b""), route, tape),  # noqa: B023
                ):
                    with pytest.raises((ValueError, AttributeError)):
                        refused()

    def references() -> list[int]:
        gc.collect()
        return [sys.getrefcount(kept) for kept in kept_by_us]

    route, offsets, tape, packets = (
        Route(1, 96, 2, 97, 3, 4),
        RewriteOffsets(1000, 2000, 3, 4, 5),
        Tape(),
        frame(70_000),
    )
    packets[0].descriptor = bytes(range(200))
    live_and_die(20)
    kept_by_us = sock, route, offsets, tape, packets[0], packets[0].payload, packets[0].descriptor
    before, resident = references(), resident_kb()
    live_and_die(300)
    assert references() == before
    assert resident_kb() - resident < 3000, "6,000 senders alone are 4,500 KB"


def resident_kb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


@built
def test_senders_of_a_released_fanout_are_collected(sock: socket.socket) -> None:
    """Also in a reference cycle: stream, sender, fan-out, engine and stream again."""

    class Session(Tape):
        sender: RtpSender
        fanout: object

    session = Session()
    gone = weakref.ref(session)
    engine = KernelEngine(sock)
    session.sender, fanout = engine.sender(some_key(), Route(1, 96), session), engine.fanout()
    fanout.add(session.sender)
    session.fanout = fanout
    del engine, fanout, session
    gc.collect()
    assert gone() is None
