"""Makes an export. A job that was killed begins anew: what it left is overwritten or deleted."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO

from sqlalchemy import Connection, MetaData

from core.clock import Clock
from core.database import Database
from core.errors import NotFound
from core.jobs import Job, JobRejected
from core.privacy import Hooks, Media, declared
from core.storage import Storage
from people.accounts import Accounts
from people.leaving.erasing import called
from trust.privacy.export.archive import Archive
from trust.privacy.export.exports import Exports
from trust.privacy.export.rows import Rows

LEFT_AGE_S = 24 * 3_600
TABLES_PERCENT, MEDIA_PERCENT = 20, 95
EXPIRED_AT_ONCE = 1_000


class Exporting:
    """All methods block. `folder`: where the file is made."""

    def __init__(
        self, database: Database, storage: Storage, clock: Clock, metadata: MetaData, hooks: Hooks,
        accounts: Accounts, exports: Exports, folder: Path,
    ) -> None:  # fmt: skip
        self._database = database
        self._storage = storage
        self._clock = clock
        self._metadata = metadata
        self._hooks = hooks
        self._exports = exports
        self._rows = Rows(database, accounts)
        self._folder = folder

    def run(self, job: Job) -> None:
        """The job's subject is the export."""
        row = self._database.read(lambda c: self._exports.row(c, job.subject))
        if row is None or row.state != "queued":
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        self._tidy()
        file = self._folder / f"{row.id}.zip"
        try:
            with file.open("wb") as sink:
                self.write(row.person, sink, job)
            job.progress("storing", MEDIA_PERCENT)
            self._storage.take_file(row.key, file)
        finally:
            file.unlink(missing_ok=True)
        size = self._storage.stat(row.key).size
        self._database.write(lambda c: self._exports.made(c, row.id, size))

    def give_up(self, job: Job) -> None:
        self._database.write(lambda c: self._exports.failed(c, job.subject, "failed"))

    def write(self, person: str, sink: IO[bytes], job: Job | None = None) -> Archive:
        """Write a person's data. Raises JobRejected if there is no such person any more."""
        names = self._database.read(lambda c: called(c, person))
        if names is None:
            raise JobRejected("person_gone")
        archive = Archive(sink, names[0], self._clock())
        tables = [table for table in self._metadata.sorted_tables if declared(table).personal]
        for number, table in enumerate(tables):
            if job is not None:
                job.progress("tables", TABLES_PERCENT * number // len(tables))
            archive.table(table.name, dict(declared(table).words), self._rows.of(table, person))
        self._write_media(archive, self._database.read(lambda c: list(self._hooks.media_of(c, person))), job)
        archive.close()
        return archive

    def expire(self, _: Job) -> None:
        """Delete what is older than a week."""
        self.forget(None)

    def forget(self, person: str | None) -> None:
        """Delete a person's exports, or everybody's that are too old."""
        while some := self._database.read(lambda c: self._exports.over(c, person, EXPIRED_AT_ONCE)):
            for row in some:
                self._storage.delete(row.key)
                self._database.write(partial(self._gone, row.id))

    def _gone(self, export: str, connection: Connection) -> None:
        self._exports.gone(connection, export)

    def _write_media(self, archive: Archive, media: list[Media], job: Job | None) -> None:
        sizes = {one.key: self._size(one.key) for one in media}
        total, done = sum(size or 0 for size in sizes.values()) or 1, 0

        def wrote(count: int) -> None:
            nonlocal done
            done += count
            if job is not None:
                share = min(1.0, done / total)
                job.progress("media", TABLES_PERCENT + round((MEDIA_PERCENT - TABLES_PERCENT) * share))

        for one in media:
            if sizes[one.key] is None:
                archive.missing(one.name)
            else:
                archive.file(one.name, one.key, self._storage.read(one.key), wrote)

    def _size(self, key: str) -> int | None:
        """In bytes; None if it is gone."""
        try:
            return self._storage.stat(key).size
        except NotFound:
            return None

    def _tidy(self) -> None:
        """Delete what a process that was killed has left."""
        for left in self._folder.iterdir():
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > LEFT_AGE_S:
                    left.unlink()
