"""The host or a moderator removes a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import select, update

from chat.errors import NoSuchLine
from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.kind import SEQ_MAX, Appending, Event, Kind, Request, Stored
from chat.kinds.room_view import RoomView
from chat.kinds.say import removed_encoded
from chat.statements import one_of, unique
from chat.tables import room_events
from core.errors import Refusal

_LINES = select(room_events.c.room, room_events.c.seq).where(
    one_of(room_events, "room", "seq"), room_events.c.type == "said"
)
_REMOVE_LINES = update(room_events).where(one_of(room_events, "room", "seq")).values(removed=True)


class Remove(Request, frozen=True):
    """`target`: the line's sequence number."""

    target: Annotated[int, Meta(ge=1, le=SEQ_MAX)]


class Removed(Event, tag="removed", frozen=True):
    """`target`: the sequence number of the removed line."""

    target: int


class RemoveKind(Kind[Remove]):
    posts = Remove
    events = (Removed,)
    moderators_only = True
    permission = "remove"
    needs_standing = True

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self._lines: set[tuple[str, int]] = set()
        self._removed: list[tuple[str, int]] = []

    def load(self, entries: Sequence[Entry[Remove]]) -> None:
        keys = unique((entry.room, entry.what.target) for entry in entries)
        self._lines = {(row.room, row.seq) for row in self.batch.connection.execute(_LINES, {"keys": keys})}

    def judge(self, entry: Entry[Remove]) -> Refusal | None:
        return None if (entry.room, entry.what.target) in self._lines else NoSuchLine()

    def append(self, entry: Entry[Remove], head: Head, at: int) -> Appending:
        target = entry.what.target
        self._removed.append((entry.room, target))
        return Appending(Removed(head.seq, at, entry.by, target), {"target": target})

    def write(self) -> None:
        if self._removed:
            self.batch.connection.execute(_REMOVE_LINES, {"keys": unique(self._removed)})

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row = stored.row
        return Removed(row.seq, row.at, stored.by, row.fields["target"])

    @classmethod
    def show(cls, view: RoomView, event: bytes) -> None:
        view.change(_decode(event).target, removed_encoded)


_decode = msgspec.msgpack.Decoder(Removed).decode
