"""The port for all media, by UDP and TCP: passes each datagram to its agent.

A STUN request names its agent by ufrag; any other datagram belongs to the agent that has proved to own the sender's
address. The rest is dropped silently. Only an authenticated check adds an address to the table.

Inwards this calls `IceAgent.on_*`; agents and the relay call `add`, `remove`, `send`, `last_filtered_check_at` and
`update_report_interval`. `UdpReader` decides which UDP socket reads which peer."""

from __future__ import annotations

import socket
from collections.abc import Callable

from core.faults import FaultLog
from live.media.transport import stun
from live.media.transport.addresses import Address, addresses_of
from live.media.transport.ice_agent import IceAgent
from live.media.transport.receive_engine import PythonReceiveEngine, ReceiveEngine
from live.media.transport.tcp import Stream, Streams
from live.media.transport.udp_reader import UdpReader

SOCKET_BUFFER_BYTES = 4 << 20

_faults = FaultLog("session_fault")


class MediaSocket:
    def __init__(self, host: str, port: int, public_address: str = "", reading: ReceiveEngine | None = None) -> None:
        """Binds at once. Raises OSError when the address is taken or not ours."""
        self.socket = _bind(host, port)
        self.number: int = self.socket.getsockname()[1]
        self.hosts = [public_address] if public_address else addresses_of(host)
        self.receive_engine = reading or PythonReceiveEngine()
        self.udp = UdpReader(self.socket, self.receive_engine, self._on_datagram)
        self.streams = Streams(self._on_stream_frame, self._on_stream_lost)
        self._by_ufrag: dict[bytes, IceAgent] = {}
        self._by_address: dict[Address, IceAgent] = {}
        self._timed: set[IceAgent] = set()  # agents that connect or publish: they need `check_liveness`

    def start(self) -> None:
        self.udp.start()

    def close(self) -> None:
        self.streams.close()
        self.udp.close()
        self.socket.close()

    def call_when_awake(self, callback: Callable[[float], None]) -> None:
        """Call it with the monotonic time after each forwarded frame."""
        self.udp.on_awake = callback

    def check_liveness(self, now: float) -> None:
        """Ten times a second."""
        self.udp.check_liveness(now)
        for agent in list(self._timed):
            try:
                agent.check_liveness(now)
            except Exception:  # one session's fault is not the others'
                _faults.add()
        self.streams.cut_stalled(now)

    # -- called by agents and peers --------------------------------------------------------------

    def add(self, agent: IceAgent) -> None:
        """Let an agent connect from now on."""
        self._by_ufrag[agent.ufrag] = agent
        self._timed.add(agent)
        self.udp.add(agent)

    def remove(self, agent: IceAgent) -> None:
        self._by_ufrag.pop(agent.ufrag, None)
        self._timed.discard(agent)
        self.udp.remove(agent)
        for address in agent.addresses:
            self._forget(address)

    def send(self, data: bytes, address: Address) -> None:
        """Send a datagram without waiting. If the send buffer is full, it is lost, as on any network."""
        if isinstance(address, Stream):
            address.send(data)
            return
        try:
            self.socket.sendto(data, address)
        except OSError:
            return

    def last_filtered_check_at(self, agent: IceAgent) -> float:
        return self.udp.last_filtered_check_at(agent)

    def update_report_interval(self, agent: IceAgent) -> None:
        self.udp.update_report_interval(agent)

    # -- what arrives ----------------------------------------------------------------------------

    def _on_datagram(self, data: bytes, address: Address) -> None:
        first = data[0]  # RFC 7983: 0-3 STUN, 20-63 DTLS, 128-191 RTP and RTCP
        if first < 4:
            self._on_stun(data, address)
            return
        agent = self._by_address.get(address)
        if agent is None:
            return
        if 127 < first < 192:
            agent.on_srtp(data, filtered=agent in self.udp.filtered)
        elif 19 < first < 64:
            agent.on_dtls(data)
            self._update(agent)

    def _on_stun(self, data: bytes, address: Address) -> None:
        request = stun.parse_request(data)
        before = self._by_address.get(address)
        if request is None:
            if before is not None:
                before.on_stun_answer(data, address)
                self._update(before)
            return
        agent = self._by_ufrag.get(request.ufrag)
        given_up = agent.on_check(data, request, address) if agent is not None else None
        if agent is None or given_up is None:
            return
        if before is not agent:
            self._by_address[address] = agent
            for forgotten in given_up:
                self._forget(forgotten)
            if before is not None:  # a new session at the address of an old one
                before.on_address_taken(address)
                self._update(before)
        self._update(agent)

    def _update(self, agent: IceAgent) -> None:
        """The agent has processed STUN or DTLS: it may have connected or moved."""
        if agent.opener is not None and not agent.publishes:
            self._timed.discard(agent)
        self.udp.update(agent)

    def _on_stream_frame(self, data: bytes, stream: Stream) -> bool:
        """A datagram by TCP. Returns whether the connection belongs to a session."""
        try:
            self._on_datagram(data, stream)
        except Exception:  # it ends neither this connection nor anybody's session
            _faults.add()
        agent = self._by_address.get(stream)
        if agent is not None and agent.publishes:
            self.udp.read_waiting()
        return agent is not None

    def _on_stream_lost(self, stream: Stream) -> None:
        agent = self._by_address.pop(stream, None)
        if agent is not None:
            agent.on_stream_lost(stream)

    def _forget(self, address: Address) -> None:
        self._by_address.pop(address, None)
        if isinstance(address, Stream):
            address.close()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            opened.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER_BYTES)
        opened.setblocking(False)
        opened.bind((host, port))
    except OSError:
        opened.close()
        raise
    return opened
