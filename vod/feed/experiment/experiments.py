"""The experiment switch: splits people by hash between two rankers."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, InvalidRequest
from core.ids import new_id
from vod.feed.rankers import RANKERS, RankerName
from vod.tables import feed_experiments

KNOWN_S = 2.0  # another process may have switched it since


@dataclass(frozen=True, slots=True)
class Experiment:
    id: str
    control: RankerName
    treatment: RankerName
    percent: int  # of the people, who get the treatment
    started_at: int  # Unix ms
    stopped_at: int | None = None

    def arm(self, who: str) -> RankerName:
        """Always the same for a person, or for a visitor's session; another split in each experiment."""
        digest = hashlib.blake2s(f"{self.id} {who}".encode(), digest_size=8).digest()
        return self.treatment if int.from_bytes(digest) % 100 < self.percent else self.control


class Experiments:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._running: Experiment | None = None
        self._read_at = float("-inf")

    def ranker(self, connection: Connection, who: str) -> RankerName:
        """The ranker of somebody whose feed is personal."""
        running = self.running(connection)
        return running.arm(who) if running is not None else "learned"

    def running(self, connection: Connection) -> Experiment | None:
        if time.monotonic() - self._read_at > KNOWN_S:
            newest = self.newest(connection)
            self._running = newest if newest is not None and newest.stopped_at is None else None
            self._read_at = time.monotonic()
        return self._running

    @staticmethod
    def newest(connection: Connection) -> Experiment | None:
        """The one that runs, or ran last."""
        row = connection.execute(select(feed_experiments).order_by(feed_experiments.c.id.desc()).limit(1)).first()
        return None if row is None else Experiment(**row._mapping)

    def start(self, control: RankerName, treatment: RankerName, percent: int) -> Experiment:
        """Blocks. Raises InvalidRequest; Conflict while another one runs."""
        if control == treatment or not {control, treatment} <= set(RANKERS):
            raise InvalidRequest("An experiment compares two different rankers.")
        if not 1 <= percent <= 99:
            raise InvalidRequest("The treatment is for 1 to 99 percent of the people.")
        started = Experiment(new_id(), control, treatment, percent, self._clock())

        def write(connection: Connection) -> None:
            newest = self.newest(connection)
            if newest is not None and newest.stopped_at is None:
                raise Conflict("An experiment is running already; stop it first.")
            row = {"id": started.id, "control": control, "treatment": treatment, "percent": percent}
            connection.execute(insert(feed_experiments).values(row | {"started_at": started.started_at}))

        self._database.write(write)
        self._read_at = float("-inf")
        return started

    def stop(self) -> None:
        """Stop the one that runs, if there is one. Blocks."""
        running = update(feed_experiments).where(feed_experiments.c.stopped_at.is_(None))
        self._database.write(lambda c: c.execute(running.values(stopped_at=self._clock())))
        self._read_at = float("-inf")
