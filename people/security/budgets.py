"""Budgets for password attempts, in the database, so that all processes count together and a restart forgets none.

Each is one number: when it would be full again (the generic cell rate algorithm).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.errors import RateExceeded
from core.limits import Rate
from people.tables import password_budgets

FULL_BATCH_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Budget:
    """What one attempt is counted against."""

    name: str
    key: str
    rate: Rate

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(f"{self.name}\n{self.key}".encode()).digest()


class Budgets:
    """All methods block."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def spend(self, *budgets: Budget) -> None:
        """Count an attempt. One that any of the budgets refuses uses up none of them. Raises RateExceeded."""
        wait_ms = self._database.write(lambda c: self._spend(c, sorted(budgets, key=lambda one: one.digest)))
        if wait_ms:
            wait = -(-wait_ms // 1000)
            raise RateExceeded(f"Too many requests; try again in {wait} s.", headers={"Retry-After": str(wait)})

    def _spend(self, connection: Connection, budgets: list[Budget]) -> int:
        """In the order of their digests, so that no two transactions wait for each other."""
        now, wait_ms = self._clock(), 0
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        for budget in budgets:
            fresh = insert(password_budgets).values(key=budget.digest, spent_until=now)
            same = {"spent_until": password_budgets.c.spent_until}
            connection.execute(fresh.on_conflict_do_update(index_elements=["key"], set_=same))  # locks it
        wanted = {one.digest: one for one in budgets}
        rows = connection.execute(select(password_budgets).where(password_budgets.c.key.in_(wanted))).all()
        after = {}
        for row in rows:
            rate = wanted[bytes(row.key)].rate
            after[bytes(row.key)] = until = max(row.spent_until, now) + round(1000 * rate.seconds / rate.count)
            wait_ms = max(wait_ms, until - now - round(1000 * rate.seconds))
        if wait_ms <= 0:
            for key, until in after.items():
                theirs = password_budgets.update().where(password_budgets.c.key == key)
                connection.execute(theirs.values(spent_until=until))
        return max(0, wait_ms)

    def forget_full(self) -> None:
        """Delete the rows of budgets that are full again, in batches."""
        full = select(password_budgets.c.key).where(password_budgets.c.spent_until <= self._clock())
        some = delete(password_budgets).where(password_budgets.c.key.in_(full.limit(FULL_BATCH_MAX)))
        while self._database.write(lambda c: c.execute(some).rowcount):
            pass

    def count(self) -> int:
        """How many are kept."""
        return self._database.read(lambda c: c.execute(select(func.count()).select_from(password_budgets)).scalar_one())
