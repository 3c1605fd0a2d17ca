"""A kind of room event that is not one of ours: a bell that people ring, and that rings by itself with every gift.

`python -m tests.chat.kinds.toy DATABASE_URL PORT` serves rooms in which it is registered.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import func, select

import chat.kinds
from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.gift import Gift
from chat.kinds.kind import Appending, Event, Kind, Notice, Request, Stored
from chat.tables import room_events
from core.errors import Refusal


class TooLoud(Refusal):
    code = "too_loud"


class Ring(Request, frozen=True):
    times: Annotated[int, Meta(ge=1, le=10)]


class Chime(Notice, frozen=True):
    times: int = 1


class Rung(Event, tag="rung", frozen=True):
    times: int
    total: int


class Bells:
    """How often the bells of a batch's rooms have rung."""

    def __init__(self) -> None:
        self.rung: dict[str, int] = {}

    def add(self, room: str, times: int) -> int:
        self.rung[room] = self.rung.get(room, 0) + times
        return self.rung[room]


class RingKind(Kind[Ring]):
    posts = Ring
    events = (Rung,)
    follows = (Gift,)
    needs_state = True

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self.bells = Bells()

    def load(self, entries: Sequence[Entry[Any]]) -> None:
        times = room_events.c.fields["times"].as_integer()
        rooms = {entry.room for entry in entries}
        query = (
            select(room_events.c.room, func.sum(times).label("total"))
            .where(room_events.c.room.in_(rooms), room_events.c.type == "rung")
            .group_by(room_events.c.room)
        )
        self.bells.rung = {row.room: int(row.total) for row in self.batch.connection.execute(query)}

    def judge(self, entry: Entry[Ring]) -> Refusal | None:
        return TooLoud() if entry.what.times > 5 else None

    def append(self, entry: Entry[Ring], head: Head, at: int) -> Appending:
        return rung(self.bells, entry, entry.what.times, head, at)

    def follow(self, entry: Entry[Any], event: Event) -> Iterable[Notice]:
        return (Chime(),)

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        return Rung(stored.row.seq, stored.row.at, stored.by, **stored.row.fields)


class ChimeKind(Kind[Chime]):
    posts = Chime
    events = ()

    def append(self, entry: Entry[Chime], head: Head, at: int) -> Appending:
        return rung(self.batch.of(RingKind).bells, entry, entry.what.times, head, at)


def rung(bells: Bells, entry: Entry[Any], times: int, head: Head, at: int) -> Appending:
    total = bells.add(entry.room, times)
    return Appending(Rung(head.seq, at, entry.by, times, total), {"times": times, "total": total})


if __name__ == "__main__":
    chat.kinds.KINDS = (*chat.kinds.KINDS, RingKind, ChimeKind)

    from tests.chat.node import serve  # only now: the rest of `chat` reads KINDS when it is imported

    asyncio.run(serve(sys.argv[1], "-", int(sys.argv[2])))
