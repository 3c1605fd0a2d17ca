"""Opens `live`: rooms, who watches them, and their media on this node."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.core import Core
from core.part import Part
from live.audience import Audience
from live.metrics import media_metrics
from live.relays import Relays
from live.rooms import Rooms
from live.routes import LiveRoutes, RoomView
from people.accounts import Accounts


@dataclass(frozen=True, slots=True)
class Live:
    """What other domains may use of `live`."""

    rooms: Rooms
    audience: Audience
    relays: Relays
    live_rooms: Callable[[Connection, int, str], Sequence[RoomView]]
    """(connection, limit, base URL) -> the most watched live rooms, as a visitor is shown them."""


def open(core: Core, *, accounts: Accounts) -> Part[Live]:
    settings, database = core.settings, core.database
    audience = Audience(database, core.bus)
    node = f"{socket.gethostname()}:{settings.media_port}"
    rooms = Rooms(database, core.bus, accounts, audience, core.clock, node)
    relays = Relays(settings, rooms, audience)
    routes = LiveRoutes(database, rooms, audience, accounts, relays, settings.public_url)
    return Part(
        name="live",
        api=Live(rooms, audience, relays, routes.live_rooms),
        routes=routes.operations(),
        tasks={"audience": audience.run, "media": relays.run},
        metrics=lambda: media_metrics(relays),
    )
