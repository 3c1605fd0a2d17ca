"""An entry to append to a room's log, and what the entries of a batch share while they are written."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec
from sqlalchemy import Connection, Row

from chat.filters.filter import Verdict
from chat.moderation.standing import NOBODY, Key, Standing
from core.errors import NotFound, Refusal
from core.identity import Person
from live.rooms import RoomState
from money.ads.credit import EffectCredit, GoalCredit
from money.gifts import GiftOrder, GiftReceipt
from people.inbox.notices import SILENCE, Notice, Notifies

if TYPE_CHECKING:
    from chat.kinds.kind import Kind

W = TypeVar("W", bound=msgspec.Struct)
K = TypeVar("K", bound="Kind[Any]")


@dataclass(frozen=True, slots=True)
class Entry(Generic[W]):
    """`what`: a Request or a Notice. `by` is None for a Notice; the rest is about `by` and the room they are in.

    `moderates`: is the host or one of the staff, whom nobody appoints; `adult`: may give. `verdict`: what filters say
    of its text; `released`: the id of the held line that a moderator lets through with this.
    """

    room: str
    what: W
    by: Person | None = None
    host: str = ""
    moderates: bool = False
    adult: bool = False
    verdict: Verdict | None = None
    released: str = ""

    @property
    def author(self) -> Person:
        """Who sent the request."""
        assert self.by is not None
        return self.by

    @property
    def key(self) -> tuple[str, str] | None:
        """Identifies a request and its retries: the person, and the id their client chose."""
        return None if self.by is None else (self.by.id, self.what.id)  # type: ignore[attr-defined]

    @property
    def digest(self) -> bytes:
        """Tells a retry from another request with the same key. Stored: it must never change for the same request."""
        return hashlib.blake2b(msgspec.msgpack.encode((self.room, self.what)), digest_size=16).digest()


@dataclass(slots=True)
class Head:
    """The end of a room's log: its last sequence number, and what all gifts up to there were worth."""

    seq: int
    coins: int


class ChatModes(msgspec.Struct, frozen=True):
    """`slow_seconds`: between two lines of a person; 0: no slow mode. `followers_minutes`: only those may write who
    have followed the host for so long; None: everybody."""

    slow_seconds: int = 0
    followers_minutes: int | None = None

    def __bool__(self) -> bool:
        return self.slow_seconds > 0 or self.followers_minutes is not None


OPEN = ChatModes()


def modes_of(row: Row[Any]) -> ChatModes:
    """Of a row of `room_heads`."""
    if row.slow_seconds == 0 and row.followers_minutes < 0:
        return OPEN
    return ChatModes(row.slow_seconds, row.followers_minutes if row.followers_minutes >= 0 else None)


class LocksRooms(Protocol):
    def lock_states(self, connection: Connection, ids: Iterable[str]) -> Mapping[str, RoomState]: ...

    def add_gifts(self, connection: Connection, gifts: Mapping[str, tuple[int, int]]) -> None: ...


class GivesGifts(Protocol):
    def give(self, connection: Connection, orders: Sequence[GiftOrder]) -> Sequence[GiftReceipt | Refusal]: ...


class SponsorsEffects(Protocol):
    def credits(self, connection: Connection, effects: Collection[str]) -> Mapping[str, EffectCredit]: ...

    def note(self, connection: Connection, uses: Sequence[tuple[str, str]]) -> None: ...


class NoEffects:
    """Where nobody sponsors any."""

    def credits(self, connection: Connection, effects: Collection[str]) -> Mapping[str, EffectCredit]:  # noqa: ARG002
        return {}

    def note(self, connection: Connection, uses: Sequence[tuple[str, str]]) -> None:
        """Nothing was used."""


NO_EFFECTS = NoEffects()


class SponsorsGoals(Protocol):
    def lock(self, connection: Connection, goals: Collection[str]) -> None: ...

    def start(self, connection: Connection, goal: str, host: str, room: str, at: int) -> GoalCredit | Refusal: ...

    def reach(self, connection: Connection, goal: str, coins: int, at: int) -> bool: ...

    def stop(self, connection: Connection, goal: str, *, by_host: bool) -> None: ...


class NoGoals:
    """Where nobody sponsors any."""

    def lock(self, connection: Connection, goals: Collection[str]) -> None:
        """There is none."""

    def start(self, connection: Connection, goal: str, host: str, room: str, at: int) -> GoalCredit | Refusal:  # noqa: ARG002
        return NotFound()

    def reach(self, connection: Connection, goal: str, coins: int, at: int) -> bool:  # noqa: ARG002
        return False

    def stop(self, connection: Connection, goal: str, *, by_host: bool) -> None:
        """There is none."""


NO_GOALS = NoGoals()


class KnowsPeople(Protocol):
    def brief(self, connection: Connection, ids: Iterable[str]) -> Mapping[str, Person]: ...


@dataclass(frozen=True, slots=True)
class Domains:
    """The functions of other domains that kinds call inside the batch's transaction."""

    rooms: LocksRooms
    gifts: GivesGifts
    people: KnowsPeople
    inbox: Notifies = SILENCE
    effects: SponsorsEffects = NO_EFFECTS
    goals: SponsorsGoals = NO_GOALS


@dataclass(slots=True)
class BatchContext:
    """What the kinds of one batch share. `now`: Unix ms; `states`: of the rooms whose kinds need them; `standings`:
    of authors, and of those whose standing an entry changes; `modes`: of the chat in the entries' rooms; `told`: what
    inboxes are told once everything is written, together, so that they are locked in one order."""

    connection: Connection
    now: int
    domains: Domains
    states: Mapping[str, RoomState] = field(default_factory=dict)
    standings: dict[Key, Standing] = field(default_factory=dict)
    modes: dict[str, ChatModes] = field(default_factory=dict)
    told: list[Notice] = field(default_factory=list)
    _kinds: dict[type[Kind[Any]], Kind[Any]] = field(default_factory=dict)

    def standing(self, host: str, person: str) -> Standing:
        """How somebody stands with a host, after the entries that were accepted so far."""
        return self.standings.get((host, person), NOBODY)

    def of(self, kind: type[K]) -> K:
        """This batch's instance of a kind."""
        made = self._kinds.get(kind)
        if made is None:
            made = self._kinds[kind] = kind(self)
        return made  # type: ignore[return-value]

    @property
    def kinds(self) -> Sequence[Kind[Any]]:
        """The instances made so far."""
        return tuple(self._kinds.values())
