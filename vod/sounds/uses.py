"""How many public videos have a sound. Others are not counted: a number would tell of videos that are hidden."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from core.clock import Clock
from vod.catalogue.visibility import is_public_of_few
from vod.tables import videos

EXACT_USES_MAX = 200  # with more, counts may be KEPT_MS old
KEPT_MS = 60_000
KEPT_SOUNDS_MAX = 1_000


class UseCounter:
    """Counts of sounds with many videos are kept for a minute, because counting them takes long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._lock = threading.Lock()

    def counts(self, connection: Connection, sounds: Iterable[str]) -> dict[str, int]:
        """The number of each of these sounds, 0 for an unknown one."""
        wanted, since = dict.fromkeys(sounds, 0), self._clock() - KEPT_MS
        with self._lock:
            kept = {sound: self._kept[sound] for sound in wanted if sound in self._kept}
        fresh = {sound: number for sound, (at, number) in kept.items() if at > since}
        counted = _counted(connection, [sound for sound in wanted if sound not in fresh])
        self._keep({one: number for one, number in counted.items() if number > EXACT_USES_MAX})
        return wanted | fresh | counted

    def _keep(self, counted: dict[str, int]) -> None:
        with self._lock:
            for one, number in counted.items():
                self._kept[one] = self._clock(), number
                self._kept.move_to_end(one)
            while len(self._kept) > KEPT_SOUNDS_MAX:
                self._kept.popitem(last=False)


def _counted(connection: Connection, sounds: list[str]) -> dict[str, int]:
    if not sounds:
        return {}
    query = select(videos.c.sound, func.count().label("uses")).where(videos.c.sound.in_(sounds), is_public_of_few())
    return {row.sound: row.uses for row in connection.execute(query.group_by(videos.c.sound))}
