"""The host or a moderator mutes a person for a time, in all of the host's rooms, or unmutes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from msgspec import Meta

from chat.errors import InvalidMessage, NoSuchPerson
from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.kind import Appending, Event, Kind, Name, Request, Stored
from chat.moderation.standing import TIMEOUT_SECONDS_MAX, TIMEOUT_SECONDS_MIN, Key, set_mutes
from chat.moderation.statement import SanctionReason, statement
from core.errors import NotAllowed, Refusal
from core.identity import Person


class Mute(Request, frozen=True, omit_defaults=True):  # so that digests of requests without a reason stay the same
    """`seconds`: 0 lifts the mute, otherwise at least TIMEOUT_SECONDS_MIN. `reason`: only the person is told."""

    person: Name
    seconds: Annotated[int, Meta(ge=0, le=TIMEOUT_SECONDS_MAX)]
    reason: SanctionReason = "rules"


class Muted(Event, tag="muted", frozen=True):
    """`person` may not write before `until` (Unix ms; 0: may write again)."""

    person: Person
    until: int


class MuteKind(Kind[Mute]):
    posts = Mute
    events = (Muted,)
    moderators_only = True
    permission = "timeout"
    needs_standing = True

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self._people: Mapping[str, Person] = {}
        self._changed: dict[Key, tuple[int, str]] = {}

    @classmethod
    def clean(cls, command: Mute) -> Mute:
        if 0 < command.seconds < TIMEOUT_SECONDS_MIN:
            raise InvalidMessage(f"A timeout lasts at least {TIMEOUT_SECONDS_MIN} seconds.")
        return command

    @classmethod
    def permit(cls, command: Mute, host: Person) -> None:
        if command.person == host.id:
            raise NotAllowed("The host cannot be muted in their own room.")

    @classmethod
    def sanctions(cls, command: Mute) -> str:
        return command.person

    def load(self, entries: Sequence[Entry[Mute]]) -> None:
        wanted = {entry.what.person for entry in entries}
        self._people = self.batch.domains.people.brief(self.batch.connection, wanted)

    def judge(self, entry: Entry[Mute]) -> Refusal | None:
        if entry.what.person not in self._people:
            return NoSuchPerson()
        return refused_to_deputies(self.batch, entry, entry.what.person)

    def accept(self, entry: Entry[Mute]) -> None:
        key = entry.host, entry.what.person
        self.batch.standings[key] = self.batch.standing(*key)._replace(muted_until=self._until_of(entry.what))

    def append(self, entry: Entry[Mute], head: Head, at: int) -> Appending:
        person, until = self._people[entry.what.person], self._until_of(entry.what)
        self._changed[entry.host, person.id] = until, entry.author.id
        if until:
            self.batch.told.append(statement(entry.host, person.id, "mute", until, entry.what.reason))
        fields = {"person": person.id, "until": until}
        return Appending(Muted(head.seq, at, entry.by, person, until), fields)

    def write(self) -> None:
        if self._changed:
            rows = [
                {"host": host, "person": person, "muted_until": until, "muted_by": by, "changed_at": self.batch.now}
                for (host, person), (until, by) in sorted(self._changed.items())
            ]
            set_mutes(self.batch.connection, rows)

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


def refused_to_deputies(batch: BatchContext, entry: Entry[Any], person: str) -> Refusal | None:
    """Moderators whom the host appointed have no say over each other."""
    if not entry.moderates and batch.standing(entry.host, person).permissions:
        return NotAllowed("Only the host may do this to a moderator.")
    return None
