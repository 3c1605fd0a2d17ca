"""Routes: IPv4 and IPv6 through one socket, with and without UDP GSO."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

import pytest

from live.media.fanout.python_engine import gso_available
from live.media.transport.srtp import Profile
from tests.live.media.fanout.stream import ENGINES, SO_NO_CHECK, Receiver, Stream, check, frame


@pytest.mark.parametrize("sizes", [[900] * 5, [900] * 4 + [10], [900, 901, 900]])
def test_a_route_that_refuses_gso_gets_single_packets(
    stream: Stream, receivers: list[Receiver], sock: socket.socket, sizes: list[int]
) -> None:
    """Linux splits only packets that it may checksum. A socket without checksums simulates a device without GSO."""
    sock.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    senders = [stream.add(r.key, 96, 70_000, r.address) for r in receivers]
    for start in (70_000, 70_010):
        packets = frame(start, sizes)
        stream.fanout.send(packets)
        for receiver, sender in zip(receivers, senders, strict=True):
            for data, packet in zip(receiver.receive(len(sizes)), packets, strict=True):
                check(data, packet, 96, sender.offsets.origin)
    assert [o.packets for o in senders] == [2 * len(sizes)] * 3
    assert all(o.bytes > 2 * sum(sizes) for o in senders)


@pytest.fixture
def both_families() -> Iterator[socket.socket]:
    """An IPv6 socket that also receives IPv4, as the media socket for `::`."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as opened:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        try:
            opened.bind(("::", 0))
        except OSError:
            pytest.skip("this machine has no IPv6")
        yield opened


@pytest.mark.parametrize("refused", [False, True], ids=["", "GSO refused to IPv4"])
@pytest.mark.parametrize("engine", ENGINES)
def test_one_socket_reaches_ipv6_and_ipv4(
    engine: str, profile: Profile, both_families: socket.socket, refused: bool
) -> None:
    """Each address is in the socket's form. One route that refuses GSO does not affect the other."""
    if refused:
        both_families.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    stream = Stream(ENGINES[engine](both_families))
    with contextlib.ExitStack() as stack:
        receivers = [Receiver(profile, family) for family in (socket.AF_INET6, socket.AF_INET, socket.AF_INET6)]
        for receiver in receivers:
            stack.enter_context(receiver.socket)
            host = receiver.address[0]
            receiver.socket.sendto(b"hello", (host, both_families.getsockname()[1]))
        senders = [stream.add(r.key, 96, 70_000, both_families.recvfrom(9)[1]) for r in receivers]
        for start in (70_000, 70_010):
            packets = frame(start, [700] * 3)
            stream.fanout.send(packets)
            senders[1].repeat(frame(start + 3, [70]), senders[1].offsets, 0)
            for receiver, sender in zip(receivers, senders, strict=True):
                for data, packet in zip(receiver.receive(3), packets, strict=True):
                    check(data, packet, 96, sender.offsets.origin)
            assert len(receivers[1].receive(1)) == 1


def test_gso_works_here(sock: socket.socket) -> None:
    """If this fails, the server still works, with twice the system calls."""
    assert gso_available(sock)
