"""What members of a room receive: durable events, which have a `seq`, and news, which have none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType
from sqlalchemy import Row

from chat.kinds import KINDS
from chat.kinds.entry import ChatModes
from chat.kinds.kind import Event, Stored
from chat.kinds.room_view import RoomView
from chat.moderation.standing import Permission
from core.identity import Person
from live.goods.news import Pin
from live.rooms import RoomState
from money.ads.credit import EffectCredit, GoalCredit

RoomRole = Literal["host", "moderator", "member"]

if TYPE_CHECKING:
    Durable = Event
else:
    Durable = reduce(or_, (event for kind in KINDS for event in kind.events))


class You(Struct, frozen=True):
    """The member who receives this. `can`: what they may do as a moderator, whether appointed by the host or not.
    `muted_until`: Unix ms; 0: not muted."""

    id: str
    handle: str
    name: str
    role: RoomRole
    can: Sequence[Permission] = ()
    muted_until: int = 0


class News(Struct, tag_field="type", frozen=True):
    """A message that is not in the log."""


class Welcome(News, tag="welcome", frozen=True):
    room: str
    seq: int
    state: RoomState
    viewers: int
    likes: int
    coins: int
    you: You | None
    effect: EffectCredit | None
    goal: GoalCredit | None
    pin: Pin | None
    modes: ChatModes


class YouAre(News, tag="you", frozen=True):
    """How the member who receives this stands with the host has changed."""

    you: You


class Counts(News, tag="counts", frozen=True):
    viewers: int
    likes: int
    coins: int


class Stock(News, tag="stock", frozen=True):
    """How many can be bought through the room's pin now."""

    pin: str
    left: int


class Publisher(News, tag="publisher", frozen=True):
    present: bool


class Veiled(News, tag="veiled", frozen=True):
    """The room's picture is to be blurred, or not any more: it waits for a moderator."""

    veiled: bool


class Ok(News, tag="ok", frozen=True):
    """`coins`: the giver's balance after a gift."""

    id: str
    seq: int
    coins: int | UnsetType = UNSET


class Refused(News, tag="refused", frozen=True):
    """`wait_ms`: after which the same may be tried again, where the chat's modes refuse it."""

    id: str | None
    code: str
    detail: str
    wait_ms: int | UnsetType = UNSET


class HeldChanged(News, tag="held", frozen=True):
    """The lines that wait in this room have changed: whoever may remove lines reads them again."""


class HeldRefused(News, tag="held_refused", frozen=True):
    """A moderator has refused a line of the member who receives this. `id`: of the request."""

    id: str


class Gap(News, tag="gap", frozen=True):
    """The events after `after`, up to and including `seq`, were skipped."""

    after: int
    seq: int


class EventHead(Struct, frozen=True):
    """The part of an encoded event that the fan-out reads. `seq` is 0 if the event is not durable."""

    type: str
    seq: int = 0


encode = msgspec.msgpack.Encoder().encode
decode_head = msgspec.msgpack.Decoder(EventHead).decode

_KIND_BY_TYPE = {str(event.__struct_config__.tag): kind for kind in KINDS for event in kind.events}


def people_in(row: Row[Any]) -> set[str]:
    """The ids of all people that a stored event names."""
    named = set(_KIND_BY_TYPE[row.type].people(row.fields))
    return named | {row.person} if row.person else named


def restored(row: Row[Any], people: Mapping[str, Person]) -> Event:
    """A stored event as first sent, unless it was changed since (a removed line)."""
    by = people.get(row.person) if row.person else None
    return _KIND_BY_TYPE[row.type].restore(Stored(row, by, people))


def show(view: RoomView, type: str, event: bytes) -> None:
    """Update what newcomers are shown after a durable event."""
    _KIND_BY_TYPE[type].show(view, event)
