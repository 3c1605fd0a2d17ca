"""A line of chat."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from chat.errors import InvalidText, Muted
from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.kind import Appending, Event, Kind, Limit, Request, Stored
from chat.kinds.mute import MuteKind
from core.errors import Refusal
from core.limits import Rate
from core.text import clean_line
from live.errors import RoomEnded

CHAT_TEXT_CHARS_MAX = 300


class Say(Request, frozen=True):
    text: str


class Said(Event, tag="said", frozen=True):
    id: str
    text: str
    removed: bool = False


class SayKind(Kind[Say]):
    posts = Say
    events = (Said,)
    limit = Limit("chat say", Rate(5, 5), moderators_exempt=True)
    needs_state = True

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self._mutes = batch.of(MuteKind)

    @classmethod
    def clean(cls, command: Say) -> Say:
        text = clean_line(command.text, CHAT_TEXT_CHARS_MAX)
        if not text:
            raise InvalidText
        return replace(command, text=text)

    def load(self, entries: Sequence[Entry[Say]]) -> None:
        self._mutes.load_muted([(entry.room, entry.author.id) for entry in entries if not entry.moderates])

    def judge(self, entry: Entry[Say]) -> Refusal | None:
        if self.batch.states.get(entry.room, "ended") == "ended":
            return RoomEnded()
        if not entry.moderates and self._mutes.is_muted(entry.room, entry.author.id):
            return Muted()
        return None

    def append(self, entry: Entry[Say], head: Head, at: int) -> Appending:
        say = entry.what
        return Appending(Said(head.seq, at, entry.by, say.id, say.text), {"text": say.text})

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row = stored.row
        said = Said(row.seq, row.at, stored.by, row.client_id, row.fields["text"])
        return removed(said) if row.removed else said


def removed(said: Said) -> Said:
    """The line as it is shown after its removal."""
    return replace(said, text="", removed=True)


_decode = msgspec.msgpack.Decoder(Said).decode
_encode = msgspec.msgpack.Encoder().encode


def removed_encoded(said: bytes) -> bytes:
    return _encode(removed(_decode(said)))
