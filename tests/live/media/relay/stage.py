"""A server's media part in the test's own event loop, with real sockets, database and HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from core.bus import LocalBus
from core.database import Database
from core.http import RequestGate
from core.http.refusals.problems import EXCEPTION_HANDLERS
from core.identity import Identity, Person
from core.limits import Limiter
from core.settings import Settings
from live import part as live_part
from people import part as people_part
from signaling import part as signaling_part
from tests.cores import core_over
from tests.services import free_port


class Stage:
    def __init__(self, database: Database, settings: Settings) -> None:
        bus = LocalBus()
        core = core_over(database, settings.data_dir, settings=settings, bus=bus)
        people = people_part.open(core).api
        accounts = people.accounts
        self.settings = settings
        self.database = database
        part = live_part.open(core, accounts=accounts)
        live = part.api
        self.audience, self.rooms, self.node, self.sessions = live.audience, live.rooms, live.node, live.sessions
        self.presence: list[tuple[str, bool]] = []
        self.states: list[tuple[str, str]] = []
        live.presence.listen(lambda room, present: self.presence.append((room, present)))
        self.rooms.listen(lambda room, state: self.states.append((room, state)))
        self.people, self.stream_keys = people, live.stream_keys
        made = self.join("host")
        self.host = Identity(made.id, made.handle, made.name, "member", True)
        self.url = f"http://127.0.0.1:{settings.port}"
        self.http = httpx.AsyncClient(base_url=self.url)
        self.tasks = [bus.run, *part.tasks.values()]
        self.app = Starlette(
            routes=[
                Route("/", page),
                *signaling_part.open(live, identify=people.authentication.by_id).routes,
            ],
            exception_handlers=EXCEPTION_HANDLERS,
        )
        self.app.state.gate = RequestGate(
            authenticate=people.authentication.by_token,
            limiter=Limiter(enabled=settings.rate_limits),
            origins=frozenset(),
        )

    def join(self, handle: str) -> Person:
        """A new adult. Blocks."""
        return self.people.accounts.join(handle, "correct horse", date(1990, 1, 1))

    async def open_room(self) -> tuple[str, str]:
        """A new room's id and stream key."""

        def create() -> tuple[str, str]:
            room = self.rooms.create(self.host, "A room")
            return room, self.stream_keys.of(self.host.id)

        return await asyncio.to_thread(create)

    def whip(self, room: str) -> str:
        return f"{self.url}/live/{room}/whip"

    def whep(self, room: str) -> str:
        return f"{self.url}/live/{room}/whep"


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse("<!doctype html><title>stage</title><body></body>")


@contextlib.asynccontextmanager
async def open_stage(database_url: str, folder: Path, **changes: object) -> AsyncIterator[Stage]:
    """A running stage. `changes`: settings that differ from the defaults."""
    given: dict[str, Any] = {"port": free_port(), "media_port": free_port(socket.SOCK_DGRAM), "data_dir": folder}
    database = Database(database_url)
    stage = Stage(database, Settings(**given | changes))
    server = uvicorn.Server(
        uvicorn.Config(stage.app, host="127.0.0.1", port=stage.settings.port, lifespan="off", log_config=None)
    )
    running = [asyncio.ensure_future(run()) for run in stage.tasks]
    serving = asyncio.create_task(server._serve())
    try:
        await until(lambda: server.started)
        yield stage
    finally:
        await stage.http.aclose()
        server.should_exit = True
        await serving
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        database.close()


async def until(condition: Callable[[], object], seconds: float = 45.0) -> None:
    """Wait for the condition to become true. Raises AssertionError after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await asyncio.sleep(0.02)
