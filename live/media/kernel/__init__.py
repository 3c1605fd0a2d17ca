"""The fan-out and the reading in C: Python holds the rules, a small kernel does the bytes.

What `live.media.fanout.engine` and `live.media.transport.receive_engine` ask for, over the module `_kernel` that
`python -m live.media.kernel.build` makes of the C sources here. It rewrites headers, encrypts and sends without the
interpreter's lock. So that the event loop is never held for long, a frame that takes longer goes on in the loop's next
turn."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from live.media.fanout.engine import Address, Engine, RewriteOffsets, Route
from live.media.fanout.python_engine import PythonEngine, gso_available
from live.media.rtp.packets import Packet, ReceivedPacket
from live.media.transport.feedback_filter import FeedbackFilter
from live.media.transport.receive_engine import PythonReceiveEngine, ReceiveEngine
from live.media.transport.rtp_reader import RtpReader
from live.media.transport.srtp import MasterKey, Opener, RtcpSealer

if TYPE_CHECKING:
    from live.media.kernel import _kernel

PACKETS_MAX = 64  # in one call of the kernel
TURN_NS = 2_000_000  # for which sending may hold the event loop
FRAMES_UNDER_WAY_MAX = 8  # of one fan-out: a quarter of a second at 30 frames a second

_START = RewriteOffsets(0)


class KernelMissingError(RuntimeError):
    """The fan-out in C was asked for and is not there."""


class KernelFanout:
    """Frames under way are sent one after the other, each only to those who were there when it came."""

    def __init__(self, engine: KernelEngine, fanout: _kernel.Fanout) -> None:
        self._engine = engine
        self._fanout = fanout
        self._under_way: deque[_kernel.Frame] = deque()
        self.add: Callable[[Any], None] = fanout.add
        self.remove: Callable[[Any], None] = fanout.remove

    def send(self, packets: Sequence[Packet]) -> None:
        for few in _slices(packets):
            frame = self._fanout.frame(few)
            if self._under_way or not self._fanout.advance(frame, self._engine.turn_ns):
                self._wait(frame)

    def send_to(self, sender: Any, packets: Sequence[Packet]) -> None:
        for few in _slices(packets):
            self._fanout.send_to(sender, few)

    def _wait(self, frame: _kernel.Frame) -> None:
        if len(self._under_way) == FRAMES_UNDER_WAY_MAX:
            # The machine cannot keep up. Those at the end of the list lose this frame, and most likely the next ones,
            # but the others see a whole picture; taking turns nobody would.
            self._fanout.abandon(self._under_way.popleft())
        self._under_way.append(frame)
        self._engine.go_on_later(self)

    def go_on(self, nanoseconds: int) -> bool:
        """One turn's worth of the oldest frame under way; true when there is none left."""
        if self._under_way:
            frame, done = self._under_way[0], True
            try:
                done = self._fanout.advance(frame, nanoseconds)
            finally:
                # Not for sure the oldest any more: who is written to by TCP may have sent something.
                if done and self._under_way and self._under_way[0] is frame:
                    self._under_way.popleft()
        return not self._under_way


class KernelEngine:
    """Makes fan-outs that send through one socket. It belongs to one thread, as the socket's event loop does."""

    def __init__(
        self, sock: socket.socket, *, gso: bool | None = None, cipher: str | None = None, turn_ns: int = TURN_NS
    ) -> None:
        """`cipher` is `libcrypto`, `AES-NI` or `VAES`; without it the fastest this processor has."""
        from live.media.kernel import _kernel

        self._kernel = _kernel
        self._engine = _kernel.Engine(sock, gso_available(sock) if gso is None else gso, cipher)
        self.name = "C, libcrypto" if self._engine.cipher == "libcrypto" else "C, AES-NI"
        self.turn_ns = turn_ns
        self._waiting: deque[KernelFanout] = deque()  # with frames under way
        self._loop: asyncio.AbstractEventLoop | None = None  # on which the next turn is scheduled

    @property
    def dropped(self) -> int:
        """Packets that were lost before they reached the network."""
        return self._engine.dropped

    def sender(self, master: MasterKey, route: Route, address: Address) -> _kernel.RtpSender:
        return self._kernel.RtpSender(
            self._engine, master.profile.aead, master.key, master.salt, route, _START, address
        )

    def fanout(self) -> KernelFanout:
        return KernelFanout(self, self._kernel.Fanout(self._engine))

    def go_on_later(self, fanout: KernelFanout) -> None:
        """Give a fan-out turns of the event loop until it is done; without a loop there is nobody to wait for."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            while not fanout.go_on(-1):
                pass
            return
        if fanout not in self._waiting:
            self._waiting.append(fanout)
        if self._loop is not loop:
            self._loop = loop
            loop.call_soon(self._turn, loop)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        """One fan-out's turn, however many wait: then the loop looks after everything else."""
        if self._loop is not loop:  # another one has taken over since
            return
        fanout = self._waiting.popleft()
        try:
            if not fanout.go_on(self.turn_ns):
                self._waiting.append(fanout)
        finally:
            self._loop = loop if self._waiting else None
            if self._waiting:
                loop.call_soon(self._turn, loop)


def _slices(packets: Sequence[Packet]) -> Iterator[Sequence[Packet]]:
    if len(packets) <= PACKETS_MAX:
        yield packets
        return
    for start in itertools.count(0, PACKETS_MAX):
        if start >= len(packets):
            return
        yield packets[start : start + PACKETS_MAX]


def unavailable() -> str:
    """Why the fan-out in C cannot be used here; empty when it can."""
    try:
        from live.media.kernel import _kernel  # noqa: F401
    except ImportError as error:
        return str(error)
    return ""


def open_engine(sock: socket.socket, wanted: str = "auto") -> Engine:
    """The engine a setting names: `auto` takes C where it is built, `c` insists on it, `python` never does.

    Raises KernelMissingError.
    """
    reason = "" if wanted == "python" else unavailable()
    if wanted == "c" and reason:
        raise KernelMissingError(f"CADEAU_FANOUT=c, but there is no fan-out in C ({reason}). `make run` builds it.")
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
    """What reads, to go with the engine `open_engine` gives."""
    return PythonReceiveEngine() if wanted == "python" or unavailable() else KernelReceiveEngine()
