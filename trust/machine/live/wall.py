"""The live wall: all live rooms with their last picture, score and reports, the worst first. One key stops one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple

import msgspec
from sqlalchemy import Connection, func, select
from starlette.responses import Response

from core.database import Database
from core.errors import NotFound
from core.http import Access, Call, Operation
from core.identity import Person
from trust.cases.decisions import REASON_CHARS_MAX, Announce, Made, Verdict
from trust.cases.direct import Direct
from trust.cases.effects import Effects
from trust.cases.rules import Category
from trust.machine.judging.bands import Band
from trust.machine.tables import machine_sights
from trust.reports import Subject
from trust.tables import reports

ROOMS_MAX = 200


class LiveRoom(NamedTuple):
    id: str
    title: str
    host: Person
    viewers: int


LiveRooms = Callable[[Connection, int], Sequence[LiveRoom]]
"""(connection, limit) -> live rooms, the most watched first."""


class WallRoom(msgspec.Struct):
    """`score`: null where the machine has decided nothing. `picture`: where its last one is; null without one.
    `at`: when that was taken, Unix ms."""

    room: str
    title: str
    host: Person
    viewers: int
    score: float | None
    band: Band
    reports: int
    at: int | None
    picture: str | None


class Wall(msgspec.Struct):
    items: list[WallRoom]


LIVE_WALL = "live wall"
"""What the events of a case say that a moderator opened on the wall."""


class PictureQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`at`: when it was taken, so that a new picture has a new address."""

    at: int = 0


class Stop(msgspec.Struct, forbid_unknown_fields=True):
    """The statement of reasons that its host gets."""

    category: Category
    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=REASON_CHARS_MAX)]


class Stopped(msgspec.Struct):
    """`id`: of the decision."""

    id: str


class LiveWall:
    def __init__(self, database: Database, direct: Direct, effects: Effects, announce: Announce) -> None:
        self._database = database
        self._direct = direct
        self._effects = effects
        self._announce = announce
        self._live: LiveRooms = lambda *_: ()

    def connect(self, live: LiveRooms) -> None:
        self._live = live

    def operations(self) -> list[Operation]:
        staff, one = Access.MODERATOR, "/api/moderation/wall/{room}"
        return [
            Operation("GET", "/api/moderation/wall", self.wall, access=staff),
            Operation("GET", f"{one}/picture", self.picture, access=staff),
            Operation("POST", f"{one}/stop", self.stop, access=staff, status=201),
        ]

    def wall(self) -> Wall:
        """List all live rooms, those first that need a look most."""
        return self._database.read(self._wall)

    def picture(self, room: str, query: PictureQuery) -> Response:  # noqa: ARG002
        """Get the last picture of a live room, as JPEG."""
        mine = machine_sights.c.kind == "room", machine_sights.c.subject == room
        last = select(machine_sights.c.thumbnail).where(*mine)
        found = self._database.read(lambda c: c.execute(last).scalar())
        if not found:
            raise NotFound
        return Response(bytes(found), media_type="image/jpeg", headers={"Cache-Control": "private, no-store"})

    async def stop(self, call: Call, room: str, body: Stop) -> Stopped:
        """Stop a live room at once, with a statement of reasons."""
        who = call.identity
        verdict = Verdict(content="hide", category=body.category, reason=body.reason)

        def write(connection: Connection) -> Made:
            found = next((one for one in self._live(connection, ROOMS_MAX) if one.id == room), None)
            if found is None:
                raise NotFound("This room is not live.")
            subject = Subject("room", room)
            return self._direct.decide(connection, who, subject, found.host.id, "other", verdict, LIVE_WALL)

        made = await self._database.write_async(write)
        self._announce(made.about)
        self._effects.wake()
        return Stopped(made.id)

    def _wall(self, connection: Connection) -> Wall:
        live = self._live(connection, ROOMS_MAX)
        ids = [room.id for room in live]
        kept = machine_sights.c.kind == "room", machine_sights.c.subject.in_(ids)
        seen = {row.subject: row for row in connection.execute(select(machine_sights).where(*kept))}
        open_ones = reports.c.kind == "room", reports.c.state == "open", reports.c.subject.in_(ids)
        counts = select(reports.c.subject, func.count()).where(*open_ones).group_by(reports.c.subject)
        reported = {row[0]: int(row[1]) for row in connection.execute(counts)}
        items = []
        for room in live:
            sight = seen.get(room.id)
            shows = sight is not None and bool(sight.thumbnail)
            items.append(
                WallRoom(
                    room=room.id, title=room.title, host=room.host, viewers=room.viewers,
                    score=sight.score if sight else None, band=sight.band if sight else "nothing",
                    reports=reported.get(room.id, 0), at=sight.at if sight and shows else None,
                    picture=f"/api/moderation/wall/{room.id}/picture?at={sight.at}" if sight and shows else None,
                )
            )  # fmt: skip
        return Wall(sorted(items, key=_worst_first))


def _worst_first(room: WallRoom) -> tuple[float, int]:
    return -(room.score or 0.0) - min(room.reports, 10) * 0.1, -room.viewers
