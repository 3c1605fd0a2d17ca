"""The records of sounds. Each function is one step of somebody's transaction.

A video that becomes ready brings its own sound, if there is something to hear, or uses another's. `uses` counts the
ready videos with a sound, the original included. A sound whose original is deleted, or never became ready, cannot be
chosen any more, but stays as long as other videos have it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from core.ids import new_id
from vod.catalogue.files import Files
from vod.errors import SoundNotAllowed, SoundNotFound
from vod.tables import sounds, videos

SWEEP_SOUNDS_MAX = 500


@dataclass(frozen=True, slots=True)
class SoundFile:
    """A sound on its own, in object storage."""

    key: str
    bytes: int
    duration_ms: int


def usable(connection: Connection, sound: str, person: str) -> Row[Any]:
    """The row of a sound that this person may use, locked. Raises SoundNotFound, SoundNotAllowed."""
    originals = sounds.outerjoin(videos, videos.c.id == sounds.c.video)
    query = (
        select(sounds, videos.c.state, videos.c.visibility)
        .select_from(originals)
        .where(sounds.c.id == sound, sounds.c.uses > 0)
    )
    row = connection.execute(query.with_for_update(of=sounds)).first()
    if row is None:
        raise SoundNotFound
    if row.state != "ready":
        raise SoundNotAllowed("Its original video has been deleted.")
    if row.person != person and not (row.allowed and row.visibility == "public"):
        raise SoundNotAllowed("Its owner does not let others use it.")
    return row


def make(connection: Connection, files: Files, video: str, file: SoundFile) -> None:
    """Give a video that is being processed its own sound, in place of another one from an earlier try. Raises
    FileDoomed."""
    made = select(sounds.c.id).where(sounds.c.video == video, sounds.c.key == file.key)
    if connection.execute(made).first() is not None:
        return
    drop_unfinished(connection, files, video)
    row = connection.execute(select(videos.c.person, videos.c.created_at).where(videos.c.id == video)).one()
    files.hold(connection, file.key)
    sound = new_id()
    connection.execute(
        insert(sounds).values(
            id=sound, person=row.person, video=video, key=file.key, bytes=file.bytes, duration_ms=file.duration_ms,
            created_at=row.created_at,
        )
    )  # fmt: skip
    connection.execute(update(videos).where(videos.c.id == video).values(sound=sound))


def drop_unfinished(connection: Connection, files: Files, video: str) -> None:
    """Drop what `make` made, as long as the video is not ready."""
    made = delete(sounds).where(sounds.c.video == video, sounds.c.uses == 0).returning(sounds.c.id, sounds.c.key)
    for row in connection.execute(made).all():
        files.drop(connection, row.key)
        connection.execute(update(videos).where(videos.c.id == video, videos.c.sound == row.id).values(sound=None))


def count_use(connection: Connection, sound: str, change: int) -> None:
    connection.execute(update(sounds).where(sounds.c.id == sound).values(uses=sounds.c.uses + change))


def borrowed(connection: Connection, video: str) -> Row[Any] | None:
    """The row of the sound that a video takes from another, if it does."""
    chosen = select(videos.c.sound).where(videos.c.id == video).scalar_subquery()
    query = select(sounds).where(sounds.c.id == chosen, sounds.c.video.is_distinct_from(video))
    return connection.execute(query).first()


def abandoned(connection: Connection) -> list[str]:
    """Sounds without an original that may be without any use; `drop_abandoned` makes sure."""
    query = select(sounds.c.id).where(sounds.c.video.is_(None), sounds.c.uses <= 0).limit(SWEEP_SOUNDS_MAX)
    return list(connection.execute(query).scalars())


def drop_abandoned(connection: Connection, files: Files, sound: str) -> None:
    """Drop a sound that no video has or is going to have."""
    row = connection.execute(select(sounds.c.key).where(sounds.c.id == sound).with_for_update()).first()
    waiting = select(videos.c.id).where(videos.c.sound == sound, videos.c.state.in_(("processing", "ready"))).limit(1)
    if row is None or connection.execute(waiting).first() is not None:
        return
    connection.execute(delete(sounds).where(sounds.c.id == sound))
    files.drop(connection, row.key)
