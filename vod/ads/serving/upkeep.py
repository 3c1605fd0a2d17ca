"""Keeps a node's memory true, about once a second: which campaigns run, what it holds of their budgets, its lease."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from vod.ads.campaigns.campaign import RunningCampaign
from vod.ads.campaigns.floors import floor
from vod.ads.decision.holds import SliceKey
from vod.ads.decision.pacing import Curve
from vod.ads.decision.quality import Counts
from vod.ads.serving.history import add_places, counts, curve
from vod.ads.serving.node import AdNode, Floors
from vod.ads.serving.record import note_shown
from vod.ads.serving.slices import LEASE_MS, Slices

TICK_S = 1.0
READ_EVERY_MS = 2_000
COUNT_EVERY_MS = 10_000
RENEW_EVERY_MS = 4_000

_Read = tuple[list[RunningCampaign], Floors, Mapping[str, Counts] | None, Curve | None]
Running = Callable[[Connection], list[RunningCampaign]]


class Upkeep:
    def __init__(self, database: Database, clock: Clock, running: Running, slices: Slices, node: AdNode) -> None:
        self._database = database
        self._clock = clock
        self._running = running
        self._slices = slices
        self._node = node
        self._read_at = self._counted_at = self._renewed_at = 0

    async def run(self) -> None:
        while True:
            await self._database.executor.run(self.tick)
            await asyncio.sleep(TICK_S)

    def tick(self) -> None:
        """Blocks."""
        now, node = self._clock(), self._node
        if node.lease and now >= node.lease:  # asleep for too long
            node.lose()
            self._read_at = self._renewed_at = 0
        if now - self._read_at >= READ_EVERY_MS:
            self._read(now)
        renews = now - self._renewed_at >= RENEW_EVERY_MS
        if node.idle:
            self._note_places(now)
            if renews:
                self._renewed_at = now
                self._reclaim(now)
            return
        returned = node.returns(now)
        try:
            self._write(now, returned, renews=renews)
        except BaseException:
            node.settle((), set(), returned, now)  # nothing was written: it is still ours
            raise
        if renews:
            self._reclaim(now)

    def _read(self, now: int) -> None:
        due = now - self._counted_at >= COUNT_EVERY_MS

        def read(connection: Connection) -> _Read:
            found, least = self._running(connection), floor(connection)
            floors = least.cpm_micro, least.cpc_micro
            if not due:
                return found, floors, None, None
            return found, floors, counts(connection, [one.id for one in found], now), curve(connection, now)

        self._node.run(*self._database.read(read), now)
        self._read_at = now
        self._counted_at = now if due else self._counted_at

    def _write(self, now: int, returned: Mapping[SliceKey, int], *, renews: bool) -> None:
        node, slices = self._node, self._slices
        new = not node.lease
        wanted, expired = node.wanted(now), node.expired(now)
        places, shown = node.tell()
        if not (renews or new or returned or wanted or expired or places or shown):
            return

        def write(connection: Connection) -> tuple[bool, set[str], dict[SliceKey, int]]:
            if (renews or new) and not slices.renew(connection, node.id, now, new=new):
                return False, set(), {}
            asked = slices.as_now(connection, wanted) if wanted else []
            lapsed = slices.lapse(connection, expired, now)
            slices.give_back(connection, node.id, returned)
            add_places(connection, now, places)
            note_shown(connection, shown)
            return True, lapsed, slices.grant(connection, node.id, asked, now)

        try:
            alive, lapsed, granted = self._database.write(write)
        except BaseException:
            node.tell_again(places, shown)
            raise
        if not alive:
            node.lose()
            self._read_at = 0
            return
        if renews or new:
            self._renewed_at, node.lease = now, now + LEASE_MS
        node.settle(expired, lapsed, granted, now)

    def _note_places(self, now: int) -> None:
        """Of a node that has nothing to show."""
        places, shown = self._node.tell()
        if not places:
            return
        try:
            self._database.write(lambda c: add_places(c, now, places))
        except BaseException:
            self._node.tell_again(places, shown)
            raise

    def _reclaim(self, now: int) -> None:
        if self._database.read(lambda c: self._slices.any_dead(c, now)):  # no writing transaction for nothing
            self._database.write(lambda c: self._slices.reclaim(c, now))
