"""The chat's modes: how slowly people may write in a room, and whether only followers of the host may.

They are columns of the row that every batch locks, so asking for them costs no statement. `paces` has what they mean.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import bindparam, update

from chat.kinds.entry import BatchContext, ChatModes, Entry, Head
from chat.kinds.kind import Appending, Event, Kind, Limit, Request, Stored
from chat.kinds.room_view import RoomView
from chat.tables import room_heads
from core.errors import Refusal
from core.limits import Rate
from live.errors import RoomEnded

SLOW_SECONDS_MAX = 3_600
FOLLOWERS_MINUTES_MAX = 90 * 24 * 60

_SET = (
    update(room_heads)
    .where(room_heads.c.room == bindparam("of"))
    .values(slow_seconds=bindparam("slow"), followers_minutes=bindparam("minutes"))
)


class Modes(Request, frozen=True):
    """`slow_seconds`: between two lines of a person; 0: as they like. `followers_minutes`: only those may write who
    have followed the host for so long; None: everybody."""

    slow_seconds: Annotated[int, Meta(ge=0, le=SLOW_SECONDS_MAX)]
    followers_minutes: Annotated[int, Meta(ge=0, le=FOLLOWERS_MINUTES_MAX)] | None


class ModesSet(Event, tag="modes_set", frozen=True):
    modes: ChatModes


class ModesKind(Kind[Modes]):
    posts = Modes
    events = (ModesSet,)
    limit = Limit("chat modes", Rate(30, 60))
    moderators_only = True
    permission = "modes"
    needs_standing = True
    needs_state = True

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self._changed: dict[str, ChatModes] = {}

    def judge(self, entry: Entry[Modes]) -> Refusal | None:
        return RoomEnded() if self.batch.states.get(entry.room, "ended") == "ended" else None

    def accept(self, entry: Entry[Modes]) -> None:
        self.batch.modes[entry.room] = _modes(entry.what)

    def append(self, entry: Entry[Modes], head: Head, at: int) -> Appending:
        modes = self._changed[entry.room] = _modes(entry.what)
        return Appending(ModesSet(head.seq, at, entry.by, modes), {"modes": msgspec.to_builtins(modes)})

    def write(self) -> None:
        if self._changed:
            rows = [
                {
                    "of": room,
                    "slow": modes.slow_seconds,
                    "minutes": -1 if modes.followers_minutes is None else modes.followers_minutes,
                }
                for room, modes in sorted(self._changed.items())
            ]
            self.batch.connection.execute(_SET, rows)

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row = stored.row
        return ModesSet(row.seq, row.at, stored.by, msgspec.convert(row.fields["modes"], ChatModes))

    @classmethod
    def show(cls, view: RoomView, event: bytes) -> None:
        view.modes = _decode(event).modes


class _Shown(msgspec.Struct, frozen=True):
    modes: ChatModes


_decode = msgspec.msgpack.Decoder(_Shown).decode


def _modes(request: Modes) -> ChatModes:
    return ChatModes(request.slow_seconds, request.followers_minutes)
