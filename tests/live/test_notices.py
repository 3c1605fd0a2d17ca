"""A room that goes live is told to its host's followers, and to nobody when it does not."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from core.bus import LocalBus
from core.clock import system_clock
from core.database import Database
from core.identity import Identity
from core.jobs import Jobs
from core.tables import jobs
from live.audience import Audience
from live.notices import RoomNotices
from live.rooms import Rooms, RoomState
from live.stream_keys import StreamKeys
from live.tables import rooms
from people.accounts import Accounts
from people.inbox.notifications import TELL_FOLLOWERS, Notifications
from people.tables import people

STATES: tuple[RoomState, ...] = ("live", "idle", "ended")


@pytest.fixture
def house(database: Database) -> RoomNotices:
    def write(connection: object) -> None:
        row = {
            "id": "host",
            "handle": "host",
            "name": "Host",
            "password": "",
            "birthdate": "1990-01-01",
            "joined_at": 1,
        }
        connection.execute(insert(people).values(row))  # type: ignore[attr-defined]

    database.write(write)
    bus = LocalBus()
    audience = Audience(database, bus)
    found = Rooms(
        database, bus, Accounts(database, system_clock), audience, StreamKeys(database, system_clock), system_clock
    )
    queue = Jobs(database, system_clock)
    return RoomNotices(found, Notifications(system_clock, queue), queue)


def test_going_live_queues_one_job_for_all_followers(house: RoomNotices, database: Database) -> None:
    room = house._rooms.create(Identity("host", "host", "Host", "member", adult=True), "Piano")
    for state in STATES:
        database.write(lambda c: house.record(c, room, state))()  # noqa: B023
    queued = database.read(
        lambda c: c.execute(select(jobs.c.subject, jobs.c.arguments).where(jobs.c.kind == TELL_FOLLOWERS)).all()
    )
    assert [(row.subject, row.arguments["by"], row.arguments["kind"]) for row in queued] == [(room, "host", "live")]
    [shown] = database.read(lambda c: house.describe(c, [room, "none"], "reader")).values()
    assert (shown.kind, shown.title, shown.live) == ("room", "Piano", False)
    database.write(lambda c: c.execute(rooms.update().values(state="live")))
    assert database.read(lambda c: house.describe(c, [room], "reader"))[room].live
