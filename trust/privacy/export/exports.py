"""Exports as people ask for them: one a day, ready to be fetched for a week."""

from __future__ import annotations

import secrets
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from core.clock import Clock
from core.ids import new_id
from core.jobs import Jobs
from trust.errors import ExportAskedRecently, ExportNotReady
from trust.privacy.tables import EXPORT_DAYS, privacy_exports

EXPORT = "privacy.export"
DAY_MS = 24 * 3_600_000
PREFIX = "exports/"
KEY_BYTES = 24
SHOWN_MAX = 10

State = Literal["queued", "ready", "failed", "expired"]


class Export(msgspec.Struct, frozen=True):
    """A copy of one's data. `stage` and `progress` (percent) while it is made; `bytes` and `expires_at` (Unix ms) once
    it is ready; `reason`: a code, when it failed."""

    id: str
    state: State
    stage: str
    progress: int
    asked_at: int
    expires_at: int
    bytes: int
    reason: str


class Exports:
    """Each method is one step inside the caller's transaction. Wake the jobs after the commit of `ask`."""

    def __init__(self, clock: Clock, jobs: Jobs) -> None:
        self._clock = clock
        self._jobs = jobs

    def ask(self, connection: Connection, person: str) -> Export:
        """Raises ExportAskedRecently."""
        now = self._clock()
        mine = privacy_exports.c.person == person, privacy_exports.c.asked_at > now - DAY_MS
        recent = select(privacy_exports.c.asked_at).where(*mine, privacy_exports.c.state != "failed")
        if (asked := connection.execute(recent.order_by(privacy_exports.c.id.desc()).limit(1)).scalar()) is not None:
            wait_s = (asked + DAY_MS - now) // 1_000 + 1
            raise ExportAskedRecently(headers={"Retry-After": str(wait_s)})
        export = new_id()
        row = {
            "id": export, "person": person, "state": "queued", "key": f"{PREFIX}{secrets.token_hex(KEY_BYTES)}.zip",
            "asked_at": now, "ready_at": 0, "expires_at": 0, "bytes": 0,
        }  # fmt: skip
        connection.execute(insert(privacy_exports).values(row))
        self._jobs.add(connection, EXPORT, export, {}, owner=person)
        return Export(export, "queued", "", 0, now, 0, 0, "")

    def of(self, connection: Connection, person: str) -> list[Export]:
        """The latest first."""
        mine = select(privacy_exports).where(privacy_exports.c.person == person)
        rows = connection.execute(mine.order_by(privacy_exports.c.id.desc()).limit(SHOWN_MAX)).all()
        return [self._shown(connection, row) for row in rows]

    def key(self, connection: Connection, person: str, export: str) -> str:
        """Where the file is, for its owner alone. Raises ExportNotReady."""
        mine = select(privacy_exports).where(privacy_exports.c.id == export, privacy_exports.c.person == person)
        row = connection.execute(mine).first()
        if row is None or row.state != "ready" or row.expires_at <= self._clock():
            raise ExportNotReady
        return str(row.key)

    def row(self, connection: Connection, export: str) -> Row[Any] | None:
        return connection.execute(select(privacy_exports).where(privacy_exports.c.id == export)).first()

    def made(self, connection: Connection, export: str, size: int) -> None:
        """The file is in the storage. `size` is in bytes."""
        now = self._clock()
        ready = {"state": "ready", "ready_at": now, "expires_at": now + EXPORT_DAYS * DAY_MS, "bytes": size}
        queued = privacy_exports.c.id == export, privacy_exports.c.state == "queued"
        connection.execute(update(privacy_exports).where(*queued).values(ready))

    def failed(self, connection: Connection, export: str, reason: str) -> None:
        queued = privacy_exports.c.id == export, privacy_exports.c.state == "queued"
        connection.execute(update(privacy_exports).where(*queued).values(state="failed", reason=reason))

    def gone(self, connection: Connection, export: str) -> None:
        """Its file has been deleted."""
        connection.execute(update(privacy_exports).where(privacy_exports.c.id == export).values(state="expired"))

    def over(self, connection: Connection, person: str | None, limit: int) -> list[Row[Any]]:
        """Those whose file is to be deleted: a person's, or everybody's that are too old."""
        there = privacy_exports.c.state.in_(("ready", "queued", "failed"))
        old = (privacy_exports.c.state == "ready") & (privacy_exports.c.expires_at <= self._clock())
        which = old if person is None else there & (privacy_exports.c.person == person)
        return list(connection.execute(select(privacy_exports).where(which).limit(limit)).all())

    def _shown(self, connection: Connection, row: Row[Any]) -> Export:
        job = self._jobs.latest(connection, row.id) if row.state == "queued" else None
        return Export(
            row.id, row.state, job.stage if job else "", job.progress if job else 100 if row.state == "ready" else 0,
            row.asked_at, row.expires_at, row.bytes, row.reason,
        )  # fmt: skip
