"""One batch of the room log: what is asked is judged, what is allowed is numbered, and all of it is written at once.

The statements of a batch are the same few, however many entries it has. Every refusal comes before the first write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Row, Select

from chat import events, statements
from chat.errors import Muted, NoSuchLine, NoSuchPerson
from chat.wire import Gift, Mute, Remove, Say
from core.errors import AdultsOnly, IdempotencyKeyReused, Refusal
from core.identity import Person
from live.errors import RoomEnded, RoomNotLive
from live.rooms import RoomState
from money.gifts import GiftOrder, GiftReceipt

COMBO_GAP_MS_MAX = 5_000


class Turn(msgspec.Struct, frozen=True):
    """The room went live, idle, or ended."""

    state: RoomState


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be appended to a room's log.

    `host` is who gets a gift; `moderates`: by somebody no mute holds back; `adult`: by somebody who may give.
    """

    room: str
    what: Say | Gift | Remove | Mute | Turn
    by: Person | None = None
    host: str = ""
    moderates: bool = False
    adult: bool = False

    @property
    def key(self) -> tuple[str, str] | None:
        """What a retry has in common with the first try: the person and their client's id for it."""
        if self.by is None or isinstance(self.what, Turn):
            return None
        return self.by.id, self.what.id

    @property
    def digest(self) -> bytes:
        return hashlib.blake2b(msgspec.msgpack.encode((self.room, self.what)), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Appended:
    """An entry that is in the log. `event` is how it is told, or None when this was a retry; `balance`: the giver's."""

    room: str
    seq: int
    balance: int | None
    event: bytes | None


class GivesGifts(Protocol):
    def give(self, connection: Connection, orders: Sequence[GiftOrder]) -> Sequence[GiftReceipt | Refusal]: ...


class LocksRooms(Protocol):
    def lock_states(self, connection: Connection, ids: Iterable[str]) -> Mapping[str, RoomState]: ...

    def add_coins(self, connection: Connection, coins: Mapping[str, int]) -> None: ...


class KnowsPeople(Protocol):
    def brief(self, connection: Connection, ids: Iterable[str]) -> Mapping[str, Person]: ...


@dataclass(frozen=True, slots=True)
class _Repeat:
    """The same message came earlier in the same batch."""

    of: int


_Verdict = Appended | Refusal | _Repeat | None
"""What becomes of an entry; None: it is to be appended."""


@dataclass(slots=True)
class _Head:
    seq: int
    coins: int


@dataclass(slots=True)
class _Giver:
    """What somebody gave in a room, and the combo their last gift stands at."""

    coins: int = 0
    gift: str = ""
    combo: int = 0
    at: int = 0

    def give(self, gift: str, count: int, coins: int, at: int) -> int:
        """Returns the combo after this gift."""
        goes_on = gift == self.gift and at - self.at <= COMBO_GAP_MS_MAX
        self.combo = self.combo + count if goes_on else count
        self.coins, self.gift, self.at = self.coins + coins, gift, at
        return self.combo


@dataclass(slots=True)
class _Writes:
    """What a batch changes, gathered before it is written."""

    events: list[dict[str, Any]] = field(default_factory=list)
    mutes: dict[tuple[str, str], int] = field(default_factory=dict)
    givers: dict[tuple[str, str], _Giver] = field(default_factory=dict)
    removed: list[tuple[str, int]] = field(default_factory=list)
    coins: dict[str, int] = field(default_factory=dict)


class Batch:
    def __init__(self, connection: Connection, entries: Sequence[Entry], now: int) -> None:
        self._connection = connection
        self._entries = entries
        self._now = now
        self._writes = _Writes()

    def run(self, rooms: LocksRooms, gifts: GivesGifts, people: KnowsPeople) -> list[Appended | Exception]:
        """A verdict for each entry, in order; what is not refused is written to the connection."""
        self._load(rooms, people)
        verdicts = self._judge()
        receipts = self._give(gifts, verdicts)
        for index, entry in enumerate(self._entries):
            if verdicts[index] is None:
                verdicts[index] = self._append(entry, receipts.get(index))
        self._write(rooms)
        return [self._settled(verdict, verdicts) for verdict in verdicts]

    # -- what is already there -------------------------------------------------------------------

    def _load(self, rooms: LocksRooms, people: KnowsPeople) -> None:
        # The heads come first: with their locks held (PostgreSQL) nobody else appends to these rooms, so what is
        # read next stays true until the commit. Who changes a room's state locks its head first, too.
        self._heads = self._lock_heads(sorted({entry.room for entry in self._entries}))
        whats = [(entry, entry.what) for entry in self._entries]
        written_in = {entry.room for entry, what in whats if isinstance(what, Say | Gift)}
        self._states = rooms.lock_states(self._connection, written_in) if written_in else {}
        self._earlier = self._load_earlier([key for entry in self._entries if (key := entry.key)])
        self._muted = self._load_mutes([(e.room, e.by.id) for e, what in whats if isinstance(what, Say) and e.by])
        self._lines = self._load_lines([(e.room, what.target) for e, what in whats if isinstance(what, Remove)])
        self._givers = self._load_givers([(e.room, e.by.id) for e, what in whats if isinstance(what, Gift) and e.by])
        self._people = people.brief(self._connection, {what.person for _, what in whats if isinstance(what, Mute)})

    def _lock_heads(self, rooms: list[str]) -> dict[str, _Head]:
        rows = self._connection.execute(statements.HEADS, {"keys": rooms}).all()
        if len(rows) < len(rooms):  # a room's first event
            statements.add_heads(self._connection, [{"room": room, "seq": 0, "coins": 0} for room in rooms])
            rows = self._connection.execute(statements.HEADS, {"keys": rooms}).all()
        return {row.room: _Head(row.seq, row.coins) for row in rows}

    def _load_earlier(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], tuple[bytes, Appended]]:
        return {
            (row.person, row.client_id): (row.digest, Appended(row.room, row.seq, row.balance, None))
            for row in self._rows(statements.EARLIER, keys)
        }

    def _load_mutes(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], int]:
        return {(row.room, row.person): row.until for row in self._rows(statements.MUTES, keys)}

    def _load_lines(self, keys: list[tuple[str, int]]) -> set[tuple[str, int]]:
        return {(row.room, row.seq) for row in self._rows(statements.LINES, keys)}

    def _load_givers(self, keys: list[tuple[str, str]]) -> dict[tuple[str, str], _Giver]:
        return {
            (row.room, row.person): _Giver(row.coins, row.gift, row.combo, row.at)
            for row in self._rows(statements.GIVERS, keys)
        }

    def _rows(self, statement: Select[Any], keys: Sequence[tuple[str, str | int]]) -> Iterable[Row[Any]]:
        return self._connection.execute(statement, {"keys": list(dict.fromkeys(keys))}) if keys else ()

    # -- verdicts: nothing is written above the line in `run` where `_append` begins ---------------

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

    def _verdict(self, entry: Entry, key: tuple[str, str] | None) -> Appended | Refusal | None:
        if key is not None and (earlier := self._earlier.get(key)) is not None:
            digest, appended = earlier
            return appended if digest == entry.digest else IdempotencyKeyReused()
        if (obstacle := self._obstacle(entry)) is not None:
            return obstacle
        match entry.what:
            case Say() if self._is_muted(entry):
                return Muted()
            case Remove(target=target) if (entry.room, target) not in self._lines:
                return NoSuchLine()
            case Mute(person=person) if person not in self._people:
                return NoSuchPerson()
            case Mute(person=person, seconds=seconds):
                self._muted[entry.room, person] = self._until(seconds)  # holds for what comes later in this batch
        return None

    def _obstacle(self, entry: Entry) -> Refusal | None:
        """Why this may not happen now. A retry of what has already happened is answered with `ok` all the same."""
        if isinstance(entry.what, Say | Gift) and self._states.get(entry.room, "ended") == "ended":
            return RoomEnded()
        if isinstance(entry.what, Gift) and not entry.adult:
            return AdultsOnly()
        if isinstance(entry.what, Gift) and self._states[entry.room] != "live":
            return RoomNotLive()
        return None

    def _is_muted(self, entry: Entry) -> bool:
        assert entry.by is not None
        return not entry.moderates and self._muted.get((entry.room, entry.by.id), 0) > self._now

    def _until(self, seconds: int) -> int:
        return self._now + 1000 * seconds if seconds else 0

    def _give(self, gifts: GivesGifts, verdicts: list[_Verdict]) -> dict[int, GiftReceipt]:
        """Hand the gifts to the ledger, note its refusals, and return the receipts by index."""
        orders = {
            index: GiftOrder(what.id, entry.by.id, entry.host, what.gift, what.count, entry.room, self._now)
            for index, entry in enumerate(self._entries)
            if verdicts[index] is None and isinstance(what := entry.what, Gift) and entry.by is not None
        }
        if not orders:
            return {}
        receipts: dict[int, GiftReceipt] = {}
        for index, receipt in zip(orders, gifts.give(self._connection, list(orders.values())), strict=True):
            if isinstance(receipt, Refusal):
                verdicts[index] = receipt
            elif receipt.replayed:  # paid for by something else than an event of this log
                verdicts[index] = IdempotencyKeyReused()
            else:
                receipts[index] = receipt
        return receipts

    @staticmethod
    def _settled(verdict: _Verdict, verdicts: Sequence[_Verdict]) -> Appended | Exception:
        if isinstance(verdict, _Repeat):
            verdict = verdicts[verdict.of]
            if isinstance(verdict, Appended):
                return replace(verdict, event=None)  # told once
        assert isinstance(verdict, Appended | Refusal)
        return verdict

    # -- effects: from here on everything succeeds -------------------------------------------------

    def _append(self, entry: Entry, receipt: GiftReceipt | None) -> Appended:
        head = self._heads[entry.room]
        head.seq += 1
        event, fields = self._event(entry, head, receipt)
        balance = receipt.balance if receipt else None
        person, client_id = entry.key or (None, None)
        self._writes.events.append(
            {
                "room": entry.room,
                "seq": head.seq,
                "type": event.__struct_config__.tag,
                "at": self._now,
                "person": person,
                "client_id": client_id,
                "digest": entry.digest if client_id else None,
                "balance": balance,
                "fields": fields,
            }
        )
        return Appended(entry.room, head.seq, balance, events.encode(event))

    def _event(self, entry: Entry, head: _Head, receipt: GiftReceipt | None) -> tuple[events.Durable, dict[str, Any]]:
        """The event, and what the log keeps of it beside who, when and the client's id."""
        seq, at, by = head.seq, self._now, entry.by
        match entry.what:
            case Say(id=id, text=text):
                return events.Said(seq, at, by, id, text), {"text": text}
            case Gift(id=id, gift=gift, count=count):
                assert receipt is not None
                assert by is not None
                giver = self._givers.setdefault((entry.room, by.id), _Giver())
                combo = giver.give(gift, count, receipt.coins, at)
                self._writes.givers[entry.room, by.id] = giver
                self._writes.coins[entry.room] = self._writes.coins.get(entry.room, 0) + receipt.coins
                head.coins += receipt.coins
                fields = {"gift": gift, "count": count, "coins": receipt.coins, "combo": combo}
                return events.Gifted(seq, at, by, id, gift, count, receipt.coins, combo), fields
            case Remove(target=target):
                self._writes.removed.append((entry.room, target))
                return events.Removed(seq, at, by, target), {"target": target}
            case Mute(person=person, seconds=seconds):
                until = self._writes.mutes[entry.room, person] = self._until(seconds)
                return events.Muted(seq, at, by, self._people[person], until), {"person": person, "until": until}
            case Turn(state=state):
                return events.TURNS[state](seq, at, by), {}

    def _write(self, rooms: LocksRooms) -> None:
        connection, writes = self._connection, self._writes
        if not writes.events:
            return
        connection.execute(statements.ADD_EVENTS, writes.events)
        touched = sorted({row["room"] for row in writes.events})
        heads = [{"room": r, "seq": self._heads[r].seq, "coins": self._heads[r].coins} for r in touched]
        statements.set_heads(connection, heads)
        if writes.mutes:
            mutes = [{"room": r, "person": p, "until": until} for (r, p), until in writes.mutes.items()]
            statements.set_mutes(connection, mutes)
        if writes.removed:
            connection.execute(statements.TAKE_BACK, {"keys": list(dict.fromkeys(writes.removed))})
        if writes.givers:
            givers = [
                {"room": r, "person": p, "coins": g.coins, "gift": g.gift, "combo": g.combo, "at": g.at}
                for (r, p), g in writes.givers.items()
            ]
            statements.set_givers(connection, givers)
            rooms.add_coins(connection, writes.coins)
