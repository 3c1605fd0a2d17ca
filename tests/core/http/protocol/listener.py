"""A listener in this process, before a small application."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from core.http.protocol import Guard, uvicorn_options

WAIT_S_MAX = 20.0


class Listener:
    """`answer`: set to let /slow answer. `asked`: the requests that reached a handler."""

    def __init__(self, guard: Guard) -> None:
        self.guard = guard
        self.answer = asyncio.Event()
        self.asked: list[str] = []
        self.port = 0
        routes = [
            Route("/", self.quick, methods=["GET", "POST"]),
            Route("/slow", self.slow),
            Route("/long", self.long),
        ]
        self.app = Starlette(routes=routes)

    async def quick(self, request: Request) -> Response:
        self.asked.append(str(request.url.query))
        return PlainTextResponse(str(len(await request.body())))

    async def slow(self, request: Request) -> Response:
        self.asked.append(str(request.url.query))
        await self.answer.wait()
        return PlainTextResponse("slow")

    async def long(self, request: Request) -> Response:
        return Response(bytes(8_000_000))

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(self, *pieces: bytes) -> bytes:
        """Everything the server answers to these bytes until it closes the connection."""
        reader, writer = await self.open()
        with contextlib.suppress(ConnectionError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(read_all(reader), WAIT_S_MAX)
        finally:
            writer.close()


async def read_all(reader: asyncio.StreamReader) -> bytes:
    answer = b""
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65_536):
            answer += piece
    return answer


@contextlib.asynccontextmanager
async def listening(proxies: str | None = None, *, pings: bool = False) -> AsyncIterator[Listener]:
    listener = Listener(Guard(proxies))
    with socket.create_server(("127.0.0.1", 0)) as accepting:
        listener.port = accepting.getsockname()[1]
        config = uvicorn.Config(
            listener.app, **uvicorn_options(listener.guard), ws_ping_interval=20 if pings else None, lifespan="off",
            log_config=None,
        )  # fmt: skip
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([accepting]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield listener
        finally:
            listener.answer.set()
            server.should_exit = server.force_exit = True
            await asyncio.wait_for(serving, WAIT_S_MAX)
