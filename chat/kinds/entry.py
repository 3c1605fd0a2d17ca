"""An entry to append to a room's log, and what the entries of a batch share while they are written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import msgspec
from sqlalchemy import Connection

from core.errors import Refusal
from core.identity import Person
from live.rooms import RoomState
from money.gifts import GiftOrder, GiftReceipt
from people.inbox.notices import SILENCE, Notifies

if TYPE_CHECKING:
    from chat.kinds.kind import Kind

W = TypeVar("W", bound=msgspec.Struct)
K = TypeVar("K", bound="Kind[Any]")


@dataclass(frozen=True, slots=True)
class Entry(Generic[W]):
    """`what`: a Request or a Notice. `by` is None for a Notice; the rest is about `by` and the room they are in.

    `moderates`: is the host or a moderator; `adult`: may give.
    """

    room: str
    what: W
    by: Person | None = None
    host: str = ""
    moderates: bool = False
    adult: bool = False

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


class LocksRooms(Protocol):
    def lock_states(self, connection: Connection, ids: Iterable[str]) -> Mapping[str, RoomState]: ...

    def add_gifts(self, connection: Connection, gifts: Mapping[str, tuple[int, int]]) -> None: ...


class GivesGifts(Protocol):
    def give(self, connection: Connection, orders: Sequence[GiftOrder]) -> Sequence[GiftReceipt | Refusal]: ...


class KnowsPeople(Protocol):
    def brief(self, connection: Connection, ids: Iterable[str]) -> Mapping[str, Person]: ...


@dataclass(frozen=True, slots=True)
class Domains:
    """The functions of other domains that kinds call inside the batch's transaction."""

    rooms: LocksRooms
    gifts: GivesGifts
    people: KnowsPeople
    inbox: Notifies = SILENCE


@dataclass(slots=True)
class BatchContext:
    """What the kinds of one batch share. `now`: Unix ms; `states`: of the rooms whose kinds need them."""

    connection: Connection
    now: int
    domains: Domains
    states: Mapping[str, RoomState] = field(default_factory=dict)
    _kinds: dict[type[Kind[Any]], Kind[Any]] = field(default_factory=dict)

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
