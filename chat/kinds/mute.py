"""The host or a moderator mutes a person in the room for some time, or unmutes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import select

from chat.errors import NoSuchPerson
from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.kind import Appending, Event, Kind, Name, Request, Stored
from chat.statements import Upsert, one_of, unique
from chat.tables import room_mutes
from core.errors import NotAllowed, Refusal
from core.identity import Person

MUTE_SECONDS_MAX = 365 * 86_400

_MUTES = select(room_mutes).where(one_of(room_mutes, "room", "person"))
_set_mutes = Upsert(room_mutes, "until")


class Mute(Request, frozen=True):
    """`seconds`: 0 lifts the mute."""

    person: Name
    seconds: Annotated[int, Meta(ge=0, le=MUTE_SECONDS_MAX)]


class Muted(Event, tag="muted", frozen=True):
    """`person` may not write before `until` (Unix ms; 0: may write again)."""

    person: Person
    until: int


class MuteKind(Kind[Mute]):
    posts = Mute
    events = (Muted,)
    moderators_only = True

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self._people: Mapping[str, Person] = {}
        self._until: dict[tuple[str, str], int] = {}
        self._changed: dict[tuple[str, str], int] = {}

    # -- for other kinds -------------------------------------------------------------------------

    def load_muted(self, people: Iterable[tuple[str, str]]) -> None:
        """Read which of these people, named by room and id, are muted."""
        if keys := unique(people):
            for row in self.batch.connection.execute(_MUTES, {"keys": keys}):
                self._until[row.room, row.person] = row.until

    def is_muted(self, room: str, person: str) -> bool:
        return self._until.get((room, person), 0) > self.batch.now

    # -- the kind itself -------------------------------------------------------------------------

    @classmethod
    def permit(cls, command: Mute, host: Person) -> None:
        if command.person == host.id:
            raise NotAllowed("The host cannot be muted in their own room.")

    def load(self, entries: Sequence[Entry[Mute]]) -> None:
        wanted = {entry.what.person for entry in entries}
        self._people = self.batch.domains.people.brief(self.batch.connection, wanted)

    def judge(self, entry: Entry[Mute]) -> Refusal | None:
        return None if entry.what.person in self._people else NoSuchPerson()

    def accept(self, entry: Entry[Mute]) -> None:
        self._until[entry.room, entry.what.person] = self._until_of(entry.what)

    def append(self, entry: Entry[Mute], head: Head, at: int) -> Appending:
        person = self._people[entry.what.person]
        until = self._changed[entry.room, person.id] = self._until_of(entry.what)
        fields = {"person": person.id, "until": until}
        return Appending(Muted(head.seq, at, entry.by, person, until), fields)

    def write(self) -> None:
        if self._changed:
            rows = [{"room": room, "person": person, "until": until} for (room, person), until in self._changed.items()]
            _set_mutes(self.batch.connection, rows)

    def _until_of(self, mute: Mute) -> int:
        return self.batch.now + 1000 * mute.seconds if mute.seconds else 0

    @classmethod
    def people(cls, fields: Mapping[str, Any]) -> Iterable[str]:
        return (fields["person"],)

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row, muted = stored.row, stored.row.fields["person"]
        person = stored.people.get(muted) or Person(muted, "", "")
        return Muted(row.seq, row.at, stored.by, person, row.fields["until"])
