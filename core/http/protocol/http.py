"""uvicorn's HTTP class with limits on what a client may send before and beside a request.

It passes the parser one whole head at a time, and then the body. Requests that a client sends ahead of an answer wait
as bytes; as long as there are any, nothing more is read, so they are never more than one read (256 KiB).

It uses uvicorn's internals, which is why uvicorn is pinned; `tests/core/http/protocol/test_pins.py` fails when an
upgrade changes them.
"""

from __future__ import annotations

import asyncio
import http
import re
from functools import partial
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from core.http.protocol.flow import HeldFlow
from core.http.protocol.framing import ChunkedBody, HeadFinder, Refused, SizedBody
from core.http.protocol.guard import Guard
from core.http.protocol.handshake import Handshake, NoHandshake, response
from core.http.protocol.turns import REQUEST_S

HEAD_S_MAX = 10.0  # for a request's head, from its first byte or, of a connection's first request, from the start
BODY_STALLED_S_MAX = 30.0  # without a byte of a body that somebody waits for
UNREAD_S_MAX = 120.0  # without a client taking what is written
LINGER_S_MAX = 2.0  # for a refused client to stop sending and read why; closing at once could discard the answer
LINGER_BYTES_MAX = 1024 * 1024
UNWANTED_BYTES_MAX = 16 * 1024 * 1024  # of a body after its answer: read, so that the connection can be used again
UNWANTED_CHUNKED_BYTES_MAX = 1024 * 1024  # the same of one in chunks, which cost more
REQUESTS_AHEAD_MAX = 16  # that a client may send in a row before it waits for an answer; then the connection is closed

NEVER = float("inf")

_UPGRADE = re.compile(rb"(?<=\r\n)upgrade(?=:[ \t]*([^\r\n]*))", re.IGNORECASE)
_IGNORED = b"ignored"  # as long as the name it replaces


