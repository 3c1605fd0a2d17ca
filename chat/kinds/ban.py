"""The host or a moderator bans a person from all of the host's rooms, also later ones, or lifts the ban."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chat.errors import NoSuchPerson
from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.kind import Appending, Event, Kind, Name, Request, Stored
from chat.kinds.mute import refused_to_deputies
from chat.moderation.standing import Key, Permission, lift_bans, set_bans
from chat.moderation.statement import SanctionReason, statement
from core.errors import NotAllowed, Refusal
from core.identity import Person


class Ban(Request, frozen=True, omit_defaults=True):  # so that digests of requests without a reason stay the same
    """`banned`: False lifts the ban. `reason`: only the person is told."""

    person: Name
    banned: bool
    reason: SanctionReason = "rules"


class BanSet(Event, tag="banned", frozen=True):
    """`person` is banned from the host's rooms, or not any more."""

    person: Person
    banned: bool


class BanKind(Kind[Ban]):
    posts = Ban
    events = (BanSet,)
    moderators_only = True
    permission = "ban"
    needs_standing = True

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self._people: Mapping[str, Person] = {}
        self._changed: dict[Key, tuple[bool, str]] = {}

    @classmethod
    def permit(cls, command: Ban, host: Person) -> None:
        if command.person == host.id:
            raise NotAllowed("The host cannot be banned from their own room.")

    @classmethod
    def sanctions(cls, command: Ban) -> str:
        return command.person

    def load(self, entries: Sequence[Entry[Ban]]) -> None:
        wanted = {entry.what.person for entry in entries}
        self._people = self.batch.domains.people.brief(self.batch.connection, wanted)

    def judge(self, entry: Entry[Ban]) -> Refusal | None:
        if entry.what.person not in self._people:
            return NoSuchPerson()
        return refused_to_deputies(self.batch, entry, entry.what.person)

    def accept(self, entry: Entry[Ban]) -> None:
        key, banned = (entry.host, entry.what.person), entry.what.banned
        before = self.batch.standing(*key)
        permissions: frozenset[Permission] = frozenset() if banned else before.permissions
        self.batch.standings[key] = before._replace(banned=banned, permissions=permissions)

    def append(self, entry: Entry[Ban], head: Head, at: int) -> Appending:
        person, banned = self._people[entry.what.person], entry.what.banned
        self._changed[entry.host, person.id] = banned, entry.author.id
        if banned:
            self.batch.told.append(statement(entry.host, person.id, "ban", 0, entry.what.reason))
        return Appending(BanSet(head.seq, at, entry.by, person, banned), {"person": person.id, "banned": banned})

    def write(self) -> None:
        now, made, lifted = self.batch.now, [], []
        for (host, person), (banned, by) in sorted(self._changed.items()):
            row = {"host": host, "person": person, "changed_at": now}
            if banned:  # whoever is banned moderates nothing
                made.append({**row, "banned_at": now, "banned_by": by, "permissions": "", "appointed_at": 0})
            else:
                lifted.append({**row, "banned_at": 0, "banned_by": ""})
        if made:
            set_bans(self.batch.connection, made)
        if lifted:
            lift_bans(self.batch.connection, lifted)

    @classmethod
    def people(cls, fields: Mapping[str, Any]) -> Iterable[str]:
        return (fields["person"],)

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row, banned = stored.row, stored.row.fields["person"]
        person = stored.people.get(banned) or Person(banned, "", "")
        return BanSet(row.seq, row.at, stored.by, person, row.fields["banned"])
