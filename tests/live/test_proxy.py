"""The simulated network has exactly the configured loss, delay and rate."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live.lean import LeanClient, vp8_frame
from tests.live.media.relay.stage import Stage, open_stage, until
from tests.live.proxy import OVERHEAD_BYTES, Address, Link, Proxy, through

PACKET_BYTES = 972
WIRE_BITS = (PACKET_BYTES + OVERHEAD_BYTES) * 8  # 8,000


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path) as opened:
        yield opened


class Clocked:
    """A link with a simulated clock: records which packets leave, and when."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.now = 0.0
        self.out: list[tuple[float, int]] = []

    def put(self, number: int) -> None:
        self.link.put(
            number.to_bytes(4, "big") + bytes(PACKET_BYTES - 4),
            lambda data: self.out.append((round(self.now, 6), int.from_bytes(data[:4], "big"))),
            self.now,
        )

    def run(self, until: float) -> None:
        while (due := self.link.due_at()) is not None and due <= until:
            self.now = max(self.now, due)
            self.link.forward_due(self.now)
        self.now = until

    @property
    def numbers(self) -> list[int]:
        return [number for _, number in self.out]


def test_a_default_link_forwards_everything_at_once_in_order() -> None:
    line = Clocked(Link(1))
    for number in range(100):
        line.put(number)
    line.run(0.0)
    assert line.out == [(0.0, number) for number in range(100)]


def test_the_loss_rate_is_kept_and_reproducible() -> None:
    def survivors(seed: int) -> list[int]:
        line = Clocked(Link(seed))
        line.link.loss = 0.1
        for number in range(5000):
            line.put(number)
        line.run(0.0)
        assert line.link.lost + line.link.forwarded == 5000
        return line.numbers

    assert 4400 < len(survivors(1)) < 4600
    assert survivors(1) == survivors(1)
    assert survivors(1) != survivors(2)


def test_jitter_reorders_packets_only_if_enabled() -> None:
    for reorders in (False, True):
        line = Clocked(Link(1))
        line.link.delay_s, line.link.jitter_s, line.link.reorders = 0.05, 0.02, reorders
        for number in range(200):
            line.put(number)
            line.run(line.now + 0.001)
        line.run(1.0)
        assert sorted(line.numbers) == list(range(200))
        assert (line.numbers != sorted(line.numbers)) is reorders
        late = [at - number * 0.001 for at, number in line.out]
        assert min(late) >= 0.05
        assert max(late) <= 0.07 + 1e-6
        assert max(late) - min(late) > 0.01


def test_the_rate_is_exact_and_a_full_queue_drops_packets() -> None:
    line = Clocked(Link(1))
    line.link.rate_bps, line.link.queue_bytes = WIRE_BITS * 100, 10 * PACKET_BYTES  # a packet takes 10 ms
    for number in range(15):
        line.put(number)
    line.run(1.0)
    assert line.numbers == list(range(10))
    assert [at for at, _ in line.out] == pytest.approx([(number + 1) * 0.01 for number in range(10)])
    assert line.link.dropped == 5


def test_the_rate_can_change_while_packets_are_queued() -> None:
    line = Clocked(Link(1))
    line.link.rate_bps = WIRE_BITS * 10
    for number in range(10):
        line.put(number)
    line.run(0.35)
    assert line.numbers == [0, 1, 2]
    line.link.rate_bps = 0.0
    line.put(10)
    line.run(0.36)
    assert line.numbers == list(range(11))


class Echo:
    """A server that echoes datagrams and records their senders."""

    def __init__(self) -> None:
        self.heard: list[tuple[bytes, Address]] = []
        self.socket = listening()
        asyncio.get_running_loop().add_reader(self.socket, self._readable)

    def _readable(self) -> None:
        data, address = self.socket.recvfrom(2048)
        self.heard.append((data, address))
        self.socket.sendto(data, address)

    def close(self) -> None:
        """Idempotent."""
        if self.socket.fileno() < 0:
            return
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()


def listening() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.setblocking(False)
    return made


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    made = Echo()
    yield made
    made.close()


