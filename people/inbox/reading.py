"""What an inbox shows: notifications of one kind, about one subject, on one day are one group."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, select, update

from core.errors import InvalidRequest
from core.identity import Person
from people.accounts import Accounts
from people.inbox.notices import KINDS, KindName, SubjectKind
from people.inbox.notifications import touch
from people.inbox.switches import shown_kinds
from people.tables import inboxes, notifications, people

ROWS_READ_MAX = 1_000  # of one person: retention keeps as many
BY_MAX = 3  # people whose faces a group shows
UNREAD_MAX = 100  # counted; clients show "99+"
COMMENTED = ("comment", "mention")  # the kinds whose items are comments

_CURSOR = re.compile(r"([0-9]{1,15})\.([a-z_]{1,20}-[0-9a-z]{0,40}-[0-9]{1,9})\Z")


class Subject(msgspec.Struct, frozen=True):
    """What a notification is about, as its reader may see it. `picture`: the URL of its poster."""

    kind: SubjectKind
    id: str
    title: str
    picture: str | None = None
    live: bool = False


class Group(msgspec.Struct):
    """A line of the inbox. `by`: the latest of all `people`; `text`: the latest comment; `comment`: its id; `amount`:
    coins, or orders, altogether."""

    id: str
    kind: KindName
    at: int  # Unix ms, of the latest
    unread: bool
    by: list[Person]
    people: int
    text: str
    amount: int
    subject: Subject | None
    comment: str = ""  # empty where it is not about one, as of a mention in a caption


Describe = Callable[[Connection, Sequence[str], str], Mapping[str, Subject]]
"""(connection, ids, reader) -> the subjects that the reader may see. What is missing is not shown."""

Reportable = Literal["video", "comment", "person", "room"]
Hidden = Callable[[Connection, str, Reportable, Collection[str]], set[str]]
"""(connection, reader, kind, ids) -> those that the reader has reported."""


def nothing_hidden(_connection: Connection, _reader: str, _kind: Reportable, _ids: Collection[str]) -> set[str]:
    return set()


@dataclass(slots=True)
class _Gathered:
    """Rows of one group, the latest first."""

    kind: str
    subject: str
    day: int
    rows: list[Row[Any]] = field(default_factory=list)

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.subject}-{self.day}"

    @property
    def order(self) -> tuple[int, str]:
        """Later groups are greater."""
        return self.rows[0].at, self.id

    @property
    def cursor(self) -> str:
        return f"{self.rows[0].at}.{self.id}"


class Inboxes:
    """Reads inboxes and marks them as read."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._hidden: Hidden = nothing_hidden
        self._describe: dict[SubjectKind, Describe] = {}

    def describe(self, subject: SubjectKind, describe: Describe) -> None:
        """Let a domain say what its subjects look like, and to whom."""
        self._describe[subject] = describe

    def hide(self, hidden: Hidden) -> None:
        """Let a domain say what a reader does not want to see any more: neither here nor by push."""
        self._hidden = hidden

    def page(
        self, connection: Connection, person: str, kind: str, cursor: str, limit: int
    ) -> tuple[list[Group], str | None]:
        """Groups, the latest first, and the next cursor. Raises InvalidRequest."""
        before = _parsed(cursor) if cursor else None
        kinds = [one for one in shown_kinds(connection, person) if kind in ("", one)]
        groups = self._gather(connection, person, kinds)
        following = [group for group in groups if before is None or group.order < before]
        shown: list[Group] = []
        read_until = _read_until(connection, person)
        while following and len(shown) < limit:  # groups may turn out to be about something that is gone
            taken, following = following[: limit - len(shown)], following[limit - len(shown) :]
            last = taken[-1].cursor
            shown += self._shown(connection, person, taken, read_until)
        return shown, last if following else None

    def newer(self, connection: Connection, person: str, kinds: Iterable[str], after: int) -> list[Group]:
        """The unread groups that changed after a time (Unix ms), the oldest first: what is to be pushed."""
        read_until = _read_until(connection, person)
        groups = self._gather(connection, person, list(kinds), max(after, read_until))
        return self._shown(connection, person, groups, read_until)[::-1]

    def unread(self, connection: Connection, person: str) -> int:
        """How many groups are unread, up to UNREAD_MAX."""
        read_until = _read_until(connection, person)
        groups = self._gather(connection, person, shown_kinds(connection, person), read_until)[:UNREAD_MAX]
        visible = self._subjects(connection, person, groups)
        return sum(1 for group in groups if not KINDS[group.kind].subject or group.subject in visible)

    def mark_read(self, connection: Connection, person: str, until: int) -> None:
        """Everything up to this time (Unix ms) has been seen. Earlier than before changes nothing."""
        touch(connection, [person])
        mine = update(inboxes).where(inboxes.c.person == person, inboxes.c.read_until < until)
        connection.execute(mine.values(read_until=until))

    def _shown(self, connection: Connection, person: str, groups: Sequence[_Gathered], read_until: int) -> list[Group]:
        visible = self._subjects(connection, person, groups)
        faces = {group.id: list(dict.fromkeys(row.by for row in group.rows)) for group in groups}
        names = self._accounts.brief(connection, {by for found in faces.values() for by in found[:BY_MAX]})
        return [
            Group(
                id=group.id, kind=group.kind, at=group.rows[0].at, unread=group.rows[0].at > read_until,  # type: ignore[arg-type]
                by=[names[by] for by in faces[group.id][:BY_MAX] if by in names], people=len(faces[group.id]),
                text=group.rows[0].text, amount=sum(row.amount for row in group.rows),
                subject=visible.get(group.subject),
                comment=group.rows[0].item if group.kind in COMMENTED else "",
            )
            for group in groups
            if not KINDS[group.kind].subject or group.subject in visible
        ]  # fmt: skip

    def _subjects(self, connection: Connection, person: str, groups: Sequence[_Gathered]) -> dict[str, Subject]:
        wanted: dict[Literal["video", "room", "campaign", "order"], set[str]] = {}
        for group in groups:
            if subject := KINDS[group.kind].subject:
                wanted.setdefault(subject, set()).add(group.subject)
        found: dict[str, Subject] = {}
        for subject, ids in wanted.items():
            if describe := self._describe.get(subject):
                own = subject in ("campaign", "order")
                reported = set() if own else self._hidden(connection, person, subject, ids)  # type: ignore[arg-type]
                found.update(describe(connection, sorted(ids - reported), person))
        return found

    def _gather(self, connection: Connection, person: str, kinds: Sequence[str], after: int = -1) -> list[_Gathered]:
        """The latest group first. Groups that changed after `after` are complete: they also have earlier rows. Those
        that the reader has hidden are no part of any group."""
        mine = notifications.c.person == person, notifications.c.undone == 0, notifications.c.kind.in_(kinds)
        if after >= 0:
            newest = select(notifications.c.at).where(*mine, notifications.c.at > after).limit(1)
            if connection.execute(newest).first() is None:  # as nearly always
                return []
        query = select(notifications).join(people, people.c.id == notifications.c.by).where(*mine)
        query = query.order_by(notifications.c.at.desc(), notifications.c.id.desc()).limit(ROWS_READ_MAX)
        groups: dict[tuple[str, str, int], _Gathered] = {}
        for row in self._unhidden(connection, person, connection.execute(query).all()):
            key = row.kind, row.subject, row.day
            groups.setdefault(key, _Gathered(*key)).rows.append(row)
        changed = (group for group in groups.values() if group.rows[0].at > after)
        return sorted(changed, key=lambda group: group.order, reverse=True)

    def _unhidden(self, connection: Connection, person: str, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """Rows without those of people and of comments that their reader has reported."""
        if not rows:
            return rows
        doers = self._hidden(connection, person, "person", {row.by for row in rows})
        comments = self._hidden(connection, person, "comment", {row.item for row in rows if row.kind in COMMENTED})
        return [row for row in rows if row.by not in doers and not (row.kind in COMMENTED and row.item in comments)]


def _read_until(connection: Connection, person: str) -> int:
    return connection.execute(select(inboxes.c.read_until).where(inboxes.c.person == person)).scalar() or 0


def _parsed(cursor: str) -> tuple[int, str]:
    found = _CURSOR.match(cursor)
    if found is None:
        raise InvalidRequest("cursor is invalid")
    return int(found[1]), found[2]
