"""One batch of the room log: judge the entries, number those that are allowed, and write them all at once.

The number of statements does not depend on the number of entries. Every refusal comes before the first event is
written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from chat import statements
from chat.errors import Banned
from chat.events import encode
from chat.kinds import KINDS
from chat.kinds.entry import BatchContext, Domains, Entry, Head, modes_of
from chat.kinds.kind import Kind
from chat.moderation.standing import Key, read_standings
from core.errors import IdempotencyKeyReused, NotAllowed, Refusal

_KIND_BY_POST = {kind.posts: kind for kind in KINDS}
_READERS = {posts: [kind for kind in KINDS if posts in (kind.posts, *kind.follows)] for posts in _KIND_BY_POST}
_FOLLOWERS = {posts: [kind for kind in KINDS if posts in kind.follows] for posts in _KIND_BY_POST}


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry that is in the log. `balance`: the giver's coins, after a gift.

    `events`: what the members are to be told, encoded and in order: nothing, if this is a retry.
    """

    room: str
    seq: int
    balance: int | None
    events: Sequence[bytes] = ()


@dataclass(frozen=True, slots=True)
class _Repeat:
    """A duplicate of the entry at this index of the same batch."""

    of: int


_Verdict = Appended | Refusal | _Repeat | None
"""What becomes of an entry; None: it is to be appended."""


