"""A server with only what the chat needs: people, money, rooms, chat. In this process, or in one of its own:

`python -m tests.chat.node DATABASE_URL REDIS_URL|- PORT`
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette

from chat import part as chat_part
from chat.kinds.entry import NO_EFFECTS, NO_GOALS, SponsorsEffects, SponsorsGoals
from core.bus import Bus, LocalBus, RedisBus
from core.clock import Clock, system_clock
from core.database import Database
from core.http import RequestGate
from core.http.protocol import uvicorn_options
from core.http.refusals.problems import EXCEPTION_HANDLERS
from core.identity import Identity, Person, PersonRole
from core.ids import new_id
from core.limits import Limiter
from core.settings import Settings
from live.audience import Audience
from live.nodes import Claim, Nodes
from live.ownership import Ownership
from live.rooms import Rooms
from live.stream_keys import StreamKeys
from money import part as money_part
from people import part as people_part
from tests.coins import add_coins
from tests.cores import core_over

PASSWORD = "correct horse battery"
WAIT_S_MAX = 10.0


class Node:
    """`async with Node(database, bus) as node:`. The bus is run by whoever made it."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        *,
        clock: Clock = system_clock,
        rate_limits: bool = False,
        sockets_max: int = 10_000,
        port: int = 0,
        options: Mapping[str, Any] | None = None,
        effects: SponsorsEffects = NO_EFFECTS,
        goals: SponsorsGoals = NO_GOALS,
    ) -> None:
        self.database = database
        self.bus = bus
        self._folder = tempfile.TemporaryDirectory(prefix="cadeau-node-")
        folder = Path(self._folder.name)
        settings = Settings(data_dir=folder, sockets_max=sockets_max)
        core = core_over(database, folder, settings=settings, bus=bus, clock=clock)
        people = people_part.open(core)
        self.people = people.api
        self.accounts, self.sessions = self.people.accounts, self.people.sessions
        self._money = money_part.open(core, brief=self.accounts.brief)
        self.money = self._money.api
        self.audience = Audience(database, bus)
        self.rooms = Rooms(database, bus, self.accounts, self.audience, StreamKeys(database, clock), clock)
        self.ownership = Ownership(database, self.rooms, Nodes(database, new_id(), ""), clock)
        self.claims: dict[str, Claim] = {}
        part = chat_part.open(
            core, rooms=self.rooms, audience=self.audience, gifts=self.money.gifts, accounts=self.accounts,
            inbox=self.people.inbox.notifications, effects=effects, goals=goals,
        )  # fmt: skip
        self.chat = part.api
        self.rooms.record(self.chat.record)
        take_back = self.money.purchases.take_back
        take_back.listen(self.rooms.reverse_gifts)
        take_back.listen(self.chat.log.reverse, lock=self.chat.log.lock)
        app = Starlette(routes=[*people.routes, *part.routes], exception_handlers=EXCEPTION_HANDLERS)
        app.state.gate = RequestGate(
            authenticate=self.people.authentication.by_token,
            limiter=Limiter(enabled=rate_limits),
            origins=frozenset({"https://live.example.org"}),
            secure_cookie=False,
            watch=self.people.sign_outs.watch,
        )
        self._runs = {**part.tasks, "audience": self.audience.run}
        self._socket = socket.create_server(("127.0.0.1", port), backlog=4096)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(app, lifespan="off", log_level="warning", **uvicorn_options(), **(options or {}))
        self.server = uvicorn.Server(config)
        self._tasks: list[asyncio.Task[object]] = []

    async def __aenter__(self) -> Node:
        runs = {name: asyncio.ensure_future(run()) for name, run in self._runs.items()}
        serve = asyncio.create_task(self.server._serve([self._socket]), name="serve")
        self._tasks = [*runs.values(), serve]
        while not self.server.started:
            await asyncio.sleep(0.01)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.server.force_exit = True
        *runs, serve = self._tasks
        await asyncio.wait_for(serve, WAIT_S_MAX)
        for run in runs:
            assert not run.done(), f"a task of the chat ended: {run}"
            run.cancel()
        for run in runs:
            with contextlib.suppress(asyncio.CancelledError):
                await run
        self.close()

    def close(self) -> None:
        self._socket.close()
        self._money.close()
        self._folder.cleanup()

    async def join(self, handle: str = "", *, born: date = date(1990, 5, 17), role: PersonRole = "member") -> Identity:
        """A new person."""
        person = await asyncio.to_thread(self.accounts.join, handle or f"p{new_id()}", PASSWORD, born)
        if role != "member":
            await asyncio.to_thread(self.accounts.grant, person.handle, role)
        return Identity(person.id, person.handle, person.name, role, adult=born.year < 2000)

    async def token(self, who: Identity) -> str:
        return await asyncio.to_thread(self.sessions.open, who.id)

    async def open_room(self, host: Identity, *, live: bool = True) -> str:
        room = await asyncio.to_thread(self.rooms.create, host, "A room")
        if live:
            await self.go_live(room)
        return room

    async def go_live(self, room: str) -> None:
        """As if a publisher's media arrived."""
        self.claims[room] = await self.ownership.claim(room)
        await self.ownership.went_live(self.claims[room])

    async def go_idle(self, room: str) -> None:
        """As if the publisher were gone."""
        await self.ownership.went_idle(self.claims[room])

    async def grant(self, who: Identity, coins: int) -> None:
        await self.database.write_async(lambda c: add_coins(c, who.id, coins, new_id()))

    async def coins(self, who: Identity) -> int:
        return (await self.database.read_async(lambda c: self.money.wallets.wallet(c, who.id))).coins

    def brief(self, who: Identity) -> dict[str, str]:
        return brief(who.brief)


def brief(person: Person) -> dict[str, str]:
    return {"id": person.id, "handle": person.handle, "name": person.name}


async def serve(database_url: str, redis_url: str, port: int) -> None:
    bus: Bus = LocalBus() if redis_url == "-" else RedisBus(redis_url)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(bus.run())
        async with Node(Database(database_url), bus, port=port):
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
