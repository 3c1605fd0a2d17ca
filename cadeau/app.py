"""The application: the domains, put together as a list. The one place that knows them all."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from cadeau import __version__
from cadeau.documents import document_routes
from cadeau.metrics import register_metrics
from cadeau.web import web_routes
from chat.chat import Chat, open_chat
from core.bus import Bus, open_bus
from core.clock import Clock, system_clock
from core.database import Database
from core.health import health_routes
from core.http import Door, Operation
from core.jobs import JobHandler, Jobs
from core.limits import Limiter
from core.media import media_route
from core.middleware import Tracing
from core.part import Part, Run
from core.problems import EXCEPTION_HANDLERS
from core.settings import Settings
from core.storage import Storage, open_storage
from live.audience import Audience
from live.relays import Relays
from live.rooms import Rooms
from live.routes import LiveRoutes
from money.assembly import Money, open_money
from people.accounts import Accounts
from people.follows import Follows
from people.routes import PeopleRoutes
from people.sessions import Sessions
from signaling.routes import signaling_part
from vod.assembly import Vod, open_vod


@dataclass(frozen=True, slots=True)
class Cadeau:
    """Everything that is open. `asgi` answers requests, `tasks` must run for it to live."""

    settings: Settings
    database: Database
    bus: Bus
    storage: Storage
    jobs: Jobs
    accounts: Accounts
    sessions: Sessions
    follows: Follows
    money: Money
    rooms: Rooms
    audience: Audience
    relays: Relays
    chat: Chat
    vod: Vod
    parts: tuple[Part, ...]
    asgi: Starlette

    @property
    def tasks(self) -> Iterator[tuple[str, Run]]:
        """Every long-running task by name."""
        for part in self.parts:
            for name, run in part.tasks.items():
                yield f"{part.name}.{name}", run

    @property
    def job_handlers(self) -> Mapping[str, JobHandler]:
        return {kind: handler for part in self.parts for kind, handler in part.jobs.items()}

    def close(self) -> None:
        """Commit what is queued and let go of everything."""
        self.database.close()
        self.money.close()
        self.storage.close()


def open_cadeau(settings: Settings, *, clock: Clock = system_clock) -> Cadeau:
    """Open every part and put them together. The database must be migrated."""
    database = Database.from_settings(settings)
    bus = open_bus(settings)
    storage = open_storage(settings)
    jobs = Jobs(database, clock)

    accounts = Accounts(database, clock)
    sessions = Sessions(database, clock)
    follows = Follows(database, accounts, clock)
    people = Part("people", PeopleRoutes(database, accounts, sessions, follows).operations())

    money = open_money(database, clock, settings, accounts.brief)

    audience = Audience(database, bus)
    node = f"{socket.gethostname()}:{settings.media_port}"
    rooms = Rooms(database, bus, accounts, audience, clock, node)
    relays = Relays(settings, rooms, audience)
    live_routes = LiveRoutes(database, rooms, audience, accounts, relays, settings.public_url)
    live = Part("live", live_routes.operations(), {"audience": audience.run})

    chat = open_chat(
        database=database, bus=bus, clock=clock, rooms=rooms, audience=audience, gifts=money.gifts, accounts=accounts,
        sockets_max=settings.sockets_max,
    )  # fmt: skip
    rooms.record(chat.room_changed)
    relays.listen(chat.publisher_changed)

    vod = open_vod(
        data_dir=settings.data_dir, database=database, storage=storage, jobs=jobs, clock=clock,
        brief=accounts.brief, by_handle=accounts.by_handle, following=follows.following,
        live_rooms=live_routes.live_rooms,
    )  # fmt: skip

    core = Part("core", [*health_routes(database, bus, storage), media_route(storage)], {"bus": bus.run})
    signaling = signaling_part(rooms, relays)
    parts = (core, people, money.part(), live, relays.part(), signaling, chat.part(), vod.part())
    register_metrics(database, relays, chat)
    return Cadeau(
        settings, database, bus, storage, jobs, accounts, sessions, follows, money, rooms, audience, relays, chat, vod,
        parts, _asgi(settings, sessions, parts),
    )  # fmt: skip


def _asgi(settings: Settings, sessions: Sessions, parts: tuple[Part, ...]) -> Starlette:
    routes: list[BaseRoute] = [route for part in parts for route in part.routes]
    operations = [route for route in routes if isinstance(route, Operation)]
    routes += document_routes(operations, version=__version__)
    routes += web_routes()  # last: it answers every address that is left with the web client
    app = Starlette(routes=routes, middleware=[Middleware(Tracing)], exception_handlers=EXCEPTION_HANDLERS)
    app.state.door = Door(
        authenticate=sessions.identity,
        limiter=Limiter(enabled=settings.rate_limits),
        origins=frozenset({settings.base_url}),
        secure_cookie=settings.base_url.startswith("https:"),
    )
    return app