class BoundedHttp(HttpToolsProtocol):
    guard: Guard  # of the subclass for one listener: see `listener_class`
    network: str | None = ""
    watch: asyncio.TimerHandle | None = None
    unread: asyncio.TimerHandle | None = None
    flow: HeldFlow

    # -- the connection --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = HeldFlow(transport)
        self.received = bytearray()  # and not yet parsed
        self.head = HeadFinder()
        self.body: SizedBody | ChunkedBody | None = None  # that is being received
        self.blank = False  # whether there was an empty line before the head
        self.unwanted = 0  # bytes of this body since it was answered
        self.ahead = 0  # requests in a row that were here before the previous one was answered
        self.events = 0  # heads that the parser saw since we passed it one
        self.message_complete = False
        self.working = False  # a step of ours waits for its turn
        self.refused = False
        self.upgraded = False
        self.discarded = 0  # bytes since the refusal
        self.deadline = NEVER
        self.network = self.guard.admit(self.client[0] if self.client else "")
        if self.network is None:
            self.refused = True
            transport.abort()
        else:
            self.expect_by(HEAD_S_MAX)

    def connection_lost(self, exc: Exception | None) -> None:
        self.detach()
        self.received.clear()
        self.body = None
        super().connection_lost(exc)

    def detach(self) -> None:
        """The connection is no longer HTTP, or no longer there."""
        if self.network:
            self.guard.release(self.network)
        self.network = ""
        self.deadline = NEVER
        for timer in (self.watch, self.unread):
            if timer is not None:
                timer.cancel()
        self.watch = self.unread = None

    # -- what is received ------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self.refused:
            self.discarded += len(data)
            if self.discarded > LINGER_BYTES_MAX:
                self.transport.abort()
            return
        self._unset_keepalive_if_required()
        if not self.answering:
            self.ahead = 0
        self.received += data
        self.work()

    def work(self) -> None:
        """Parse what was received, as far as the answers have come and this turn of the loop allows."""
        if self.working:
            return
        self.working = True
        self.guard.turns.take(self.step)
        if self.working:
            self.flow.hold()

    def step(self) -> bool:
        """Parse a little. Returns whether there is more to parse now."""
        more = False
        try:
            more = not self.transport.is_closing() and bool(self.received) and self.parse()
        except Refused as refused:
            self.refuse(refused.status)
        finally:
            if not more:
                self.working = False
                self.rest()
        return more

    def rest(self) -> None:
        """Wait: for more bytes, or for an answer before the next request is parsed."""
        if self.upgraded or self.transport.is_closing():
            return
        if self.received and self.body is None and self.answering and not self.refused:
            self.flow.hold()
        else:
            self.flow.release()

    @property
    def answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def parse(self) -> bool:
        if self.body is not None:
            return self.parse_body(self.body)
        if self.answering:
            return False
        if self.received[:2] == b"\r\n" and not self.blank:  # some clients end a body with one (RFC 9112, 2.2)
            self.blank = True
            del self.received[:2]
        begun = len(self.received) > 1 or self.received[:1].isalpha()
        size = self.head.find(self.received) if begun else 0
        if not size:
            if self.deadline == NEVER:
                self.expect_by(HEAD_S_MAX)
            return False
        self.deadline = NEVER
        self.blank = False
        self.parse_head(size)
        return bool(self.received)

    def parse_head(self, size: int) -> None:
        self.events = 0
        self.message_complete = False
        self.guard.turns.charge(REQUEST_S)
        self.ignore_upgrade(size)
        upgraded = self.feed(size)
        if self.events != 1 or (upgraded and not self._should_upgrade()):
            raise Refused(400)  # the parser sees other borders than we do
        if upgraded:
            self.handle_websocket_upgrade()
            return
        if not self.message_complete:
            self.body = self.framing()
            self.expect_by(BODY_STALLED_S_MAX)
        if self.ahead >= REQUESTS_AHEAD_MAX:
            self.cycle.keep_alive = False

    def ignore_upgrade(self, size: int) -> None:
        """Hide from the parser that a client wants another protocol than WebSocket, such as h2c. It would take the
        request to end with its head, and the body for the next request: through a proxy, somebody else's."""
        wanted = _UPGRADE.findall(self.received, 0, size)
        if any(protocol.strip().lower() != b"websocket" for protocol in wanted):
            self.received[:size] = _UPGRADE.sub(_IGNORED, bytes(self.received[:size]))

    def framing(self) -> SizedBody | ChunkedBody:
        names = dict(self.headers)
        if self.parser.should_upgrade() and self._should_upgrade():
            raise Refused(400)  # a handshake has no body
        if b"transfer-encoding" in names:
            return ChunkedBody()
        return SizedBody(int(names.get(b"content-length", b"0")))

    def parse_body(self, body: SizedBody | ChunkedBody) -> bool:
        size = body.take(self.received)
        if not size:
            return False
        if not self.answering:
            self.unwanted += size
            if self.unwanted > (UNWANTED_BYTES_MAX if isinstance(body, SizedBody) else UNWANTED_CHUNKED_BYTES_MAX):
                raise Refused(0)
        self.feed(size)
        if self.message_complete:
            self.body = None
            self.unwanted = 0
            self.deadline = NEVER
        else:
            self.deadline = self.loop.time() + BODY_STALLED_S_MAX
        return bool(self.received)

    def feed(self, size: int) -> bool:
        """Pass the parser the first bytes. Returns whether they ask for another protocol."""
        whole = size == len(self.received)
        data = bytes(self.received) if whole else bytes(self.received[:size])
        if whole:
            self.received = bytearray()
        else:
            del self.received[:size]
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return True
        except httptools.HttpParserError:
            raise Refused(400) from None
        return False

    def on_headers_complete(self) -> None:
        self.events += 1
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self.message_complete = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self.watch_unread()
        elif self.received and not self.refused:
            self.ahead += self.body is None
            self._unset_keepalive_if_required()
            self.work()

    # -- refusals and deadlines ------------------------------------------------------------------

    def refuse(self, status: int) -> None:
        """Answer with an error, unless there is an answer already, and close after a moment."""
        if self.refused or self.transport.is_closing():
            return
        self.refused = True
        self.deadline = NEVER
        self.received.clear()
        self._unset_keepalive_if_required()
        if self.answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if status and not (self.answering and self.cycle.response_started):
            text = http.HTTPStatus(status).phrase.encode()
            self.transport.write(response(status, [(b"content-type", b"text/plain; charset=utf-8")], text))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self.flow.release()
        self.watch_closing(LINGER_S_MAX)

    def watch_closing(self, seconds: float) -> None:
        if self.watch is not None:
            self.watch.cancel()
        self.watch = self.loop.call_later(seconds, self.transport.abort)

    def expect_by(self, seconds: float) -> None:
        self.deadline = self.loop.time() + seconds
        if self.watch is not None:
            self.watch.cancel()
        self.watch = self.loop.call_later(seconds, self.check_deadline)

    def check_deadline(self) -> None:
        self.watch = None
        if self.deadline == NEVER or self.refused or self.transport.is_closing():
            return
        left = self.deadline - self.loop.time()
        if left <= 0 and self.flow.read_paused:  # it is we who wait for nothing
            left = BODY_STALLED_S_MAX
        if left > 0:
            self.watch = self.loop.call_later(left, self.check_deadline)
        elif self.received or self.body is not None:
            self.refuse(408)
        else:
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.watch_unread()

    def watch_unread(self) -> None:
        """What is left to write may never be read."""
        if self.unread is None:
            self.unread = self.loop.call_later(UNREAD_S_MAX, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.unread is not None and not self.transport.is_closing():
            self.unread.cancel()
            self.unread = None

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self.watch_unread()

    # -- WebSocket -------------------------------------------------------------------------------

    def handle_websocket_upgrade(self) -> None:
        """Continue as a WebSocket. It counts as a connection of its network until it is accepted or gone."""
        transport, network = self.transport, self.network
        ahead = bytes(self.received)
        self.received.clear()
        self.network = ""
        self.detach()
        self.upgraded = True
        self.parser = None  # type: ignore[assignment]  # it refers to us, and would keep both until a collection
        self.flow.release()
        released = partial(self.guard.release, network or "")
        scope, lost, pings = cast(Any, self.scope), self.connections.discard, bool(self.config.ws_ping_interval)
        try:
            handshake = Handshake(scope, self.url, transport, self.guard, cast(Any, lost), pings=pings)
        except (NoHandshake, UnicodeDecodeError):
            released()
            transport.write(response(400, [(b"sec-websocket-version", b"13")], b"Bad Request"))
            transport.close()
            return
        self.connections.discard(self)
        self.connections.add(cast(Any, handshake.socket))
        transport.set_protocol(handshake.socket)
        if ahead:
            handshake.socket.data_received(ahead)
        task = self.loop.create_task(handshake.run(self.app))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        task.add_done_callback(lambda _: released())

    def _unsupported_upgrade_warning(self) -> None:
        """Not logged: anybody can cause it."""


def listener_class(base: type[BoundedHttp], guard: Guard, **attributes: object) -> type[BoundedHttp]:
    """The class of one listener's connections, for uvicorn, which calls it with arguments of its own."""
    return type(base.__name__, (base,), {"guard": guard, **attributes})
