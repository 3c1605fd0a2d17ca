"""A bad network in user space: a UDP proxy on loopback between clients and the media port.

Each direction is a link with its own loss, delay, reordering and queue, which can be changed at run time. Loss is
seeded: the same packets in the same order give the same result.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import heapq
import random
import socket
import time
from collections import deque
from collections.abc import Callable

from playwright.async_api import Page, Route

DATAGRAM_BYTES_MAX = 65_536
OVERHEAD_BYTES = 28  # IPv4 and UDP headers, counted in the rate
SOCKET_BUFFER_BYTES = 4 << 20
DATAGRAMS_PER_TURN_MAX = 256
CLIENTS_MAX = 64

Address = tuple[str, int]
Forward = Callable[[bytes], None]


class Link:
    """One direction: random loss, then a queue in front of a rate limit, then a delay."""

    def __init__(self, seed: int) -> None:
        self.loss = 0.0  # probability that a packet is lost
        self.delay_s = 0.0
        self.jitter_s = 0.0  # random additional delay, at most
        self.reorders = False  # whether jitter may reorder packets
        self.rate_bps = 0.0  # 0: no limit
        self.queue_bytes = 1 << 20  # packets that do not fit are dropped
        self.blocked = False
        self.forwarded = self.lost = self.dropped = 0
        self._chance = random.Random(seed)
        self._queue: deque[tuple[float, bytes, Forward]] = deque()
        self._queued_bytes = 0
        self._line_free_at = self._landed_at = 0.0
        self._flying: list[tuple[float, int, bytes, Forward]] = []
        self._count = 0

    def put(self, data: bytes, forward: Forward, now: float) -> None:
        """Enqueue a packet; `forward_due` passes it to `forward` when it leaves the link."""
        if self._chance.random() < self.loss or self.blocked:
            self.lost += 1
        elif self.rate_bps and self._queued_bytes + len(data) > self.queue_bytes:
            self.dropped += 1
        else:
            self._queue.append((now, data, forward))
            self._queued_bytes += len(data)

    def forward_due(self, now: float) -> None:
        """Forward the packets that have left the link by `now`."""
        while self._queue and self._sent_at() <= now:
            self._line_free_at = self._sent_at()
            _, data, forward = self._queue.popleft()
            self._queued_bytes -= len(data)
            self._fly(data, forward)
        while self._flying and self._flying[0][0] <= now:
            _, _, data, forward = heapq.heappop(self._flying)
            self.forwarded += 1
            forward(data)

    def due_at(self) -> float | None:
        """When the next call of `forward_due` is needed."""
        moments = [self._sent_at()] if self._queue else []
        if self._flying:
            moments.append(self._flying[0][0])
        return min(moments, default=None)

    def clear(self) -> None:
        """Lose all queued and delayed packets."""
        self.lost += len(self._queue) + len(self._flying)
        self._queue.clear()
        self._flying.clear()
        self._queued_bytes = 0

    def _sent_at(self) -> float:
        """When the first packet of the queue leaves it."""
        came_at, data, _ = self._queue[0]
        seconds = (len(data) + OVERHEAD_BYTES) * 8 / self.rate_bps if self.rate_bps else 0.0
        return max(came_at, self._line_free_at) + seconds

    def _fly(self, data: bytes, forward: Forward) -> None:
        lands_at = self._line_free_at + self.delay_s
        if self.jitter_s:
            lands_at += self._chance.random() * self.jitter_s
        if not self.reorders:
            lands_at = self._landed_at = max(lands_at, self._landed_at)
        self._count += 1
        heapq.heappush(self._flying, (lands_at, self._count, data, forward))


class Proxy:
    """`async with Proxy(server, loss=0.1) as proxy:`; clients connect to `proxy.address`.

    Keyword arguments apply to both directions; `proxy.down` (to the client) and `proxy.up` can be changed separately.
    """

    def __init__(self, server: Address, *, seed: int = 1, **both: float) -> None:
        """`both`: attributes of `Link`. Raises AttributeError for an unknown one."""
        self.up, self.down = Link(2 * seed), Link(2 * seed + 1)
        for name, value in both.items():
            for link in (self.up, self.down):
                getattr(link, name)
                setattr(link, name, value)
        self._server = server
        self._upstream: dict[Address, Forward] = {}
        self._sockets: list[socket.socket] = []
        self._timers: dict[Link, asyncio.TimerHandle] = {}

    @property
    def address(self) -> Address:
        host, port = self._socket.getsockname()
        return host, port

    async def __aenter__(self) -> Proxy:
        self._loop = asyncio.get_running_loop()
        self._socket = _udp_socket()
        self._sockets.append(self._socket)
        self._socket.bind(("127.0.0.1", 0))
        self._loop.add_reader(self._socket, self._from_clients)
        return self

    async def __aexit__(self, *_: object) -> None:
        for timer in self._timers.values():
            timer.cancel()
        for one in self._sockets:
            self._loop.remove_reader(one)
            one.close()

    def block(self) -> None:
        """Lose everything in both directions, including packets under way."""
        for link in (self.up, self.down):
            link.blocked = True
            link.clear()

    def unblock(self) -> None:
        self.up.blocked = self.down.blocked = False

    # -- datagrams -------------------------------------------------------------------------------

    def _from_clients(self) -> None:
        now = time.monotonic()
        for _ in range(DATAGRAMS_PER_TURN_MAX):
            try:
                data, client = self._socket.recvfrom(DATAGRAM_BYTES_MAX)
            except BlockingIOError:
                break
            except OSError:  # the ICMP error of an earlier send
                continue
            forward = self._upstream.get(client) or self._open_upstream(client)
            if forward is not None:
                self.up.put(data, forward, now)
        self._pump(self.up)

    def _open_upstream(self, client: Address) -> Forward | None:
        """Open a socket for a client, so that the server can tell clients apart."""
        if len(self._upstream) >= CLIENTS_MAX:
            return None
        upstream = _udp_socket()
        upstream.connect(self._server)
        forward = self._upstream[client] = functools.partial(_send, upstream, None)
        self._sockets.append(upstream)
        self._loop.add_reader(upstream, self._from_server, upstream, functools.partial(_send, self._socket, client))
        return forward

    def _from_server(self, upstream: socket.socket, forward: Forward) -> None:
        now = time.monotonic()
        for _ in range(DATAGRAMS_PER_TURN_MAX):
            try:
                data = upstream.recv(DATAGRAM_BYTES_MAX)
            except BlockingIOError:
                break
            except OSError:
                continue
            self.down.put(data, forward, now)
        self._pump(self.down)

    def _pump(self, link: Link) -> None:
        """Forward what is due, and schedule the next call."""
        link.forward_due(time.monotonic())
        timer = self._timers.pop(link, None)
        if timer is not None:
            timer.cancel()
        due_at = link.due_at()
        if due_at is not None:
            wait_s = max(0.0, due_at - time.monotonic())
            self._timers[link] = self._loop.call_later(wait_s, self._pump, link)


def _send(sock: socket.socket, to: Address | None, data: bytes) -> None:
    """Send, and ignore errors: the packet is lost, as on any network."""
    with contextlib.suppress(OSError):
        if to is None:
            sock.send(data)
        else:
            sock.sendto(data, to)


def _udp_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER_BYTES)
    made.setblocking(False)
    return made


# -- routing clients through the proxy -----------------------------------------------------------


def through(sdp: str, address: Address) -> str:
    """Replace an answer's candidates by `address` alone."""
    host, port = address
    lines: list[str] = []
    placed = False
    for line in sdp.splitlines():
        if line.startswith("m="):
            placed = False
        if not line.startswith("a=candidate:"):
            lines.append(line)
            continue
        fields = line.split(" ")
        if fields[2].lower() == "udp" and not placed:
            placed = True
            lines.append(" ".join([*fields[:4], host, str(port), *fields[6:]]))
    return "\r\n".join(lines) + "\r\n"


async def send_through(page: Page, proxy: Proxy, pattern: str = "**/live/**") -> None:
    """Route the page's media through the proxy from now on, by changing the answers to its offers."""

    async def answer(route: Route) -> None:
        if route.request.method != "POST":
            await route.continue_()
            return
        response = await route.fetch()
        body = await response.text()
        await route.fulfill(response=response, body=through(body, proxy.address) if response.ok else body)

    await page.route(pattern, answer)
