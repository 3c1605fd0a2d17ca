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
from people.inbox.notices import LIVE_AGAIN_MS
from people.inbox.notifications import TELL_FOLLOWERS, Notifications
from people.tables import people

STATES: tuple[RoomState, ...] = ("live", "idle", "ended")
HOST = Identity("host", "host", "Host", "member", adult=True)


class Time:
    """The real time plus an offset."""

    def __init__(self) -> None:
        self.leap_ms = 0

    def __call__(self) -> int:
        return system_clock() + self.leap_ms


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def house(database: Database, time: Time) -> RoomNotices:
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
    queue = Jobs(database, time)
    return RoomNotices(found, Notifications(time, queue), queue)


def queued(database: Database) -> list[tuple[str, str, str]]:
    query = select(jobs.c.subject, jobs.c.arguments).where(jobs.c.kind == TELL_FOLLOWERS).order_by(jobs.c.id)
    rows = database.read(lambda c: c.execute(query).all())
    return [(row.subject, row.arguments["by"], row.arguments["kind"]) for row in rows]


def test_going_live_queues_one_job_for_all_followers(house: RoomNotices, database: Database) -> None:
    room = house._rooms.create(HOST, "Piano")
    for state in STATES:
        database.write(lambda c: house.record(c, room, state))()  # noqa: B023
    assert queued(database) == [(room, "host", "live")]
    [shown] = database.read(lambda c: house.describe(c, [room, "none"], "reader")).values()
    assert (shown.kind, shown.title, shown.live) == ("room", "Piano", False)
    database.write(lambda c: c.execute(rooms.update().values(state="live")))
    assert database.read(lambda c: house.describe(c, [room], "reader"))[room].live


def test_a_room_that_goes_on_and_off_air_is_told_of_once_in_a_while(
    house: RoomNotices, database: Database, time: Time
) -> None:
    room, other = house._rooms.create(HOST, "Piano"), house._rooms.create(HOST, "Cello")

    def flicker(which: str) -> None:
        for state in (*STATES[:2], *STATES[:2], STATES[0]):
            database.write(lambda c: house.record(c, which, state))()  # noqa: B023

    flicker(room)
    flicker(other)
    assert queued(database) == [(room, "host", "live"), (other, "host", "live")]
    time.leap_ms += LIVE_AGAIN_MS - 60_000
    flicker(room)
    assert len(queued(database)) == 2
    time.leap_ms += 60_001
    flicker(room)
    assert queued(database)[2:] == [(room, "host", "live")]
