"""How long a gift's coins are held: longer when a stolen card is likelier to be behind it.

A dispute arrives weeks after the payment, and stolen cards are used by new accounts, or by old ones that never paid
before. So gifts of somebody whose account or first purchase is new wait longer than the others.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal

from sqlalchemy import Connection

from core.database.many import Lookup

HoldClass = Literal["standard", "new"]
Joined = Callable[[Connection, Collection[str]], Mapping[str, int]]
"""(connection, people) -> when each joined, in Unix ms; deleted ones are missing."""

CLASSES: tuple[HoldClass, ...] = ("standard", "new")
DAY_MS = 86_400_000
NEW_GIVER_DAYS = 30  # an account, and its first purchase, are new for as long
RELEASE_GRACE_MS = 3_600_000  # gifts of a day may be committed after midnight, by a node with a slow clock
GIVERS_REMEMBERED_MAX = 20_000
_FIRST_PAID = Lookup(
    "SELECT person, min(settled_at) FROM purchases WHERE person {among} "
    "AND state NOT IN ('pending', 'failed', 'expired') AND settled_at IS NOT NULL GROUP BY person"
)


class Holds:
    """Judges givers, and says how long each class is held. Thread-safe as far as one writer at a time goes."""

    def __init__(self, joined: Joined, *, standard_days: int, new_days: int) -> None:
        self._joined = joined
        self._hold_ms = {"standard": standard_days * DAY_MS, "new": new_days * DAY_MS}
        # When a giver is new no longer. It never changes once they have paid, so most gifts ask the database nothing.
        self._known: OrderedDict[str, int] = OrderedDict()

    def classes(self, connection: Connection, givers: Collection[str], now: int) -> dict[str, HoldClass]:
        """The class of what each of these gives now (Unix ms)."""
        unknown = [giver for giver in givers if giver not in self._known]
        until = {giver: self._known[giver] for giver in givers if giver in self._known}
        if unknown:
            until |= self._look_up(connection, unknown)
        return {giver: "new" if now < until[giver] else "standard" for giver in givers}

    def due_before(self, hold: HoldClass, now: int) -> str:
        """The first day whose earnings are not due yet."""
        return day_name((now - RELEASE_GRACE_MS - self._hold_ms[hold]) // DAY_MS)

    def due_at(self, hold: HoldClass, day: str) -> int:
        """When the earnings of a day become payable, in Unix ms."""
        return day_start(day) + DAY_MS + RELEASE_GRACE_MS + self._hold_ms[hold]

    def days(self, hold: HoldClass) -> int:
        return self._hold_ms[hold] // DAY_MS

    def _look_up(self, connection: Connection, givers: Collection[str]) -> dict[str, int]:
        joined = self._joined(connection, givers)
        paid: dict[str, int] = dict(_FIRST_PAID.read(connection, list(givers)))
        found = {}
        for giver in givers:
            began = max(joined.get(giver, 0), paid.get(giver, 0))
            found[giver] = began + NEW_GIVER_DAYS * DAY_MS
            if giver in paid:
                self._known[giver] = found[giver]
        while len(self._known) > GIVERS_REMEMBERED_MAX:
            self._known.popitem(last=False)
        return found


@lru_cache(maxsize=1_000)
def day_name(day: int) -> str:
    """A UTC day, counted from 1970, as 2026-01-31."""
    return datetime.fromtimestamp(day * DAY_MS / 1000, UTC).date().isoformat()


def day_start(day: str) -> int:
    """The first millisecond of a UTC day."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
