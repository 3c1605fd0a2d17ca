"""A line of chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Text, cast, select, update

from chat.errors import Filtered, HeldLine, InvalidText, Muted
from chat.filters.held import Holding, is_held
from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.kind import Appending, Event, Kind, Limit, Request, Stored
from chat.moderation.paces import Paces
from chat.moderation.standing import Standing
from chat.tables import room_events
from core.errors import Refusal
from core.limits import Rate
from core.text import clean_line
from live.errors import RoomEnded
from people.leaving.erasing import unnamed

CHAT_TEXT_CHARS_MAX = 300
WRITTEN = cast(room_events.c.fields, Text)


class Say(Request, frozen=True):
    text: str


class Said(Event, tag="said", frozen=True):
    id: str
    text: str
    removed: bool = False
    moderator: bool = False  # of the host's rooms, when it was written


class SayKind(Kind[Say]):
    posts = Say
    events = (Said,)
    limit = Limit("chat say", Rate(5, 5), moderators_exempt=True)
    needs_state = True
    needs_standing = True
    action = "post"

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self._paces = Paces(batch)
        self._holding = Holding(batch)

    @classmethod
    def clean(cls, command: Say) -> Say:
        text = clean_line(command.text, CHAT_TEXT_CHARS_MAX)
        if not text:
            raise InvalidText
        return replace(command, text=text)

    @classmethod
    def text(cls, command: Say) -> str:
        return command.text

    def load(self, entries: Sequence[Entry[Say]]) -> None:
        if any(self.batch.modes[entry.room] for entry in entries):
            self._paces.load(entries)
        self._holding.load(entries)

    def judge(self, entry: Entry[Say]) -> Refusal | None:
        if self.batch.states.get(entry.room, "ended") == "ended":
            return RoomEnded()
        if entry.released:  # written before, and a moderator has read it
            return self._holding.judge_release(entry)
        if (again := self._holding.again(entry)) is not None:
            return again
        if not entry.moderates and self._standing(entry).muted_until > self.batch.now:
            return Muted()
        if self._keeps_pace(entry) and (refusal := self._paces.judge(entry)) is not None:
            return refusal
        if entry.verdict is None:
            return None
        return self._holding.judge(entry) if is_held(entry) else Filtered()

    def accept(self, entry: Entry[Say]) -> None:
        if self._keeps_pace(entry) and not entry.released:
            self._paces.accept(entry)
        if entry.released or is_held(entry):
            self._holding.accept(entry)

    def charge(self, entries: Sequence[Entry[Say]]) -> Sequence[Refusal | None]:
        """A line that is held is kept, and is not said."""
        return [HeldLine() if is_held(entry) else None for entry in entries]

    def write(self) -> None:
        self._paces.write()
        self._holding.write()

    def _keeps_pace(self, entry: Entry[Say]) -> bool:
        """Whether the chat's modes apply to the author."""
        return bool(self.batch.modes[entry.room]) and not (entry.moderates or self._standing(entry).permissions)

    def append(self, entry: Entry[Say], head: Head, at: int) -> Appending:
        say = entry.what
        fields: dict[str, Any] = {"text": say.text}
        moderator = not entry.moderates and bool(self._standing(entry).permissions)
        if moderator:
            fields["moderator"] = True
        return Appending(Said(head.seq, at, entry.by, say.id, say.text, moderator=moderator), fields)

    def _standing(self, entry: Entry[Say]) -> Standing:
        return self.batch.standing(entry.host, entry.author.id)

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row = stored.row
        said = Said(row.seq, row.at, stored.by, row.client_id, row.fields["text"],
                    moderator=row.fields.get("moderator", False))  # fmt: skip
        return removed(said) if row.removed else said


def removed(said: Said) -> Said:
    """The line as it is shown after its removal."""
    return replace(said, text="", removed=True)


_decode = msgspec.msgpack.Decoder(Said).decode
_encode = msgspec.msgpack.Encoder().encode


def removed_encoded(said: bytes) -> bytes:
    return _encode(removed(_decode(said)))


_SAID = b"\xa4type\xa4said"


def said_in(event: bytes) -> Said | None:
    """The line of chat that an encoded event is, if it is one."""
    return _decode(event) if _SAID in event[:16] else None


def unname(connection: Connection, which: ColumnElement[bool], handle: str) -> None:
    """For `unnames`: a line mentions somebody who is erased. Other events stay as they are."""
    said = which & (room_events.c.type == "said")
    for fields in connection.execute(select(room_events.c.fields).where(said)).scalars().all():
        text = unnamed(str(fields.get("text", "")), handle)
        connection.execute(update(room_events).where(said).values(fields={**fields, "text": text}))
