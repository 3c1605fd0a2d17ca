"""What happens in a room, as its members are told: durable events with a `seq`, and news without one."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import replace

from core.identity import Person
from live.rooms import RoomState

RoomRole = Literal["host", "moderator", "member"]


class Event(Struct, tag_field="type", frozen=True, omit_defaults=True):
    """Something that durably happened. `at`: Unix ms; `by`: who did it, or None where nobody did."""

    seq: int
    at: int
    by: Person | None


class Said(Event, tag="said", frozen=True):
    id: str
    text: str
    removed: bool = False


class Gifted(Event, tag="gifted", frozen=True):
    """`coins`: in all; `combo`: how many of this gift in a row."""

    id: str
    gift: str
    count: int
    coins: int
    combo: int


class Started(Event, tag="started", frozen=True):
    pass


class Stopped(Event, tag="stopped", frozen=True):
    pass


class Ended(Event, tag="ended", frozen=True):
    pass


class Removed(Event, tag="removed", frozen=True):
    """`target`: the `seq` of the line that is taken back."""

    target: int


class Muted(Event, tag="muted", frozen=True):
    """`person` may not write until then (Unix ms; 0: may again)."""

    person: Person
    until: int


Durable = Said | Gifted | Started | Stopped | Ended | Removed | Muted

TURNS: dict[RoomState, type[Started | Stopped | Ended]] = {"live": Started, "idle": Stopped, "ended": Ended}
"""The event that tells of a room's new state."""


class You(Struct, frozen=True):
    """The one who is connected."""

    id: str
    handle: str
    name: str
    role: RoomRole


class News(Struct, tag_field="type", frozen=True):
    """Something to tell that is not in the log."""


class Welcome(News, tag="welcome", frozen=True):
    room: str
    seq: int
    state: RoomState
    viewers: int
    likes: int
    coins: int
    you: You | None


class Counts(News, tag="counts", frozen=True):
    viewers: int
    likes: int
    coins: int


class Publisher(News, tag="publisher", frozen=True):
    present: bool


class Ok(News, tag="ok", frozen=True):
    """`coins`: the giver's balance after a gift."""

    id: str
    seq: int
    coins: int | UnsetType = UNSET


class Refused(News, tag="refused", frozen=True):
    id: str | None
    code: str
    detail: str


class Gap(News, tag="gap", frozen=True):
    """The events after `after`, up to and with `seq`, were skipped."""

    after: int
    seq: int


class Head(Struct, frozen=True):
    """The little of an encoded event that the fan-out looks at; `seq` is 0 where it is not durable."""

    type: str
    seq: int = 0
    target: int = 0
    coins: int = 0


encode = msgspec.msgpack.Encoder().encode
decode_head = msgspec.msgpack.Decoder(Head).decode
_decode_said = msgspec.msgpack.Decoder(Said).decode


def durable(fields: dict[str, Any]) -> Durable:
    """An event from what was stored of it."""
    event: Durable = msgspec.convert(fields, Durable)
    return event


def taken_back(line: Said) -> Said:
    """A line as it comes once it is removed."""
    return replace(line, text="", removed=True)


def encoded_taken_back(line: bytes) -> bytes:
    return encode(taken_back(_decode_said(line)))