class Batch:
    def __init__(self, connection: Connection, entries: Sequence[Entry[Any]], now: int, domains: Domains) -> None:
        self._connection = connection
        self._entries = entries
        self._now = now
        self._context = BatchContext(connection, now, domains)
        self._rows: list[dict[str, Any]] = []

    def run(self) -> list[Appended | Exception]:
        """Write the accepted entries. Returns a verdict for each entry, in order."""
        self._load()
        verdicts = self._judge()
        self._charge(verdicts)
        for index, entry in enumerate(self._entries):
            if verdicts[index] is None:
                verdicts[index] = self._append(entry)
        self._write()
        return [self._resolved(verdict, verdicts) for verdict in verdicts]

    # -- reads -----------------------------------------------------------------------------------

    def _load(self) -> None:
        # Lock the heads first. On PostgreSQL nobody else can then append to these rooms, so what is read next stays
        # true until the commit. Whoever changes a room's state locks its head first as well.
        self._heads = self._lock_heads(sorted({entry.room for entry in self._entries}))
        context = self._context
        depending = {entry.room for entry in self._entries if _KIND_BY_POST[type(entry.what)].needs_state}
        if depending:
            context.states = context.domains.rooms.lock_states(self._connection, depending)
        context.standings = read_standings(self._connection, self._standing_keys())
        self._earlier = self._load_earlier([key for entry in self._entries if (key := entry.key)])
        by_kind: dict[type[Kind[Any]], list[Entry[Any]]] = {}
        for entry in self._entries:
            for kind in _READERS[type(entry.what)]:
                by_kind.setdefault(kind, []).append(entry)
        for kind, entries in by_kind.items():
            context.of(kind).load(entries)

    def _standing_keys(self) -> Iterable[Key]:
        for entry in self._entries:
            kind = _KIND_BY_POST[type(entry.what)]
            if kind.needs_standing and entry.by is not None and not entry.moderates:
                yield entry.host, entry.by.id
            if (person := kind.sanctions(entry.what)) is not None:
                yield entry.host, person

    def _lock_heads(self, rooms: list[str]) -> dict[str, Head]:
        rows = self._connection.execute(statements.HEADS, {"keys": rooms}).all()
        if len(rows) < len(rooms):  # a room's first event
            statements.add_heads(self._connection, [{"room": room, "seq": 0, "coins": 0} for room in rooms])
            rows = self._connection.execute(statements.HEADS, {"keys": rooms}).all()
        self._context.modes = {row.room: modes_of(row) for row in rows}
        return {row.room: Head(row.seq, row.coins) for row in rows}

    def _load_earlier(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], tuple[bytes, Appended]]:
        if not (wanted := statements.unique(keys)):
            return {}
        return {
            (row.person, row.client_id): (row.digest, Appended(row.room, row.seq, row.balance))
            for row in self._connection.execute(statements.EARLIER, {"keys": wanted})
        }

    # -- refusals: no event is written before `_append` --------------------------------------------

    def _judge(self) -> list[_Verdict]:
        verdicts: list[_Verdict] = []
        first: dict[tuple[str, str], int] = {}
        for index, entry in enumerate(self._entries):
            key = entry.key
            if key is not None and key in first:
                same = self._entries[first[key]].digest == entry.digest
                verdicts.append(_Repeat(first[key]) if same else IdempotencyKeyReused())
                continue
            if key is not None:
                first[key] = index
            verdicts.append(self._verdict(entry, key))
        return verdicts

    def _verdict(self, entry: Entry[Any], key: tuple[str, str] | None) -> Appended | Refusal | None:
        # A retry of a logged request gets its `ok`, even if it would be refused now.
        if key is not None and (earlier := self._earlier.get(key)) is not None:
            digest, appended = earlier
            return appended if digest == entry.digest else IdempotencyKeyReused()
        kind = self._kind(entry)
        refusal = self._forbidden(entry, kind) or kind.judge(entry)
        if refusal is None:
            kind.accept(entry)
        return refusal

    def _forbidden(self, entry: Entry[Any], kind: Kind[Any]) -> Refusal | None:
        """Why the author's standing with the host forbids it. What the session knows may be a moment old."""
        if entry.by is None or entry.moderates or not kind.needs_standing:
            return None
        standing = self._context.standing(entry.host, entry.by.id)
        if standing.banned:
            return Banned()
        if kind.permission is not None and kind.permission not in standing.permissions:
            return NotAllowed("The host has not appointed you for this.")
        return None

    def _charge(self, verdicts: list[_Verdict]) -> None:
        accepted: dict[Kind[Any], list[int]] = {}
        for index, entry in enumerate(self._entries):
            if verdicts[index] is None:
                accepted.setdefault(self._kind(entry), []).append(index)
        for kind, indices in accepted.items():
            refusals = kind.charge([self._entries[index] for index in indices])
            for index, refusal in zip(indices, refusals, strict=True):
                verdicts[index] = refusal

    @staticmethod
    def _resolved(verdict: _Verdict, verdicts: Sequence[_Verdict]) -> Appended | Exception:
        if isinstance(verdict, _Repeat):
            verdict = verdicts[verdict.of]
            if isinstance(verdict, Appended):
                return replace(verdict, events=())  # members get the event only once
        assert isinstance(verdict, Appended | Refusal)
        return verdict

    # -- effects: from here on everything succeeds -------------------------------------------------

    def _append(self, entry: Entry[Any]) -> Appended:
        head = self._heads[entry.room]
        head.seq += 1
        seq = head.seq
        event, fields, balance = self._kind(entry).append(entry, head, self._now)
        person, client_id = entry.key or (None, None)
        self._rows.append(
            {
                "room": entry.room,
                "seq": seq,
                "type": event.__struct_config__.tag,
                "at": self._now,
                "person": person,
                "client_id": client_id,
                "digest": entry.digest if client_id else None,
                "balance": balance,
                "fields": fields,
            }
        )
        events = [encode(event)]
        for follower in _FOLLOWERS[type(entry.what)]:
            for notice in self._context.of(follower).follow(entry, event):
                events += self._append(Entry(entry.room, notice)).events
        return Appended(entry.room, seq, balance, events)

    def _write(self) -> None:
        if self._rows:
            self._connection.execute(statements.ADD_EVENTS, self._rows)
            touched = sorted({row["room"] for row in self._rows})
            heads = [{"room": room, "seq": self._heads[room].seq, "coins": self._heads[room].coins} for room in touched]
            statements.set_heads(self._connection, heads)
        context = self._context
        for kind in context.kinds:
            kind.write()
        if context.told:
            context.domains.inbox.tell(self._connection, context.told)

    def _kind(self, entry: Entry[Any]) -> Kind[Any]:
        return self._context.of(_KIND_BY_POST[type(entry.what)])
