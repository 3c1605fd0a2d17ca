"""Every engine sends exactly the same bytes as the Python engine."""

from __future__ import annotations

import contextlib
import secrets
import socket
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from live.media.fanout.engine import RewriteOffsets, Route, RtpSender
from live.media.rtp.packets import Packet
from live.media.transport.srtp import AEAD_AES_128_GCM, AES128_CM_SHA1_80, MasterKey
from tests.live.media.fanout.stream import ENGINES


@dataclass
class Watcher:
    """The same subscriber on two engines."""

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
    """Arbitrary packets and subscribers, compared with the Python engine."""
    start = data.draw(st.one_of(st.integers(0, 2**18), st.integers(0, 2**47 - 100)), label="start")
    with contextlib.ExitStack() as stack:

        def opened() -> socket.socket:
            made = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            made.bind(("127.0.0.1", 0))
            made.settimeout(5)
            return made

        sources = opened(), opened()
        engines = ENGINES["python"](sources[0]), ENGINES[engine](sources[1])
        fanouts = [engine.fanout() for engine in engines]
        watchers = []
        for _ in range(data.draw(st.integers(1, 4), label="watchers")):
            profile = data.draw(st.sampled_from([AEAD_AES_128_GCM, AES128_CM_SHA1_80]), label="profile")
            key = MasterKey(profile, secrets.token_bytes(16), secrets.token_bytes(profile.salt_bytes))
            route, offsets = data.draw(routes_of_any_kind()), data.draw(numbers_of_any_kind(start))
            first = max(0, offsets.origin, start + data.draw(st.integers(-2, 9), label="first"))
            sockets = opened(), opened()
            for receiver, source in zip(sockets, sources, strict=True):
                receiver.connect(source.getsockname())  # no stray datagrams for the port
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
