"""The files of videos and sounds in object storage, with reference counts: equal videos share their files.

A file without references is marked as doomed, then deleted from storage, then its row is deleted, each step after the
commit of the one before. A video cannot claim a doomed file: it waits until the file is gone and stores it again. So no
order of events leaves a video without its files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.database import Database
from core.storage import Storage
from vod.tables import sounds, stored_files, video_files, videos

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


class Files:
    def __init__(self, database: Database, storage: Storage) -> None:
        self._database = database
        self._storage = storage

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
        for key in connection.execute(mine).scalars().all():
            self.drop(connection, key)
        connection.execute(delete(video_files).where(video_files.c.video == video))

    def hold(self, connection: Connection, key: str) -> None:
        """Add a reference to a file. Call it before it is stored. Raises FileDoomed."""
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        row = {"key": key, "uses": 0, "doomed": False}
        connection.execute(dialect.insert(stored_files).values(row).on_conflict_do_nothing())
        alive = update(stored_files).where(stored_files.c.key == key, stored_files.c.doomed.is_(False))
        if connection.execute(alive.values(uses=stored_files.c.uses + 1)).rowcount == 0:
            raise FileDoomed(key)

    def drop(self, connection: Connection, key: str) -> None:
        """Drop a reference to a file."""
        less = update(stored_files).where(stored_files.c.key == key).values(uses=stored_files.c.uses - 1)
        connection.execute(less)

    def sweep(self) -> None:
        """Delete files without references. Blocks. If it is interrupted, the next sweep continues."""
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
