"""WebSocket connections over real sockets: handshakes, limits, closing, keepalive."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import AsyncIterator, Awaitable

import pytest
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket as Asked
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from core.http.protocol import keepalive, socket_of
from core.http.protocol import websocket as protocol
from core.http.protocol.frames import FRAGMENTS_PER_MESSAGE_MAX
from core.http.protocol.websocket import CONTROL_FRAMES_PER_S_MAX, WebSocket
from tests.core.http.protocol.listener import WAIT_S_MAX, Listener, listening

HANDSHAKE = (
    b"GET /socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PING = b"\x89\x80\0\0\0\0"
FRAGMENT = b"\x00\x80\0\0\0\0"


class Echo:
    """Sends messages back, `slow` ones after a moment."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.closed = False

    def on_message(self, message: bytes | str) -> Awaitable[None] | None:
        if message == "raise":
            raise RuntimeError("a fault")
        if message == "slow":
            return self._later()
        self._send(message)
        return None

    def on_closed(self) -> None:
        assert not self.closed
        self.closed = True

    async def _later(self) -> None:
        await asyncio.sleep(0.05)
        self._send("slow")

    def _send(self, message: bytes | str) -> None:
        data = message.encode() if isinstance(message, str) else message
        self.socket.transport.write(bytes((0x82, len(data))) + data)


class Sockets:
    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.receivers: list[Echo] = []
        self.open = 0
        listener.app.router.routes.append(WebSocketRoute("/socket", self.enter))
        listener.app.router.routes.append(WebSocketRoute("/refused", self.refuse))
        listener.app.router.routes.append(WebSocketRoute("/fault", self.fail))

    async def enter(self, asked: Asked) -> None:
        await asked.accept()
        receiver = Echo(socket_of(asked))
        self.receivers.append(receiver)
        self.open += 1
        socket_of(asked).receive(receiver, self.leave)

    async def refuse(self, asked: Asked) -> None:
        await asked.close()

    async def fail(self, asked: Asked) -> None:
        raise RuntimeError("a fault")

    def leave(self) -> None:
        self.open -= 1

    def connect(self, path: str = "/socket") -> connect:
        return connect(f"ws://127.0.0.1:{self.listener.port}{path}", ping_interval=None)


@pytest.fixture
async def sockets() -> AsyncIterator[Sockets]:
    async with listening() as listener:
        yield Sockets(listener)


async def close_code(client: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        async with asyncio.timeout(WAIT_S_MAX):
            while True:
                await client.recv()
    return client.close_code


async def until_empty(sockets: Sockets) -> None:
    async with asyncio.timeout(WAIT_S_MAX):
        while sockets.open:
            await asyncio.sleep(0.01)
    assert all(receiver.closed for receiver in sockets.receivers)


async def test_messages_arrive_in_order_even_if_one_takes_a_while(sockets: Sockets) -> None:
    async with sockets.connect() as client:
        for message in (b"one", "slow", b"two", "slow", b"three"):
            await client.send(message)
        assert [await client.recv() for _ in range(5)] == [b"one", b"slow", b"two", b"slow", b"three"]
        await client.send([b"in ", b"", b"pieces"])
        assert await client.recv() == b"in pieces"
        await asyncio.wait_for(await client.ping(), WAIT_S_MAX)
    assert client.close_code == 1000
    await until_empty(sockets)


async def test_frames_sent_with_the_handshake_are_not_lost(sockets: Sockets) -> None:
    reader, writer = await sockets.listener.open()
    writer.write(HANDSHAKE + b"\x82\x85\0\0\0\0hello")
    answer = await asyncio.wait_for(reader.readuntil(b"\x82\x05hello"), WAIT_S_MAX)
    assert b"\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in answer  # RFC 6455, 1.3
    writer.close()
    await until_empty(sockets)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Version: 13", b"Version: 8"),
        (b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"c2hvcnQ="),
        (b"dGhlIHNhbXBsZSBub25jZQ==", b"!"),
        (b"GET", b"POST"),
        (b"Host: x", b"Content-Length: 4"),
    ],
)
async def test_an_invalid_handshake_is_refused(sockets: Sockets, old: bytes, new: bytes) -> None:
    answer = await sockets.listener.ask(HANDSHAKE.replace(old, new))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nx-content-type-options: nosniff\r\n" in answer
    assert not sockets.receivers


@pytest.mark.parametrize(("path", "status"), [("/refused", 403), ("/fault", 500), ("/none", 403)])
async def test_the_application_may_refuse(sockets: Sockets, path: str, status: int) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with sockets.connect(path):
            pass
    response = refused.value.response
    assert response.status_code == status
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("flood", "code"),
    [
        (PING * (CONTROL_FRAMES_PER_S_MAX * 3), 1008),
        (PING.replace(b"\x89", b"\x8a") * 1_000_000, 1008),
        (FRAGMENT.replace(b"\x00", b"\x02", 1) + FRAGMENT * FRAGMENTS_PER_MESSAGE_MAX, 1008),
        (FRAGMENT, 1002),
        (b"\x81\x81\0\0\0\0\xff", 1007),
    ],
)
async def test_who_breaks_a_rule_is_closed_with_the_reason(sockets: Sockets, flood: bytes, code: int) -> None:
    async with sockets.connect() as client, sockets.connect() as other:
        client.transport.write(flood)
        assert await close_code(client) == code
        await other.send(b"still here")
        assert await other.recv() == b"still here"
    await until_empty(sockets)


async def test_a_fault_in_a_receiver_closes_only_its_connection(sockets: Sockets) -> None:
    async with sockets.connect() as client, sockets.connect() as other:
        await client.send("raise")
        assert await close_code(client) == 1011
        await other.send(b"still here")
        assert await other.recv() == b"still here"


async def test_a_client_that_ignores_our_close_frame_is_disconnected(
    sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "CLOSE_S_MAX", 0.2)
    reader, writer = await sockets.listener.open()
    writer.write(HANDSHAKE + b"\xff\xff")
    await asyncio.wait_for(reader.read(), WAIT_S_MAX)
    writer.close()
    await until_empty(sockets)


async def test_a_silent_client_is_pinged_and_one_that_does_not_answer_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keepalive, "PING_EVERY_S", 0.2)
    monkeypatch.setattr(keepalive, "ROUND_S", 0.05)
    async with listening(pings=True) as listener:
        sockets = Sockets(listener)
        async with sockets.connect() as client:
            reader, writer = await listener.open()
            writer.write(HANDSHAKE)
            answer = await asyncio.wait_for(reader.read(-1), WAIT_S_MAX)
            assert answer.endswith(b"\x03\xf3keepalive ping timeout")
            assert b"\x89\x00" in answer
            await client.send(b"still here")
            assert await client.recv() == b"still here"
            writer.close()


async def test_nothing_is_left_of_a_closed_connection(sockets: Sockets) -> None:
    async with sockets.connect() as client:
        await client.send(b"x")
        await client.recv()
        left = weakref.ref(sockets.receivers[0].socket.transport.get_protocol().__class__)
        assert left() is WebSocket
    await until_empty(sockets)
    sockets.receivers.clear()
    async with asyncio.timeout(WAIT_S_MAX):
        while any(type(found) is WebSocket for found in gc.get_objects()):
            await asyncio.sleep(0.05)
            gc.collect()
