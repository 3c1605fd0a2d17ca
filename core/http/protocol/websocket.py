"""An open WebSocket connection, as small as possible: a room has thousands that hardly ever send anything.

There is no task for a connection. The application's task ends with the handshake; from then on a `Receiver` is called
for each message. Whoever writes to many connections frames a message once and writes it to their transports.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from core.http.protocol import frames
from core.http.protocol.frames import Code, FrameReader, Opcode, Received, Violation
from core.http.protocol.guard import Guard

CONTROL_FRAMES_PER_S_MAX = 20  # of a client, unfinished fragments included; more close the connection (1008)
FRAMES_PER_STEP_MAX = 16
UNSENT_BYTES_MAX = 32 * 1024  # in the kernel; more stays in this process, where we notice that a reader is slow
SEND_BUFFER_BYTES_MAX = 1024 * 1024  # in this process; a reader with more unsent is disconnected
CLOSE_S_MAX = 5.0  # for a client to receive what was sent, and to answer our close frame
DISCARDED_BYTES_MAX = 1024 * 1024  # from a client to which we have sent a close frame

_TCP_NOTSENT_LOWAT = 25 if sys.platform == "linux" else None  # Python names it from 3.13 on

log = structlog.get_logger("http")


class Receiver(Protocol):
    def on_message(self, message: bytes | str) -> Awaitable[None] | None:
        """Handle a message. Nothing more is read until what this returns has been awaited."""

    def on_closed(self) -> None:
        """The connection is closed, or about to be. Called once."""


class WebSocket(asyncio.Protocol):
    __slots__ = (
        "_busy", "_closed", "_controls", "_controls_since", "_discarded", "_guard", "_heard", "_left", "_on_lost",
        "_paused", "_reader", "_receiver", "_timer", "_working", "transport",
    )  # fmt: skip

    def __init__(self, transport: asyncio.Transport, guard: Guard, on_lost: Callable[[WebSocket], None]) -> None:
        """`on_lost` is called when the transport is gone."""
        self.transport = transport
        connection = transport.get_extra_info("socket")
        if _TCP_NOTSENT_LOWAT and connection.family in (socket.AF_INET, socket.AF_INET6):
            connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, UNSENT_BYTES_MAX)
        self._guard = guard
        self._on_lost: Callable[[WebSocket], None] | None = on_lost
        self._receiver: Receiver | None = None
        self._left: Callable[[], None] | None = None
        self._reader = FrameReader()
        self._busy = True  # until there is a receiver, and while it handles a message
        self._closed = False  # a close frame was sent, or the transport is gone
        self._heard = True  # anything, since the last ping
        self._paused = False
        self._working = False  # a step of ours waits for its turn
        self._controls = 0  # received since the time below
        self._controls_since = 0.0
        self._discarded = 0  # bytes, since we closed
        self._timer: asyncio.TimerHandle | None = None

    # -- asyncio ---------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._heard = True
        if self._closed:
            self._discard(data)
            return
        self._reader.feed(data)
        self._work()

    def connection_lost(self, _: Exception | None) -> None:
        self._end()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._reader.clear()
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost(self)

    # -- the application -------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def received_by(self) -> Receiver | None:
        return self._receiver

    def receive(self, receiver: Receiver, left: Callable[[], None]) -> None:
        """Pass every message to `receiver` from now on. `left` is called when it is closed, after the receiver."""
        if self._closed:
            receiver.on_closed()
            left()
            return
        self._receiver, self._left = receiver, left
        self._busy = False
        self._work()

    def close(self, code: int, reason: str = "") -> None:
        """Send a close frame; disconnect when the client has answered it, or after a moment."""
        if self._closed:
            return
        if not self.transport.is_closing():
            self.transport.write(frames.close(code, reason))
            self._abort_later()
        self._end()
        self._reader.clear()
        self._read_on()

    def shutdown(self) -> None:
        """Called by the server before it stops."""
        self.close(Code.RESTART)
        self.transport.close()

    def check_alive(self) -> bool:
        """Ping the client. Returns False, and closes, if nothing at all came since the last ping."""
        if self._closed:
            return False
        if not self._heard:
            self.close(Code.FAULT, "keepalive ping timeout")
            return False
        self._heard = False
        self.transport.write(frames.control(Opcode.PING))
        return True

    # -- frames ----------------------------------------------------------------------------------

    def _work(self) -> None:
        """Read frames, as far as the receiver and this turn of the loop allow."""
        if self._working:
            return
        self._working = True
        self._guard.turns.take(self._step)
        if self._working:
            self._pause()

    def _step(self) -> bool:
        more = False
        try:
            more = self._read_frames()
        except Violation as violation:
            self.close(violation.code, violation.reason)
        except Exception:
            log.exception("cannot handle a message")
            self.close(Code.FAULT)
        finally:
            if not more:
                self._working = False
                self._wait()
        return more

    def _wait(self) -> None:
        self._reader.shrink()
        if self._busy and self._reader and not self._closed:
            self._pause()
        else:
            self._read_on()

    def _read_frames(self) -> bool:
        """Read a few frames. Returns whether there may be more to read now."""
        for _ in range(FRAMES_PER_STEP_MAX):
            if self._closed or self._busy:
                return False
            received = self._reader.read()
            if received is None:
                return False
            self._handle(received)
        return True

    def _handle(self, received: Received) -> None:
        opcode, payload = received
        if opcode is Opcode.BINARY:
            self._deliver(payload)
        elif opcode is Opcode.TEXT:
            try:
                self._deliver(payload.decode())
            except UnicodeDecodeError:
                raise Violation(Code.INVALID_TEXT) from None
        elif opcode is Opcode.CLOSE:
            code = frames.close_code(payload)
            self.close(Code.NORMAL if code == Code.NONE else code)
            self.transport.close()
        else:
            self._count_control()
            if opcode is Opcode.PING:
                self._pong(payload)

    def _deliver(self, message: bytes | str) -> None:
        assert self._receiver is not None
        work = self._receiver.on_message(message)
        if work is not None:
            self._busy = True
            task = asyncio.ensure_future(work)
            task.add_done_callback(self._delivered)

    def _delivered(self, task: asyncio.Future[None]) -> None:
        if not task.cancelled() and (fault := task.exception()) is not None:
            log.error("cannot handle a message", exc_info=fault)
            self.close(Code.FAULT)
        if not self._closed:
            self._busy = False
            self._work()

    def _count_control(self) -> None:
        now = time.monotonic()
        if now - self._controls_since >= 1.0:
            self._controls_since, self._controls = now, 0
        self._controls += 1
        if self._controls > CONTROL_FRAMES_PER_S_MAX:
            raise Violation(Code.POLICY, "too many frames")

    def _pong(self, payload: bytes) -> None:
        """Answer, unless the client does not read."""
        if self.transport.get_write_buffer_size() <= SEND_BUFFER_BYTES_MAX:
            self.transport.write(frames.control(Opcode.PONG, payload))
        else:
            self.transport.abort()

    # -- reading and closing ---------------------------------------------------------------------

    def _pause(self) -> None:
        if not self._paused and not self.transport.is_closing():
            self._paused = True
            self.transport.pause_reading()

    def _read_on(self) -> None:
        if self._paused:
            self._paused = False
            if not self.transport.is_closing():
                self.transport.resume_reading()

    def _end(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._guard.keepalive.forget(self)
        if self._receiver is not None and self._left is not None:
            receiver, left = self._receiver, self._left
            self._receiver = self._left = None
            receiver.on_closed()
            left()

    def _discard(self, data: bytes) -> None:
        """After our close frame only the client's matters. Closing at once could keep it from receiving ours."""
        self._discarded += len(data)
        if self._discarded > DISCARDED_BYTES_MAX:
            self.transport.abort()
            return
        self._reader.feed(data)
        try:
            for _ in range(FRAMES_PER_STEP_MAX):
                received = self._reader.read()
                if received is None:
                    return
                if received.opcode is Opcode.CLOSE:
                    self.transport.close()
                    return
        except Violation:
            pass
        self._reader.clear()

    def _abort_later(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(CLOSE_S_MAX, self.transport.abort)
