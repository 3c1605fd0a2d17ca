"""Avatars: the files in the storage, and whose they are.

A row is there before its files are, and goes after them, so no file is ever forgotten. A file that nobody uses any
more is marked as doomed, deleted, and only then forgotten; a doomed one cannot be chosen again before that.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.errors import Unavailable
from core.storage import Storage
from people.settings.avatar_urls import LARGE_PX, SMALL_PX, avatar_key
from people.settings.picture import Picture
from people.tables import avatar_files, people

UNUSED_MS_MAX = 3_600_000  # a list that a browser has may still name the old one
SWEEP_ROWS_MAX = 500
RETRY_AFTER_S = 60


class Avatars:
    """All methods block."""

    def __init__(self, database: Database, storage: Storage, clock: Clock) -> None:
        self._database = database
        self._storage = storage
        self._clock = clock

    def announce(self, person: str, digest: str) -> None:
        """Before the files are stored. Raises Unavailable while the same picture is being deleted."""

        def write(connection: Connection) -> None:
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            row = {"person": person, "digest": digest, "at": self._clock(), "doomed": False}
            connection.execute(dialect.insert(avatar_files).values(row).on_conflict_do_nothing())
            self._touch(connection, person, digest)

        self._database.write(write)

    def store(self, person: str, picture: Picture) -> None:
        """Store the files."""
        self._storage.put_bytes(avatar_key(person, picture.digest, SMALL_PX), picture.small)
        self._storage.put_bytes(avatar_key(person, picture.digest, LARGE_PX), picture.large)

    def choose(self, person: str, digest: str) -> None:
        """Show a picture that is stored. Raises Unavailable if it has been deleted meanwhile."""

        def write(connection: Connection) -> None:
            self._touch(connection, person, digest)
            connection.execute(update(people).where(people.c.id == person).values(avatar=digest))

        self._database.write(write)

    def remove(self, person: str) -> None:
        """Show none. The next `sweep` after UNUSED_MS_MAX deletes the files."""
        self._database.write(lambda c: c.execute(update(people).where(people.c.id == person).values(avatar=None)))

    def sweep(self) -> None:
        """Delete what has not been shown for UNUSED_MS_MAX. If it is interrupted, the next sweep continues."""
        files, before = avatar_files.c, self._clock() - UNUSED_MS_MAX
        unused = (
            select(files.person, files.digest)
            .join(people, people.c.id == files.person)
            .where(files.at < before, or_(people.c.avatar.is_(None), people.c.avatar != files.digest))
            .limit(SWEEP_ROWS_MAX)
        )
        for person, digest in self._database.read(lambda c: c.execute(unused).all()):
            if self._database.write(partial(_doom, person, digest, before)):
                for px in (SMALL_PX, LARGE_PX):
                    self._storage.delete(avatar_key(person, digest, px))
                self._database.write(partial(_forget, person, digest))

    def _touch(self, connection: Connection, person: str, digest: str) -> None:
        """Keep the files from the next sweep: `_doom` waits for this row, then sees that it has changed."""
        alive = update(avatar_files).where(
            avatar_files.c.person == person, avatar_files.c.digest == digest, avatar_files.c.doomed.is_(False)
        )
        if connection.execute(alive.values(at=self._clock())).rowcount == 0:
            raise Unavailable("This picture is just being deleted.", headers={"Retry-After": str(RETRY_AFTER_S)})


def _doom(person: str, digest: str, before: int, connection: Connection) -> bool:
    shown = select(people.c.id).where(people.c.id == person, people.c.avatar == digest).exists()
    unused = update(avatar_files).where(
        avatar_files.c.person == person, avatar_files.c.digest == digest, avatar_files.c.at < before, ~shown
    )
    return connection.execute(unused.values(doomed=True)).rowcount == 1


def _forget(person: str, digest: str, connection: Connection) -> None:
    connection.execute(
        delete(avatar_files).where(
            avatar_files.c.person == person, avatar_files.c.digest == digest, avatar_files.c.doomed.is_(True)
        )
    )
