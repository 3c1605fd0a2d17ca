"""Decides which UDP socket reads which peer, and when.

Waking an idle CPU costs more than reading a subscriber's report. So a connected publisher is read through a socket of
its own, which the event loop watches. The shared socket is read after a frame was forwarded, when the CPU is awake
anyway. The loop also watches the shared socket while a peer connects, or when no frames come. A feedback filter in
front of it answers settled subscribers' checks and drops their reports that are not due.

`MediaSocket` calls `add`, `update` and `remove` as agents change, and gets each datagram by `on_datagram`. Packets
that a publisher's socket has decrypted go straight to the agent's `on_media`."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Sequence

from core.faults import FaultLog
from live.media.transport.addresses import Address
from live.media.transport.ice_agent import IceAgent
from live.media.transport.publisher_socket import PublisherSocket, open_publisher_socket
from live.media.transport.receive_engine import ReceiveEngine
from live.media.transport.tcp import Stream

READ_INTERVAL_S_MIN = 0.004  # a frame's packets arrive in several wake-ups
READ_INTERVAL_S_MAX = 0.05  # after this time without frames, the loop watches the shared socket again

_faults = FaultLog("datagram_failed")

OnDatagram = Callable[[bytes, Address], None]


class UdpReader:
    def __init__(self, shared: socket.socket, engine: ReceiveEngine, on_datagram: OnDatagram) -> None:
        """Reads nothing until `start`."""
        self.on_awake: Callable[[float], None] | None = None  # called after a frame was forwarded
        self.filtered: dict[IceAgent, Address] = {}  # agents registered with the feedback filter, and their addresses
        self._shared = shared
        self._engine = engine
        self._on_datagram = on_datagram
        self._feedback_filter = engine.feedback_filter(shared)
        self._publisher_sockets: dict[IceAgent, PublisherSocket] = {}
        self._tried: dict[IceAgent, Address | None] = {}  # publishers, and the addresses of their own sockets
        self._awaited: set[IceAgent] = set()  # agents whose datagrams on the shared socket must not wait
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watching = False
        self._read_at = 0.0

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._watch(True)

    def close(self) -> None:
        for opened in self._publisher_sockets.values():
            opened.close()
        self._publisher_sockets.clear()
        self._watch(False)
        self._loop = None

    # -- who is read how -------------------------------------------------------------------------

    def add(self, agent: IceAgent) -> None:
        """An agent connects: read the shared socket at once until it has connected."""
        self._awaited.add(agent)
        self._watch(True)

    def update(self, agent: IceAgent) -> None:
        """Choose how to read an agent by its state. Cheap if nothing has changed."""
        if agent.opener is None:
            return
        if agent.publishes:
            self._update_publisher(agent, agent.address)
        else:
            self._awaited.discard(agent)
            self._update_filter(agent, agent.settled_address)

    def remove(self, agent: IceAgent) -> None:
        self._awaited.discard(agent)
        self._update_filter(agent, None)
        self._tried.pop(agent, None)
        self._close_publisher_socket(agent)

    def last_filtered_check_at(self, agent: IceAgent) -> float:
        address = self.filtered.get(agent)
        return self._feedback_filter.last_check_at(address) if address is not None else 0.0

    def update_report_interval(self, agent: IceAgent) -> None:
        address = self.filtered.get(agent)
        if address is not None:
            self._feedback_filter.set_report_interval(address, agent.report_interval_s)

    def _update_filter(self, agent: IceAgent, settled: Address | None) -> None:
        wanted = None if isinstance(settled, Stream) else settled
        current = self.filtered.get(agent)
        if wanted == current:
            return
        if current is not None:
            agent.on_filtered_check(self._feedback_filter.last_check_at(current))
            self._feedback_filter.forget(current)
            del self.filtered[agent]
        if wanted is not None:
            self._feedback_filter.register(wanted, agent.ufrag, agent.password, agent.report_interval_s)
            self.filtered[agent] = wanted

    def _update_publisher(self, agent: IceAgent, address: Address | None) -> None:
        if agent in self._tried and self._tried[agent] == address:
            return
        self._tried[agent] = address
        self._close_publisher_socket(agent)
        wakes_us = isinstance(address, Stream) or self._open_publisher_socket(agent, address)
        if wakes_us:
            self._awaited.discard(agent)
        else:
            self.add(agent)

    def _open_publisher_socket(self, agent: IceAgent, address: Address | None) -> bool:
        if self._loop is None or (connected := open_publisher_socket(self._shared, address)) is None:
            return False
        opened = PublisherSocket(connected, agent, self._engine.rtp_reader(connected, address, agent.opener))
        self._publisher_sockets[agent] = opened
        opened.watch(self._read_publisher)
        return True

    def _close_publisher_socket(self, agent: IceAgent) -> None:
        opened = self._publisher_sockets.pop(agent, None)
        if opened is not None:
            opened.close()

    # -- reading ---------------------------------------------------------------------------------

    def read_waiting(self) -> None:
        """Read the shared socket. Called after a frame was forwarded; while frames come, nothing else
        needs to wake us, unless an agent is connecting."""
        now = time.monotonic()
        since = now - self._read_at
        if since < READ_INTERVAL_S_MIN:
            return
        self._read_at = now
        emptied = self._read_shared()
        self._watch(not emptied or since > READ_INTERVAL_S_MAX or bool(self._awaited))
        if self.on_awake is not None:
            self.on_awake(now)

    def check_liveness(self, now: float) -> None:
        """Called ten times a second: watch the shared socket if no frames come or a publisher's socket is silent."""
        if now - self._read_at > READ_INTERVAL_S_MAX:
            self._watch(True)
        for agent, opened in self._publisher_sockets.items():
            if opened.is_unused(now):
                self.add(agent)

    def _watch(self, watching: bool) -> None:
        if watching is not self._watching and self._loop is not None:
            self._watching = watching
            if watching:
                self._loop.add_reader(self._shared, self._read_shared)
            else:
                self._loop.remove_reader(self._shared)

    def _read_publisher(self, opened: PublisherSocket) -> None:
        opened.used = True
        packets, reports, others, _ = opened.rtp_reader.read_waiting()
        opened.agent.on_media(packets, reports, time.monotonic())
        self._hand_over(others)
        self.read_waiting()

    def _read_shared(self) -> bool:
        """One bounded read. Returns whether it has emptied the socket."""
        arrived, emptied = self._feedback_filter.read_waiting(time.monotonic())
        self._hand_over(arrived)
        return emptied

    def _hand_over(self, arrived: Sequence[tuple[bytes, Address]]) -> None:
        for data, address in arrived:
            try:
                self._on_datagram(data, address)
            except Exception:  # the datagrams behind it may belong to other sessions
                _faults.add()
