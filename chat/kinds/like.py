"""Likes. They are counted and shown with the room's counters."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from chat.kinds.kind import Command, Counter, Limit
from core.limits import Rate
from live.audience import Audience
from live.errors import RoomEnded
from live.rooms import Room

LIKE_COUNT_MAX = 50
LIKE_RATE = Rate(300, 15)  # likes: as fast as a finger taps, and a little more


class Like(Command, frozen=True):
    count: Annotated[int, Meta(ge=1, le=LIKE_COUNT_MAX)]


class LikeCounter(Counter[Like]):
    counts = Like
    limit = Limit("chat like", Rate(10, 1))
    budget = Limit("chat likes", LIKE_RATE)

    @classmethod
    def amount(cls, command: Like) -> int:
        return command.count

    @classmethod
    def count(cls, command: Like, room: Room, audience: Audience) -> None:
        if room.state == "ended":
            raise RoomEnded
        audience.add_likes(room.id, command.count)
