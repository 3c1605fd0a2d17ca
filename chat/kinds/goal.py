"""A sponsored goal in a room: its host starts it, gifts count towards it, and everybody sees whose money it is.

Only coins that were bought count. A goal is reached in the batch of the gift that reaches it, by the batch's clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import Connection, delete, select

from chat.errors import GoalRuns
from chat.kinds.entry import BatchContext, Entry, Head
from chat.kinds.gift import Gift, Gifted
from chat.kinds.kind import Appending, Event, Kind, Limit, Name, Notice, Request, Stored
from chat.kinds.room_view import RoomView
from chat.kinds.state import StateChanged
from chat.statements import Upsert
from chat.tables import room_goals
from core.errors import NotAllowed, Refusal
from core.limits import Rate
from live.errors import RoomEnded, RoomNotLive
from money.ads.credit import GoalCredit

_set_goals = Upsert(room_goals, *(name for name in GoalCredit.__struct_fields__))


class Goal(Request, frozen=True):
    """`goal`: the sponsored one that the host starts; None: the host stops the one that runs."""

    goal: Name | None


class GoalSet(Event, tag="goal_set", frozen=True):
    goal: GoalCredit | None


class GoalOver(Event, tag="goal_over", frozen=True):
    """`reached`: in time; else it was over before, and nothing is paid."""

    goal: str
    reached: bool
    coins: int


class GoalEnds(Notice, frozen=True):
    goal: str
    reached: bool
    coins: int


def running_goals(connection: Connection, rooms: Collection[str], now: int) -> dict[str, GoalCredit]:
    """By room. `now` in Unix ms."""
    running = select(room_goals).where(room_goals.c.room.in_(rooms), room_goals.c.ends_at > now)
    names = GoalCredit.__struct_fields__
    return {row.room: GoalCredit(**{name: getattr(row, name) for name in names}) for row in connection.execute(running)}


class GoalKind(Kind[Goal]):
    posts = Goal
    events = (GoalSet,)
    limit = Limit("chat goal", Rate(30, 60))
    moderators_only = True
    needs_state = True
    follows = (Gift, StateChanged)

    def __init__(self, batch: BatchContext) -> None:
        super().__init__(batch)
        self._running: dict[str, GoalCredit] = {}
        self._started: dict[tuple[str, str], GoalCredit] = {}  # by the key of the request
        self._changed: dict[str, GoalCredit | None] = {}

    def load(self, entries: Sequence[Entry[Any]]) -> None:
        rooms = {entry.room for entry in entries}
        self._running = running_goals(self.batch.connection, rooms, self.batch.now)
        asked = {entry.what.goal for entry in entries if isinstance(entry.what, Goal) and entry.what.goal is not None}
        if goals := asked | {one.id for one in self._running.values()}:
            self.batch.domains.goals.lock(self.batch.connection, goals)

    def judge(self, entry: Entry[Goal]) -> Refusal | None:
        if entry.what.goal is None:
            return None
        state = self.batch.states.get(entry.room, "ended")
        if entry.author.id != entry.host:
            return NotAllowed("Only the host starts a goal.")
        if state == "ended":
            return RoomEnded()
        return None if state == "live" else RoomNotLive()

    def charge(self, entries: Sequence[Entry[Goal]]) -> Sequence[Refusal | None]:
        return [self._charge(entry) for entry in entries]

    def _charge(self, entry: Entry[Goal]) -> Refusal | None:
        goals, connection, running = self.batch.domains.goals, self.batch.connection, self._running.get(entry.room)
        if entry.what.goal is None:
            if running is not None:
                goals.stop(connection, running.id, by_host=True)
                self._clear(entry.room)
            return None
        if running is not None:
            return GoalRuns()
        started = goals.start(connection, entry.what.goal, entry.author.id, entry.room, self.batch.now)
        if isinstance(started, Refusal):
            return started
        assert entry.key is not None
        self._started[entry.key] = self._running[entry.room] = self._changed[entry.room] = started
        return None

    def append(self, entry: Entry[Goal], head: Head, at: int) -> Appending:
        assert entry.key is not None
        goal = self._started.get(entry.key)
        return Appending(GoalSet(head.seq, at, entry.by, goal), {"goal": msgspec.to_builtins(goal)})

    def follow(self, entry: Entry[Any], event: Event) -> Iterable[Notice]:
        goal = self._running.get(entry.room)
        if goal is None:
            return ()
        if isinstance(event, Gifted):
            return self._given(entry.room, goal, event)
        if isinstance(entry.what, StateChanged) and entry.what.state == "ended":
            self.batch.domains.goals.stop(self.batch.connection, goal.id, by_host=False)
            self._clear(entry.room)
            return (GoalEnds(goal.id, False, goal.coins),)
        return ()

    def _given(self, room: str, goal: GoalCredit, event: Gifted) -> Iterable[Notice]:
        goal = self._running[room] = self._changed[room] = replace(goal, coins=goal.coins + event.coins - event.bonus)
        if goal.coins < goal.target:
            return ()
        reached = self.batch.domains.goals.reach(self.batch.connection, goal.id, goal.coins, self.batch.now)
        self._clear(room)
        return (GoalEnds(goal.id, reached, goal.coins),)

    def _clear(self, room: str) -> None:
        self._running.pop(room, None)
        self._changed[room] = None

    def write(self) -> None:
        gone = [room for room, goal in self._changed.items() if goal is None]
        if gone:
            self.batch.connection.execute(delete(room_goals).where(room_goals.c.room.in_(gone)))
        rows = [{"room": room, **asdict(goal)} for room, goal in self._changed.items() if goal is not None]
        if rows:
            _set_goals(self.batch.connection, rows)

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row = stored.row
        return GoalSet(row.seq, row.at, stored.by, msgspec.convert(row.fields["goal"], GoalCredit | None))

    @classmethod
    def show(cls, view: RoomView, event: bytes) -> None:
        view.goal = _decode(event).goal


class GoalOverKind(Kind[GoalEnds]):
    posts = GoalEnds
    events = (GoalOver,)

    def append(self, entry: Entry[GoalEnds], head: Head, at: int) -> Appending:
        what = entry.what
        event = GoalOver(head.seq, at, None, what.goal, what.reached, what.coins)
        return Appending(event, {"goal": what.goal, "reached": what.reached, "coins": what.coins})

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        return GoalOver(stored.row.seq, stored.row.at, None, **stored.row.fields)

    @classmethod
    def show(cls, view: RoomView, event: bytes) -> None:  # noqa: ARG003
        view.goal = None


class _Shown(Struct, frozen=True):
    goal: GoalCredit | None


_decode = msgspec.msgpack.Decoder(_Shown).decode
