"""A chat client for tests, over a real socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import msgpack
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from core.ids import new_id

PROTOCOL = "cadeau.msgpack.v1"
WAIT_S_MAX = 30.0

Event = dict[str, Any]


class Client:
    """`async with Client(port, room, token) as client:`. `seen` is every event that came, in order."""

    def __init__(
        self,
        port: int,
        room: str,
        token: str = "",
        *,
        after: int | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        query = "" if after is None else f"?after={after}"
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        options = {"subprotocols": [PROTOCOL], "compression": None, **options}
        self._connecting = connect(
            f"{'wss' if 'ssl' in options else 'ws'}://127.0.0.1:{port}/chat/{room}{query}",
            additional_headers={**authorization, **(headers or {})},
            **options,
        )
        self.seen: list[Event] = []
        self._at = 0
        self.socket: ClientConnection

    async def __aenter__(self) -> Client:
        self.socket = await self._connecting
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.socket.close()

    async def next(self, kind: str, **fields: Any) -> Event:
        """The next event of a type, with these fields."""
        async with asyncio.timeout(WAIT_S_MAX):
            while True:
                while self._at < len(self.seen):
                    event = self.seen[self._at]
                    self._at += 1
                    if event["type"] == kind and all(event[name] == value for name, value in fields.items()):
                        return event
                await self.receive()

    async def receive(self) -> list[Event]:
        """The events of one message."""
        message = await self.socket.recv()
        assert isinstance(message, bytes)
        events: list[Event] = msgpack.unpackb(message)
        self.seen += events
        return events

    async def send(self, message: object) -> None:
        await self.socket.send(message if isinstance(message, bytes | str) else msgpack.packb(message))

    async def ask(self, kind: str, id: str = "", **fields: Any) -> Event:
        """Send a message and wait for its answer, `ok` or `refused`."""
        message = {"type": kind, "id": id or new_id(), **fields}
        start = len(self.seen)
        await self.send(message)
        async with asyncio.timeout(WAIT_S_MAX):
            while True:
                for event in self.seen[start:]:
                    if event["type"] in ("ok", "refused") and event["id"] == message["id"]:
                        return event
                start = len(self.seen)
                await self.receive()

    async def closed(self) -> int:
        """Read to the end; the code it was closed with."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                await self.receive()
        assert self.socket.close_code is not None
        return self.socket.close_code

    @property
    def durable(self) -> list[Event]:
        return [event for event in self.seen if "at" in event]

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for event in self.durable]