async def test_each_client_has_its_own_socket_and_gets_its_own_answers(echo: Echo) -> None:
    async with Proxy(echo.socket.getsockname()) as proxy:
        clients = [listening() for _ in range(3)]
        for client, word in zip(clients, (b"one", b"two", b"three"), strict=True):
            client.sendto(word, proxy.address)
        await until(lambda: proxy.down.forwarded == 3)
        assert [client.recv(100) for client in clients] == [b"one", b"two", b"three"]
        assert len({address for _, address in echo.heard}) == 3
        for client in clients:
            client.close()


async def test_directions_are_independent_and_a_blocked_link_can_be_unblocked(echo: Echo) -> None:
    async with Proxy(echo.socket.getsockname(), delay_s=0.01) as proxy:
        client = listening()
        proxy.down.loss = 1.0
        client.sendto(b"heard, not answered", proxy.address)
        await until(lambda: proxy.down.lost == 1)
        assert proxy.up.forwarded == 1

        proxy.down.loss = 0.0
        proxy.block()
        client.sendto(b"not heard", proxy.address)
        await until(lambda: proxy.up.lost == 1)

        proxy.unblock()
        client.sendto(b"again", proxy.address)
        await until(lambda: proxy.down.forwarded == 1)
        assert client.recv(100) == b"again"
        assert [data for data, _ in echo.heard] == [b"heard, not answered", b"again"]
        client.close()


async def test_packets_are_delayed_and_icmp_errors_are_ignored(echo: Echo) -> None:
    with pytest.raises(AttributeError):
        Proxy(echo.socket.getsockname(), looss=0.1)
    async with Proxy(echo.socket.getsockname(), delay_s=0.05) as proxy:
        client = listening()
        began = time.monotonic()
        client.sendto(b"there and back", proxy.address)
        await until(lambda: proxy.down.forwarded == 1)
        assert time.monotonic() - began >= 0.1
        echo.close()  # from now on the kernel answers with ICMP errors
        for _ in range(3):
            client.sendto(b"anybody?", proxy.address)
        await until(lambda: proxy.up.forwarded == 4)
        client.close()


async def test_a_viewer_can_join_and_watch_through_the_proxy(stage: Stage) -> None:
    room, key = await stage.open_room()
    publisher = LeanClient(stage.whip(room), key, kinds=("video",))
    await publisher.join()
    sequence = 0

    def send() -> None:
        nonlocal sequence
        for packet in vp8_frame(sequence, sequence * 1000, keyframe=True):
            publisher.send_rtp("video", packet)
        sequence += 3

    send()
    await until(lambda: (room, "live") in stage.states)
    viewer = LeanClient(stage.whep(room), kinds=("video",))
    async with Proxy(("127.0.0.1", stage.settings.media_port)) as proxy:
        await viewer.agree()
        viewer.address = proxy.address
        await viewer.connect()
        await until(lambda: stage.sessions.totals().viewers == 1)
        before = viewer.received
        send()
        await until(lambda: viewer.received == before + 3)
        proxy.down.loss = 1.0
        send()
        await until(lambda: proxy.down.lost >= 3)
        assert viewer.received == before + 3
    await viewer.close()
    await publisher.close()


def test_an_answers_candidates_are_replaced_by_the_proxy() -> None:
    section = ["m=video 9 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 127.0.0.1", "a=mid:0"]
    candidates = [
        "a=candidate:1 1 udp 2130706431 10.0.0.1 8080 typ host",
        "a=candidate:2 1 udp 2130706175 ::1 8080 typ host",
        "a=candidate:3 1 tcp 1518280447 10.0.0.1 8080 typ host tcptype passive",
    ]
    answer = ["v=0", *section, *candidates, "a=end-of-candidates", *section, *candidates, "a=end-of-candidates"]
    changed = ["a=candidate:1 1 udp 2130706431 127.0.0.1 9000 typ host"]
    assert through("\r\n".join(answer) + "\r\n", ("127.0.0.1", 9000)).splitlines() == [
        "v=0", *section, *changed, "a=end-of-candidates", *section, *changed, "a=end-of-candidates",
    ]  # fmt: skip
