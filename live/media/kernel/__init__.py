"""The engines in C: Python decides, C processes the bytes.

This puts the module `_kernel`, which `python -m live.media.kernel.build` compiles from the C sources here, behind the
interfaces `live.media.fanout.engine` and `live.media.transport.receive_engine`. It rewrites headers, encrypts and sends
without the interpreter's lock. A frame that takes too long to send is continued in the event loop's next iteration, so
that the loop is never blocked for long."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from live.media.fanout.engine import Engine, RewriteOffsets, Route
from live.media.fanout.python_engine import PythonEngine, gso_available
from live.media.rtp.packets import Packet, ReceivedPacket
from live.media.transport.addresses import Address
from live.media.transport.feedback_filter import FeedbackFilter
from live.media.transport.receive_engine import PythonReceiveEngine, ReceiveEngine
from live.media.transport.rtp_reader import RtpReader
from live.media.transport.srtp import MasterKey, Opener, RtcpSealer

if TYPE_CHECKING:
    from live.media.kernel import _kernel

PACKETS_MAX = 64  # in one call of the kernel
SEND_NS_MAX = 2_000_000  # how long one call may block the event loop
FRAMES_QUEUED_MAX = 8  # of one fan-out: a quarter of a second at 30 frames a second

_START = RewriteOffsets(0)


class KernelMissingError(RuntimeError):
    """The setting requires the C kernel, which is not available."""


class KernelFanout:
    """Sends frames in order, each only to the senders that had joined when it arrived."""

    def __init__(self, engine: KernelEngine, fanout: _kernel.Fanout) -> None:
        self._engine = engine
        self._fanout = fanout
        self._queued: deque[_kernel.Frame] = deque()
        self.add: Callable[[Any], None] = fanout.add
        self.remove: Callable[[Any], None] = fanout.remove

    def send(self, packets: Sequence[Packet]) -> None:
        for few in _slices(packets):
            frame = self._fanout.frame(few)
            if self._queued or not self._fanout.advance(frame, self._engine.send_ns_max):
                self._enqueue(frame)

    def send_to(self, sender: Any, packets: Sequence[Packet]) -> None:
        for few in _slices(packets):
            self._fanout.send_to(sender, few)

    def _enqueue(self, frame: _kernel.Frame) -> None:
        if len(self._queued) == FRAMES_QUEUED_MAX:
            # The machine cannot keep up. Senders at the end of the list lose this frame, and most likely the next ones
            # too, but the others get whole pictures. If they took turns, nobody would.
            self._fanout.abandon(self._queued.popleft())
        self._queued.append(frame)
        self._engine.schedule(self)

    def send_queued(self, nanoseconds: int) -> bool:
        """Continue the oldest queued frame for about that long; negative: to its end. True when none is left."""
        if self._queued:
            frame, done = self._queued[0], True
            try:
                done = self._fanout.advance(frame, nanoseconds)
            finally:
                # Writing to a TCP stream runs other code, which may have changed the queue.
                if done and self._queued and self._queued[0] is frame:
                    self._queued.popleft()
        return not self._queued


class KernelEngine:
    """Makes fan-outs that send through one socket. Use it from one thread only."""

    def __init__(
        self, sock: socket.socket, *, gso: bool | None = None, cipher: str | None = None, send_ns_max: int = SEND_NS_MAX
    ) -> None:
        """`cipher` is `libcrypto`, `AES-NI` or `VAES`; without it the fastest this processor has."""
        from live.media.kernel import _kernel

        self._kernel = _kernel
        self._engine = _kernel.Engine(sock, gso_available(sock) if gso is None else gso, cipher)
        self.name = "C, libcrypto" if self._engine.cipher == "libcrypto" else "C, AES-NI"
        self.send_ns_max = send_ns_max
        self._waiting: deque[KernelFanout] = deque()  # that have queued frames
        self._loop: asyncio.AbstractEventLoop | None = None  # on which `_send_next` is scheduled

    @property
    def dropped(self) -> int:
        """Packets lost before they reached the network."""
        return self._engine.dropped

    def sender(self, master: MasterKey, route: Route, address: Address) -> _kernel.RtpSender:
        return self._kernel.RtpSender(
            self._engine, master.profile.aead, master.key, master.salt, route, _START, address
        )

    def fanout(self) -> KernelFanout:
        return KernelFanout(self, self._kernel.Fanout(self._engine))

    def schedule(self, fanout: KernelFanout) -> None:
        """Send its queued frames in the event loop's next iterations; without a loop, at once."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            while not fanout.send_queued(-1):
                pass
            return
        if fanout not in self._waiting:
            self._waiting.append(fanout)
        if self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._send_next, loop)

    def _send_next(self, loop: asyncio.AbstractEventLoop) -> None:
        """Continue a single fan-out, then return to the event loop."""
        if self._loop is not loop:  # another event loop runs now
            return
        fanout = self._waiting.popleft()
        try:
            if not fanout.send_queued(self.send_ns_max):
                self._waiting.append(fanout)
        finally:
            self._loop = loop if self._waiting else None
            if self._waiting:
                loop.call_soon(self._send_next, loop)


def _slices(packets: Sequence[Packet]) -> Iterator[Sequence[Packet]]:
    if len(packets) <= PACKETS_MAX:
        yield packets
        return
    for start in itertools.count(0, PACKETS_MAX):
        if start >= len(packets):
            return
        yield packets[start : start + PACKETS_MAX]


def unavailable() -> str:
    """Why the kernel cannot be used here; empty when it can."""
    try:
        from live.media.kernel import _kernel  # noqa: F401
    except ImportError as error:
        return str(error)
    return ""


def open_engine(sock: socket.socket, wanted: str = "auto") -> Engine:
    """The engine that a setting names: `auto` uses C if it is built, `c` requires it, `python` never uses it.

    Raises KernelMissingError.
    """
    reason = "" if wanted == "python" else unavailable()
    if wanted == "c" and reason:
        raise KernelMissingError(f"CADEAU_FANOUT=c, but the C kernel is unavailable ({reason}). `make run` builds it.")
    if wanted == "python" or reason:
        return PythonEngine(sock)
    return KernelEngine(sock)


class KernelReceiveEngine:
    def __init__(self, cipher: str | None = None) -> None:
        """`cipher`: as for `KernelEngine`."""
        from live.media.kernel import _kernel

        self._kernel = _kernel
        self._cipher = cipher

    def feedback_filter(self, sock: socket.socket) -> FeedbackFilter:
        return self._kernel.FeedbackFilter(sock)

    def rtp_reader(self, sock: socket.socket, address: Address, opener: Any) -> RtpReader:
        return self._kernel.RtpReader(sock, address, opener, ReceivedPacket)

    def opener(self, master: MasterKey) -> Opener:
        return self._kernel.Opener(master.profile.aead, master.key, master.salt, self._cipher)

    def sealer(self, master: MasterKey) -> RtcpSealer:
        return self._kernel.Sealer(master.profile.aead, master.key, master.salt, self._cipher)


def open_receive_engine(wanted: str = "auto") -> ReceiveEngine:
    """The receive engine that goes with `open_engine`'s engine."""
    return PythonReceiveEngine() if wanted == "python" or unavailable() else KernelReceiveEngine()
