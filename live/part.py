"""Opens `live`: rooms, who watches them, and their media on this node."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.core import Core
from core.part import Part
from core.privacy import NotYet
from live.audience import Audience
from live.monitoring.airtime import Airtime
from live.monitoring.keyframes import Keyframes
from live.monitoring.metrics import media_metrics
from live.node import MediaNode
from live.nodes import Nodes
from live.notices import RoomNotices
from live.ownership import Ownership
from live.presence import Presence
from live.rooms import TITLES, Rooms
from live.routes import Hidden, LiveRoutes, RoomView, nothing_hidden
from live.sessions import MediaSessions
from live.stream_keys import StreamKeys
from live.tables import rooms as table
from people.accounts import Accounts
from people.inbox.notices import SILENCE, Notifies
from people.leaving.mentions import unnames


@dataclass(frozen=True, slots=True)
class Live:
    """What other domains may use of `live`."""

    rooms: Rooms
    notices: RoomNotices
    stream_keys: StreamKeys
    audience: Audience
    ownership: Ownership
    presence: Presence
    node: MediaNode
    sessions: MediaSessions
    keyframes: Keyframes
    live_rooms: Callable[[Connection, int, str], Sequence[RoomView]]
    """(connection, limit, base URL) -> the most watched live rooms, as a visitor is shown them."""
    rooms_by_id: Callable[[Connection, Sequence[str], str], Sequence[RoomView]]
    """(connection, ids, base URL) -> those of them that are live."""


def open(core: Core, *, accounts: Accounts, hidden: Hidden = nothing_hidden, inbox: Notifies = SILENCE) -> Part[Live]:
    """`hidden` asks `trust` which rooms and hosts a viewer has reported."""
    settings, database = core.settings, core.database
    audience = Audience(database, core.bus)
    keys = StreamKeys(database, core.clock)
    rooms = Rooms(database, core.bus, accounts, audience, keys, core.clock)
    notices = RoomNotices(rooms, inbox, core.jobs)
    rooms.record(notices.record)
    nodes = Nodes(database, f"{socket.gethostname()}:{settings.media_port}", settings.base_url)
    ownership = Ownership(database, rooms, nodes, core.clock)
    presence = Presence(ownership)
    node = MediaNode(settings)
    sessions = MediaSessions(settings, node, rooms, ownership, presence, audience)
    routes = LiveRoutes(
        database, rooms, keys, audience, accounts, node, sessions, core.clock, settings.public_url, hidden
    )

    def check_ended(person: str) -> None:
        """A room ends on the event loop of a server: an erasure waits for that."""
        if database.read(lambda c: rooms.is_any_open(c, person)):
            raise NotYet("rooms that are still open")

    core.privacy.step("rooms", check_ended)
    core.privacy.step("mentions in titles", unnames(database, table, TITLES, rooms.unname))
    return Part(
        name="live",
        api=Live(
            rooms,
            notices,
            keys,
            audience,
            ownership,
            presence,
            node,
            sessions,
            Keyframes(sessions, presence),
            routes.live_rooms,
            routes.rooms_by_id,
        ),
        routes=routes.operations(),
        tasks={
            "audience": audience.run,
            "airtime": Airtime(database, sessions).run,
            "ownership": ownership.run,
            "presence": presence.run,
            "media": node.run,
        },
        checks={"fan-out": node.check_fanout},
        metrics=lambda: media_metrics(node, sessions),
    )
