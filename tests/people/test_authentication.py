"""One check of an account's state, set in one place, applies to every entry point."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from chat import part as chat_part
from core.database import Database
from core.errors import NotAllowed
from core.http import RequestGate
from core.http.protocol import uvicorn_options
from core.http.refusals.problems import EXCEPTION_HANDLERS
from core.identity import Identity
from core.limits import Limiter
from live import part as live_part
from money import part as money_part
from people import part as people_part
from people.authentication import Account
from signaling import part as signaling_part
from tests.cores import core_over
from tests.services import free_port
from vod import part as vod_part


class EntryPoints:
    """A server in this process with all of the domains' entry points."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.suspended: set[str] = set()
        core = core_over(database, folder)
        self.people = people_part.open(core, check=self.check)
        accounts, follows = self.people.api.accounts, self.people.api.follows
        self.money = money_part.open(core, brief=accounts.brief)
        live = live_part.open(core, accounts=accounts).api
        self.rooms, self.stream_keys = live.rooms, live.stream_keys
        parts = (
            self.people,
            self.money,
            signaling_part.open(live, identify=self.people.api.authentication.by_id),
            chat_part.open(
                core, rooms=live.rooms, audience=live.audience, gifts=self.money.api.gifts, accounts=accounts
            ),
            vod_part.open(
                core,
                brief=accounts.brief,
                by_handle=accounts.by_handle,
                following=follows.following,
                live_rooms=live.live_rooms,
                rooms_by_id=live.rooms_by_id,
                new_follows=follows.made,
                money=self.money.api,
            ),
        )
        self.app = Starlette(
            routes=[route for part in parts for route in part.routes], exception_handlers=EXCEPTION_HANDLERS
        )
        self.app.state.gate = RequestGate(
            self.people.api.authentication.by_token, Limiter(), frozenset(), executors=core.executors
        )
        self.port = free_port()

    def check(self, account: Account) -> None:
        if account.id in self.suspended:
            raise NotAllowed

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[httpx.AsyncClient]:
        config = uvicorn.Config(self.app, lifespan="off", port=self.port, log_level="warning", **uvicorn_options())
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve())
        while not server.started:
            await asyncio.sleep(0.01)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}") as client:
            yield client
        server.should_exit = server.force_exit = True
        await serving
        self.money.close()


@pytest.fixture
def entry_points(database: Database, tmp_path: Path) -> EntryPoints:
    return EntryPoints(database, tmp_path)


async def test_one_account_check_applies_to_http_chat_whip_and_uploads(
    entry_points: EntryPoints, database: Database
) -> None:
    accounts, sessions = entry_points.people.api.accounts, entry_points.people.api.sessions
    ada = accounts.join("ada", "correct horse", date(1990, 1, 1))
    token = sessions.open(ada.id)
    room = entry_points.rooms.create(Identity(ada.id, ada.handle, ada.name, "member", True), "A room")
    stream_key = entry_points.stream_keys.of(ada.id)
    bearer = {"Authorization": f"Bearer {token}"}
    tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    tus["Upload-Metadata"] = f"caption {base64.b64encode(b'film').decode()}"

    async with entry_points.open() as client:

        async def answers() -> list[tuple[int, str]]:
            given = [
                await client.get("/api/people/me", headers=bearer),
                await client.post(
                    f"/live/{room}/whip",
                    headers={"Authorization": f"Bearer {stream_key}", "Content-Type": "application/sdp"},
                    content="v=0",
                ),
                await client.post("/api/uploads", headers={**bearer, **tus}),
            ]
            return [
                (a.status_code, a.json().get("code", "") if a.content and a.status_code >= 400 else "") for a in given
            ]

        async def chat() -> str:
            url = f"ws://127.0.0.1:{entry_points.port}/chat/{room}"
            try:
                async with connect(
                    url,
                    subprotocols=[Subprotocol("cadeau.msgpack.v1")],
                    additional_headers=bearer,
                    compression=None,
                ) as socket:
                    await socket.recv()
            except InvalidStatus as refused:
                return str(refused.response.status_code)
            except ConnectionClosed as closed:
                return f"closed {closed.rcvd.code if closed.rcvd else ''}"
            return "open"

        assert await answers() == [(200, ""), (400, "bad_sdp"), (201, "")], "everybody may act"
        assert await chat() == "open"
        entry_points.suspended.add(ada.id)
        assert await answers() == [(403, "not_allowed")] * 3
        assert await chat() == "403"
        assert (await client.get("/api/people/ada")).status_code == 200, "others are let in"
