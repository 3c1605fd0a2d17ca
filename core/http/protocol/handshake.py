"""The opening handshake of a WebSocket (RFC 6455, 4), as an ASGI application sees it.

The application accepts, or answers with an ordinary response. Then it either passes the socket to a receiver and
returns, or closes it. `websocket.receive` gives nothing but `websocket.connect`.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import http
import urllib.parse
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from starlette.requests import HTTPConnection

from core.http.protocol.frames import Code
from core.http.protocol.guard import Guard
from core.http.protocol.websocket import WebSocket

EXTENSION = "cadeau.socket"
"""Under this name the connection's WebSocket is in an ASGI scope's `extensions`, as `socket`."""

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

Headers = Sequence[tuple[bytes, bytes]]

_ALONE: Headers = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)

log = structlog.get_logger("http")


def socket_of(connection: HTTPConnection) -> WebSocket:
    """The socket of a WebSocket's ASGI scope."""
    socket: WebSocket = connection.scope["extensions"][EXTENSION]["socket"]
    return socket


class NoHandshake(ValueError):
    """The request is no valid handshake."""


class Handshake:
    def __init__(
        self,
        scope: dict[str, Any],
        url: bytes,
        transport: asyncio.Transport,
        guard: Guard,
        on_lost: Callable[[WebSocket], None],
        *,
        pings: bool,
    ) -> None:
        """`scope` is that of the HTTP request. Raises NoHandshake."""
        headers: Headers = scope["headers"]
        self._accept = accept_key(scope, headers)
        self._state = "connecting"
        self._connected = False
        self._status = 0
        self._headers: Headers = ()
        self._keepalive = guard.keepalive if pings else None
        self.socket = WebSocket(transport, guard, on_lost)
        path, _, query = url.partition(b"?")
        self.scope: dict[str, Any] = {
            **scope,
            "type": "websocket",
            "asgi": {**scope["asgi"], "spec_version": "2.4"},
            "scheme": "wss" if scope["scheme"] == "https" else "ws",
            "path": scope["root_path"] + urllib.parse.unquote(path.decode("ascii")),
            "raw_path": scope["root_path"].encode("ascii") + path,
            "query_string": query,
            "subprotocols": [token for value in values(headers, b"sec-websocket-protocol") for token in tokens(value)],
            "extensions": {"websocket.http.response": {}, EXTENSION: {"socket": self.socket}},
        }
        del self.scope["method"]

    async def run(self, app: Callable[..., Any]) -> None:
        socket = self.socket
        try:
            await app(self.scope, self.receive, self.send)
        except Exception:
            log.exception("fault in a WebSocket's handler")
        if self._state != "open":
            if self._state == "connecting":
                self._respond(500, (), b"Internal Server Error")
            socket.transport.close()
        elif socket.received_by is None:
            socket.close(Code.FAULT)

    async def receive(self) -> dict[str, Any]:
        if self._connected:
            raise RuntimeError("messages go to the socket's receiver")
        self._connected = True
        return {"type": "websocket.connect"}

    async def send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "websocket.accept" and self._state == "connecting":
            self._open(message.get("subprotocol"), message.get("headers", ()))
        elif kind == "websocket.close" and self._state == "open":
            self.socket.close(message.get("code", Code.NORMAL), message.get("reason") or "")
        elif kind == "websocket.close":
            self._respond(403, (), b"")
        elif kind == "websocket.http.response.start" and self._state == "connecting":
            self._status, self._headers = message["status"], message.get("headers", ())
        elif kind == "websocket.http.response.body" and self._status:
            if message.get("more_body"):
                raise RuntimeError("the body of this answer must be in one piece")
            self._respond(self._status, self._headers, message.get("body", b""))
        else:
            raise RuntimeError(f"unexpected message {kind!r}")

    def _open(self, subprotocol: str | None, headers: Headers) -> None:
        self._state = "open"
        lines = [
            b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade",
            b"Sec-WebSocket-Accept: " + self._accept, *(name + b": " + value for name, value in headers),
        ]  # fmt: skip
        if subprotocol is not None:
            lines.append(b"Sec-WebSocket-Protocol: " + subprotocol.encode("latin-1"))
        if not self.socket.transport.is_closing():
            self.socket.transport.write(b"\r\n".join([*lines, b"", b""]))
            if self._keepalive is not None:
                self._keepalive.watch(self.socket)

    def _respond(self, status: int, headers: Headers, body: bytes) -> None:
        self._state = "refused"
        self.socket.transport.write(response(status, headers, body))
        self.socket.transport.close()


def response(status: int, headers: Headers = (), body: bytes = b"") -> bytes:
    """An ordinary response that ends the connection. No application has seen it, so what browsers may do with it is
    said here."""
    given = {name.lower() for name, _ in headers}
    lines = [f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in headers if name.lower() != b"connection"]
    lines += [name + b": " + value for name, value in _ALONE if name not in given]
    if b"content-length" not in given:
        lines.append(f"content-length: {len(body)}".encode())
    return b"\r\n".join([*lines, b"connection: close", b"", body])


def accept_key(scope: dict[str, Any], headers: Headers) -> bytes:
    """What the response proves with that it understood (RFC 6455, 4.2.2). Raises NoHandshake."""
    if values(headers, b"transfer-encoding") or values(headers, b"content-length") not in ([], [b"0"]):
        raise NoHandshake
    keys, versions = values(headers, b"sec-websocket-key"), values(headers, b"sec-websocket-version")
    try:
        valid = len(keys) == 1 and len(base64.b64decode(keys[0].strip(), validate=True)) == 16
    except binascii.Error:
        valid = False
    if not valid or scope["method"] != "GET" or scope["http_version"] != "1.1" or versions != [b"13"]:
        raise NoHandshake
    return base64.b64encode(hashlib.sha1(keys[0].strip() + _GUID, usedforsecurity=False).digest())


def values(headers: Headers, name: bytes) -> list[bytes]:
    return [value for key, value in headers if key == name]


def tokens(value: bytes) -> list[str]:
    return [token.strip().decode("latin-1") for token in value.split(b",")]
