"""The model's snapshots and the results of refits in SQL: in parts, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from sqlalchemy import delete, insert, select

from core.clock import Clock
from core.database import Database
from core.ids import new_id
from vod.tables import feed_snapshots

PART_BYTES_MAX = 1024 * 1024
KEPT = 2  # complete ones of each kind

Kind = Literal["model", "fit"]


class Snapshots:
    """Every method blocks."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def save(self, kind: Kind, body: bytes, *, alone: bool = False) -> str:
        """Returns its id. Older ones of its kind are deleted, all of them if it is to be `alone`; so is what a crash
        left incomplete."""
        snapshot, now = new_id(), self._clock()
        parts = [body[at : at + PART_BYTES_MAX] for at in range(0, len(body), PART_BYTES_MAX)] or [b""]
        for number, part in enumerate(parts):
            row = {"id": snapshot, "part": number, "kind": kind, "parts": len(parts), "body": part, "at": now}
            self._database.write(lambda c, row=row: c.execute(insert(feed_snapshots).values(row)))  # type: ignore[misc]
        self._delete_old(kind, 1 if alone else KEPT)
        return snapshot

    def newest(self, kind: Kind) -> Iterator[tuple[str, bytes]]:
        """Ids and bodies of the complete ones, the newest first. Bodies are read only when they are asked for."""
        for snapshot in self.complete(kind):
            rows = select(feed_snapshots.c.body).where(feed_snapshots.c.id == snapshot).order_by(feed_snapshots.c.part)
            yield snapshot, b"".join(self._database.read(lambda c, q=rows: c.execute(q).scalars().all()))  # type: ignore[misc]

    def body(self, snapshot: str) -> bytes | None:
        """None if there is no such one any more."""
        rows = select(feed_snapshots.c.body).where(feed_snapshots.c.id == snapshot).order_by(feed_snapshots.c.part)
        parts = self._database.read(lambda c: c.execute(rows).scalars().all())
        return b"".join(parts) if parts else None

    def complete(self, kind: Kind) -> list[str]:
        """Ids, the newest first."""
        columns = feed_snapshots.c.id, feed_snapshots.c.part, feed_snapshots.c.parts
        rows = self._database.read(lambda c: c.execute(select(*columns).where(feed_snapshots.c.kind == kind)).all())
        found: dict[str, int] = {}
        for row in rows:
            found[row.id] = found.get(row.id, row.parts) - 1
        return sorted((snapshot for snapshot, missing in found.items() if missing == 0), reverse=True)

    def _delete_old(self, kind: Kind, most: int) -> None:
        kept = self.complete(kind)[:most]
        old = delete(feed_snapshots).where(feed_snapshots.c.kind == kind, feed_snapshots.c.id < kept[-1])
        self._database.write(lambda c: c.execute(old))
