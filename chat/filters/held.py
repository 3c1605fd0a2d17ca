"""Lines that wait for a moderator. They are in no log: nobody but their writer and the moderators gets to see them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, func, insert, select, update

from chat.errors import Filtered, HeldDecided, HeldLine, NoSuchLine, TooManyHeld
from chat.filters.tables import held_lines
from chat.statements import one_of
from core.errors import IdempotencyKeyReused, Refusal
from core.ids import new_id

if TYPE_CHECKING:
    from chat.kinds.entry import BatchContext, Entry

HELD_MINUTES_MAX = 60  # then a line is as good as refused
HELD_PER_PERSON_MAX = 5  # that wait in a room
HELD_PER_ROOM_MAX = 200

_MINE = select(held_lines).where(one_of(held_lines, "person", "client_id"))
_THESE = select(held_lines).where(one_of(held_lines, "id")).order_by(held_lines.c.id).with_for_update()


def expires_at(at: int) -> int:
    """Unix ms."""
    return at + HELD_MINUTES_MAX * 60_000


def waiting(now: int) -> Any:
    return (held_lines.c.state == "waiting") & (held_lines.c.at > now - HELD_MINUTES_MAX * 60_000)


class Holding:
    """What a batch holds, and lets through: it reads and writes nothing where there is neither."""

    def __init__(self, batch: BatchContext) -> None:
        self._batch = batch
        self._known: dict[tuple[str, str], Row[Any]] = {}
        self._released: dict[str, Row[Any]] = {}
        self._by_room: Counter[str] = Counter()
        self._by_person: Counter[tuple[str, str]] = Counter()
        self._new: list[dict[str, Any]] = []
        self._gone: list[str] = []

    def load(self, entries: Sequence[Entry[Any]]) -> None:
        connection = self._batch.connection
        if released := sorted({entry.released for entry in entries if entry.released}):
            rows = connection.execute(_THESE, {"keys": [(one,) for one in released]})
            self._released = {row.id: row for row in rows}
        held = [entry for entry in entries if is_held(entry)]
        if not held:
            return
        keys = sorted({(entry.author.id, entry.what.id) for entry in held})
        self._known = {(row.person, row.client_id): row for row in connection.execute(_MINE, {"keys": keys})}
        columns = held_lines.c.room, held_lines.c.person
        rooms = {entry.room for entry in held}
        counted = select(*columns, func.count().label("lines")).where(
            held_lines.c.room.in_(rooms), waiting(self._batch.now)
        )
        for row in connection.execute(counted.group_by(*columns)):
            self._by_room[row.room] += row.lines
            self._by_person[row.room, row.person] = row.lines

    def judge_release(self, entry: Entry[Any]) -> Refusal | None:
        """Whether a moderator may let the line through now."""
        row = self._released.get(entry.released)
        if row is None or row.room != entry.room or expires_at(row.at) <= self._batch.now:
            return NoSuchLine()
        return None if row.state == "waiting" else HeldDecided()

    def again(self, entry: Entry[Any]) -> Refusal | None:
        """The answer to a line that is held already; None: it is new."""
        if (known := self._known.get((entry.author.id, entry.what.id))) is None:
            return None
        if known.digest != entry.digest:
            return IdempotencyKeyReused()
        return Filtered() if known.state == "refused" else HeldLine()

    def judge(self, entry: Entry[Any]) -> Refusal | None:
        """Why a line cannot be held."""
        if self._by_room[entry.room] >= HELD_PER_ROOM_MAX:
            return TooManyHeld()
        full = self._by_person[entry.room, entry.author.id] >= HELD_PER_PERSON_MAX
        return TooManyHeld() if full else None

    def accept(self, entry: Entry[Any]) -> None:
        if entry.released:
            self._gone.append(entry.released)
            return
        assert entry.verdict is not None
        self._by_room[entry.room] += 1
        self._by_person[entry.room, entry.author.id] += 1
        row = {"id": new_id(), "room": entry.room, "person": entry.author.id, "client_id": entry.what.id}
        row |= {"digest": entry.digest, "text": entry.what.text, "cause": entry.verdict.cause}
        self._new.append(row | {"state": "waiting", "at": self._batch.now, "decided_by": ""})

    def write(self) -> None:
        connection = self._batch.connection
        if self._new:
            connection.execute(insert(held_lines), self._new)
        if self._gone:
            these = update(held_lines).where(held_lines.c.id.in_(self._gone))
            connection.execute(these.values(state="released"))


def is_held(entry: Entry[Any]) -> bool:
    """Whether a filter wants a moderator to see the line first."""
    return not entry.released and entry.verdict is not None and entry.verdict.action == "hold"


def read_waiting(connection: Connection, room: str, now: int, person: str | None) -> Sequence[Row[Any]]:
    """What waits in a room, oldest first: of everybody, or of one person."""
    lines = select(held_lines).where(held_lines.c.room == room, waiting(now))
    if person is not None:
        lines = lines.where(held_lines.c.person == person)
    return connection.execute(lines.order_by(held_lines.c.at, held_lines.c.id).limit(HELD_PER_ROOM_MAX)).all()


def find(connection: Connection, room: str, line: str) -> Row[Any]:
    """Raises NoSuchLine."""
    mine = select(held_lines).where(held_lines.c.id == line, held_lines.c.room == room)
    if (row := connection.execute(mine).first()) is None:
        raise NoSuchLine
    return row


def decide(connection: Connection, line: str, state: str, by: str) -> bool:
    """Returns whether it waited until now."""
    mine = update(held_lines).where(held_lines.c.id == line, held_lines.c.state == "waiting")
    return connection.execute(mine.values(state=state, decided_by=by)).rowcount > 0


def note_by(connection: Connection, line: str, by: str) -> None:
    """Who let a line through, which is in the log by now."""
    mine = update(held_lines).where(held_lines.c.id == line, held_lines.c.state != "refused")
    connection.execute(mine.values(state="released", decided_by=by))
