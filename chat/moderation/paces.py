"""Whether a line may be said in a room with slow mode, or one only for followers.

A batch reads, and with slow mode writes, once for all of its lines; in rooms without a mode it does neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from chat.errors import FollowersOnly, SlowMode
from chat.kinds.entry import BatchContext, Entry
from chat.moderation.tables import room_paces
from chat.statements import Upsert, one_of
from core.errors import Refusal
from people.follows import followed_at

MINUTE_MS = 60_000

_LAST = select(room_paces).where(one_of(room_paces, "room", "person"))
_set_paces = Upsert(room_paces, "at")


class Paces:
    """Judges the lines of a batch by the modes of their rooms. Moderators are not asked."""

    def __init__(self, batch: BatchContext) -> None:
        self._batch = batch
        self._last: dict[tuple[str, str], int] = {}
        self._followed: dict[tuple[str, str], int] = {}
        self._changed: dict[tuple[str, str], int] = {}

    def load(self, entries: Sequence[Entry[Any]]) -> None:
        """Read what the modes of the entries' rooms ask for: nothing where there are none."""
        modes, asked = self._batch.modes, [entry for entry in entries if not entry.moderates]
        slow = {(entry.room, entry.author.id) for entry in asked if modes[entry.room].slow_seconds}
        if slow:
            rows = self._batch.connection.execute(_LAST, {"keys": sorted(slow)})
            self._last = {(row.room, row.person): row.at for row in rows}
        following = {
            (entry.author.id, entry.host) for entry in asked if modes[entry.room].followers_minutes is not None
        }
        if following:
            self._followed = followed_at(self._batch.connection, sorted(following))

    def judge(self, entry: Entry[Any]) -> Refusal | None:
        modes, now = self._batch.modes[entry.room], self._batch.now
        if modes.followers_minutes is not None:
            since = self._followed.get((entry.author.id, entry.host))
            wait = 0 if since is None else since + modes.followers_minutes * MINUTE_MS - now
            if since is None or wait > 0:
                return FollowersOnly(wait)
        if modes.slow_seconds and (last := self._last.get((entry.room, entry.author.id))) is not None:
            wait = last + 1000 * modes.slow_seconds - now
            if wait > 0:
                return SlowMode(wait)
        return None

    def accept(self, entry: Entry[Any]) -> None:
        """The entry's line is said."""
        if self._batch.modes[entry.room].slow_seconds:
            key = entry.room, entry.author.id
            self._last[key] = self._changed[key] = self._batch.now

    def write(self) -> None:
        if self._changed:
            rows = [{"room": room, "person": person, "at": at} for (room, person), at in sorted(self._changed.items())]
            _set_paces(self._batch.connection, rows)
