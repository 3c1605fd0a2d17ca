"""The files of videos and sounds in object storage, with reference counts: equal videos share their files.

A file without references is marked as doomed, then deleted from storage, then its row is deleted, each step after the
commit of the one before. A video cannot claim a doomed file: it waits until the file is gone and stores it again. So no
order of events leaves a video without its files.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, case, delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.storage import Storage
from vod.tables import kept_files, sounds, stored_files, video_files, videos

SWEEP_FILES_MAX = 500


class FileDoomed(Exception):
    """One of the files is being deleted: try again once it is gone."""


@dataclass(frozen=True, slots=True)
class VideoFile:
    """A file of a video. `role` is poster, preview, or the short side of a rendition in pixels."""

    role: str
    key: str
    width: int
    height: int
    bytes: int
    bits_per_second: int


Withdrawn = Callable[[Connection, Collection[str]], None]
"""(connection, keys): called in the transaction after which nothing that is shown has these files any more."""


class Files:
    def __init__(
        self, database: Database, storage: Storage, clock: Clock, withdrawn: Withdrawn = lambda *_: None
    ) -> None:  # fmt: skip
        self._database = database
        self._storage = storage
        self._clock = clock
        self._withdrawn = withdrawn

    def bytes_of_person(self, connection: Connection, person: str) -> int:
        """What all files of this person's videos and sounds take up."""
        of_videos = select(func.sum(video_files.c.bytes)).join(videos).where(videos.c.person == person)
        of_sounds = select(func.sum(sounds.c.bytes)).where(sounds.c.person == person)
        return sum(int(connection.execute(stored).scalar() or 0) for stored in (of_videos, of_sounds))

    def claim(self, connection: Connection, video: str, files: Sequence[VideoFile]) -> None:
        """Make these the files of a video. Call it before they are stored. Raises FileDoomed."""
        self.release(connection, video)
        for file in sorted(
            files, key=lambda file: file.key
        ):  # the same order for all writers, so that they do not deadlock
            self.hold(connection, file.key)
            connection.execute(
                insert(video_files).values(
                    video=video, role=file.role, key=file.key, width=file.width, height=file.height,
                    bytes=file.bytes, bits_per_second=file.bits_per_second,
                )
            )  # fmt: skip

    def release(self, connection: Connection, video: str) -> None:
        """Drop a video's references. The next `sweep` deletes the files nobody else uses."""
        mine = select(video_files.c.key).where(video_files.c.video == video).order_by(video_files.c.key)
        keys = connection.execute(mine).scalars().all()
        for key in keys:
            self.drop(connection, key)
        connection.execute(delete(video_files).where(video_files.c.video == video))
        self._review(connection, keys)

    def visibility_changed(self, connection: Connection, video: str) -> None:
        """A video was withheld, or is shown again: its files, and the sound it brought, follow."""
        pictures = select(video_files.c.key).where(video_files.c.video == video)
        heard = select(sounds.c.key).where(sounds.c.video == video)
        self._review(connection, connection.execute(pictures.union(heard)).scalars().all())

    def _review(self, connection: Connection, keys: Sequence[str]) -> None:
        """Withdraw those of these files that nothing has any more that is shown, and give back the others."""
        if not keys:
            return
        shown = or_(
            exists().where(
                video_files.c.key == stored_files.c.key, video_files.c.video == videos.c.id,
                videos.c.visibility != "withheld",
            ),
            exists()
            .where(sounds.c.key == stored_files.c.key)
            .where(or_(
                sounds.c.video.is_(None),
                sounds.c.video.in_(select(videos.c.id).where(videos.c.visibility != "withheld")),
            )),
        )  # fmt: skip
        withdrawn = case((shown, 0), else_=1)
        changed = update(stored_files).where(stored_files.c.key.in_(keys), stored_files.c.withdrawn != withdrawn)
        changed = changed.values(withdrawn=withdrawn, changed_at=self._clock())
        rows = connection.execute(changed.returning(stored_files.c.key, stored_files.c.withdrawn)).all()
        if gone := [row.key for row in rows if row.withdrawn]:
            self._withdrawn(connection, gone)

    def withdraw(self, connection: Connection, keys: Collection[str], withdrawn: bool) -> None:
        """Files that another domain has, and whose uses it counts itself, are withdrawn, or given back."""
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        values = {"withdrawn": int(withdrawn), "changed_at": self._clock()}
        for key in sorted(keys):
            new = dialect.insert(stored_files).values(key=key, uses=1, doomed=False, **values)
            connection.execute(new.on_conflict_do_update(index_elements=["key"], set_=values))
        if withdrawn and keys:
            self._withdrawn(connection, keys)

    def hold(self, connection: Connection, key: str) -> None:
        """Add a reference to a file. Call it before it is stored. Raises FileDoomed."""
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        now = self._clock()
        row = {"key": key, "uses": 0, "doomed": False, "changed_at": now}
        connection.execute(dialect.insert(stored_files).values(row).on_conflict_do_nothing())
        alive = update(stored_files).where(stored_files.c.key == key, stored_files.c.doomed.is_(False))
        since = case((stored_files.c.withdrawn == 1, now), else_=stored_files.c.changed_at)
        more = {"uses": stored_files.c.uses + 1, "withdrawn": 0, "changed_at": since}
        if connection.execute(alive.values(more)).rowcount == 0:
            raise FileDoomed(key)

    def drop(self, connection: Connection, key: str) -> None:
        """Drop a reference to a file."""
        less = update(stored_files).where(stored_files.c.key == key).values(uses=stored_files.c.uses - 1)
        connection.execute(less)

    def keep(self, connection: Connection, video: str, until: int) -> None:
        """The files of a video stay until then (Unix ms), whatever becomes of it; a later time replaces a sooner."""
        mine = select(video_files.c.key).where(video_files.c.video == video)
        heard = select(sounds.c.key).where(sounds.c.video == video)
        keys = sorted(connection.execute(mine.union(heard)).scalars())
        for key in keys:
            longer = update(kept_files).where(kept_files.c.key == key)
            later = case((kept_files.c.until < until, until), else_=kept_files.c.until)
            if connection.execute(longer.values(until=later)).rowcount == 0:
                self.hold(connection, key)
                connection.execute(insert(kept_files).values(key=key, until=until))
        self._review(connection, keys)

    def _drop_kept(self, connection: Connection) -> None:
        over = delete(kept_files).where(kept_files.c.until <= self._clock()).returning(kept_files.c.key)
        for key in sorted(connection.execute(over).scalars()):
            self.drop(connection, key)

    def sweep(self) -> None:
        """Delete files without references. Blocks. If it is interrupted, the next sweep continues."""
        self._database.write(self._drop_kept)
        unused = select(stored_files.c.key).where(stored_files.c.uses == 0).limit(SWEEP_FILES_MAX)
        for key in self._database.read(lambda c: c.execute(unused).scalars().all()):
            if self._database.write(partial(_doom, key)):
                self._storage.delete(key)
                self._database.write(partial(_forget, key))


def _doom(key: str, connection: Connection) -> bool:
    unused = update(stored_files).where(stored_files.c.key == key, stored_files.c.uses == 0)
    return connection.execute(unused.values(doomed=True)).rowcount == 1


def _forget(key: str, connection: Connection) -> None:
    connection.execute(delete(stored_files).where(stored_files.c.key == key, stored_files.c.doomed.is_(True)))
