"""The room went live, stopped, or ended."""

from __future__ import annotations

import msgspec
from msgspec import Struct

from chat.kinds.entry import Entry, Head
from chat.kinds.kind import Appending, Event, Kind, Notice, Stored
from chat.kinds.room_view import RoomView
from live.rooms import RoomState


class StateChanged(Notice, frozen=True):
    state: RoomState


class Started(Event, tag="started", frozen=True):
    pass


class Stopped(Event, tag="stopped", frozen=True):
    pass


class Ended(Event, tag="ended", frozen=True):
    pass


_EVENTS: dict[RoomState, type[Started | Stopped | Ended]] = {"live": Started, "idle": Stopped, "ended": Ended}
_STATES = {str(event.__struct_config__.tag): state for state, event in _EVENTS.items()}


class StateKind(Kind[StateChanged]):
    posts = StateChanged
    events = (Started, Stopped, Ended)

    def append(self, entry: Entry[StateChanged], head: Head, at: int) -> Appending:
        return Appending(_EVENTS[entry.what.state](head.seq, at, entry.by), {})

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row = stored.row
        return _EVENTS[_STATES[row.type]](row.seq, row.at, stored.by)

    @classmethod
    def show(cls, view: RoomView, event: bytes) -> None:
        view.state = _STATES[_decode(event).type]
        if view.state != "live":
            view.effect = None
        if view.state == "ended":
            view.goal = None


class _Type(Struct, frozen=True):
    type: str


_decode = msgspec.msgpack.Decoder(_Type).decode
