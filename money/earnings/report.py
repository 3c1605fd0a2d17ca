"""What a creator earned, by day, source and room. Everything is summed when it is earned (`Earnings.add`), so that a
report of a creator with a million gifts reads a few rows a day."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection, func, select

from core.clock import Clock
from money.earnings.hold import DAY_MS, day_name
from money.tables import earnings_rooms

Period = Literal[7, 28, 90, 365]
RoomTitles = Callable[[Connection, Sequence[str]], Mapping[str, str]]
"""(connection, rooms) -> their titles; rooms that are gone are missing."""

ROOMS_SHOWN_MAX = 20


class Day(msgspec.Struct):
    """`day`: UTC, as 2026-01-31."""

    day: str
    coins: int


class Source(msgspec.Struct):
    source: str
    coins: int
    gifts: int


class Room(msgspec.Struct):
    """`title` is null for a room that is gone. `last_day`: the last one on which it earned."""

    room: str
    title: str | None
    last_day: str
    coins: int
    gifts: int


class Report(msgspec.Struct):
    """A creator's share of gifts, in coins. `days` are complete, today last; `rooms` are those that earned most."""

    coins: int
    gifts: int
    days: list[Day]
    sources: list[Source]
    rooms: list[Room]


class EarningsReport:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.titles: RoomTitles = lambda _, __: {}

    def name_rooms(self, titles: RoomTitles) -> None:
        """Let the domain of rooms say what they are called."""
        self.titles = titles

    def report(self, connection: Connection, person: str, days: Period) -> Report:
        today = self._clock() // DAY_MS
        names = [day_name(day) for day in range(today - days + 1, today + 1)]
        own = earnings_rooms.c.person == person, earnings_rooms.c.day >= names[0], earnings_rooms.c.day <= names[-1]
        coins, gifts = func.sum(earnings_rooms.c.coins), func.sum(earnings_rooms.c.gifts)
        by_day = {
            day: int(earned)
            for day, earned in connection.execute(
                select(earnings_rooms.c.day, coins).where(*own).group_by(earnings_rooms.c.day)
            )
        }
        by_source = select(earnings_rooms.c.source, coins, gifts).where(*own).group_by(earnings_rooms.c.source)
        sources = [
            Source(name, int(sum_), int(n)) for name, sum_, n in connection.execute(by_source.order_by(coins.desc()))
        ]
        return Report(
            coins=sum(one.coins for one in sources),
            gifts=sum(one.gifts for one in sources),
            days=[Day(day, by_day.get(day, 0)) for day in names],
            sources=sources,
            rooms=self._rooms(connection, own),
        )

    def _rooms(self, connection: Connection, own: Sequence[object]) -> list[Room]:
        coins, gifts, last = (
            func.sum(earnings_rooms.c.coins), func.sum(earnings_rooms.c.gifts), func.max(earnings_rooms.c.day),
        )  # fmt: skip
        most = (
            select(earnings_rooms.c.room, last, coins, gifts).where(*own)  # type: ignore[arg-type]
            .group_by(earnings_rooms.c.room)
            .order_by(coins.desc(), earnings_rooms.c.room).limit(ROOMS_SHOWN_MAX)
        )  # fmt: skip
        rows = connection.execute(most).all()
        titles = self.titles(connection, [row[0] for row in rows]) if rows else {}
        return [Room(room, titles.get(room), day, int(earned), int(count)) for room, day, earned, count in rows]
