"""The records of uploads in SQL. What a record promises is on disk already: the caller syncs the file first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, case, delete, func, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import DiskFull
from core.ids import new_id
from vod.catalogue.visibility import Visibility
from vod.errors import StorageQuotaExceeded, TooManyUploads, UploadExpired, UploadNotFound
from vod.tables import uploads, videos
from vod.uploads import tus

OPEN_UPLOADS_MAX = 5  # for one person
STALE_MS = 60 * 60_000  # an unfinished upload untouched for this long makes room for a new one
EXPIRY_MS = 24 * 60 * 60_000
RESERVED_BYTES_MAX = 32 * 1024 * 1024  # of disk for each unfinished upload: nobody blocks space with mere promises

Admit = Callable[[Connection, str], None]
"""(connection, person): raises a Refusal when this person may not upload any more for now."""

StoredBytes = Callable[[Connection, str], int]
"""(connection, person): the bytes of this person's videos."""

CheckSound = Callable[[Connection, str, str], object]
"""(connection, person, sound): raises a Refusal when this person may not use the sound."""

CheckEffect = Callable[[Connection, str], object]
"""(connection, effect): raises a Refusal when nothing can have been made with the effect."""

Publish = Callable[[Connection, str, str, str, Visibility, str | None, str | None], str]
"""(connection, person, upload, caption, visibility, sound, effect) -> the id of a new video with this upload as its
source."""


@dataclass(frozen=True, slots=True)
class UploadState:
    """An upload as it is recorded. Offsets and lengths are in bytes, times in Unix ms."""

    id: str
    person: str
    length: int
    offset: int
    metadata: str
    caption: str
    visibility: Visibility
    sound: str | None
    effect: str | None
    video: str | None
    expires_at: int


class UploadRecords:
    """Every method blocks."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        quota_bytes: int,
        stored_bytes: StoredBytes,
        admit: Admit,
        check_sound: CheckSound,
        check_effect: CheckEffect,
        publish: Publish,
    ) -> None:
        self._database = database
        self._clock = clock
        self._quota_bytes = quota_bytes  # for one person's videos and uploads
        self._stored_bytes = stored_bytes
        self._admit = admit
        self._check_sound = check_sound
        self._check_effect = check_effect
        self._publish = publish

    def create(self, person: str, creation: tus.Creation, free_bytes: int) -> tuple[UploadState, str | None]:
        """Record a new upload; an empty one is complete at once.

        Raises TooManyUploads, StorageQuotaExceeded, DiskFull, SoundNotFound, SoundNotAllowed, EffectNotFound.

        Also returns the id of the stale upload that was deleted to make room.
        """
        now = self._clock()

        def write(connection: Connection) -> tuple[UploadState, str | None]:
            self._admit(connection, person)
            if creation.sound is not None:
                self._check_sound(connection, person, creation.sound)
            if creation.effect is not None:
                self._check_effect(connection, creation.effect)
            stale = _make_room(connection, person, now)
            self._check_quota(connection, person, creation.length)
            if _reserved_bytes(connection) + creation.length > free_bytes:
                raise DiskFull
            upload = new_id()
            row = {
                "id": upload, "length": creation.length, "offset": 0, "metadata": creation.metadata,
                "visibility": creation.visibility, "sound": creation.sound, "effect": creation.effect,
                "language": creation.language,
            }  # fmt: skip
            _insert(connection, row, person, creation.caption, now)
            state = _read(connection, upload)
            if creation.length == 0:
                self._complete(connection, state, now)
            return _read(connection, upload), stale

        return self._database.write(write)

    def create_complete(self, upload: str, person: str, length: int, caption: str, sound: str | None) -> str:
        """Record an upload all of which is there. Returns the id of its video."""
        now = self._clock()

        def write(connection: Connection) -> str:
            row = {"id": upload, "length": length, "offset": length, "metadata": "", "sound": sound}
            _insert(connection, row, person, caption, now)
            return self._complete(connection, _read(connection, upload), now)

        return self._database.write(write)

    def find(self, upload: str, person: str) -> UploadState:
        """Raises UploadNotFound (also when it is somebody else's), UploadExpired."""
        state = self._database.read(lambda c: _read(c, upload))
        if state.person != person:
            raise UploadNotFound
        if state.expires_at <= self._clock():
            raise UploadExpired
        return state

    def advance(self, state: UploadState, offset: int) -> UploadState:
        """Record what is on disk. When that is everything, the upload becomes a video."""
        now = self._clock()

        def write(connection: Connection) -> UploadState:
            values = {"offset": offset, "touched_at": now, "expires_at": now + EXPIRY_MS}
            connection.execute(update(uploads).where(uploads.c.id == state.id).values(values))
            if offset == state.length:
                self._complete(connection, state, now)
            return _read(connection, state.id)

        return self._database.write(write)

    def delete(self, upload: str) -> None:
        self._database.write(lambda c: c.execute(delete(uploads).where(uploads.c.id == upload)))

    def _check_quota(self, connection: Connection, person: str, length: int) -> None:
        """Unfinished uploads count as a whole, finished ones until their video replaces them."""
        kept = (
            select(func.coalesce(func.sum(uploads.c.length), 0))
            .select_from(uploads.outerjoin(videos, videos.c.id == uploads.c.video))
            .where(uploads.c.person == person)
            .where(uploads.c.video.is_(None) | (videos.c.state == "processing"))
        )
        used = self._stored_bytes(connection, person) + int(connection.execute(kept).scalar_one())
        if used + length > self._quota_bytes:
            gigabytes = f"{used / 1e9:.1f} of {self._quota_bytes / 1e9:.0f} GB"
            raise StorageQuotaExceeded(f"You use {gigabytes}; delete videos to make room.")

    def _complete(self, connection: Connection, upload: UploadState, now: int) -> str:
        video = self._publish(
            connection, upload.person, upload.id, upload.caption, upload.visibility, upload.sound, upload.effect
        )
        values = {"video": video, "touched_at": now, "expires_at": now + EXPIRY_MS}
        connection.execute(update(uploads).where(uploads.c.id == upload.id).values(values))
        return video


def _reserved_bytes(connection: Connection) -> int:
    """The space kept free for unfinished uploads of everybody."""
    missing = uploads.c.length - uploads.c.offset
    reserved = case((missing < RESERVED_BYTES_MAX, missing), else_=RESERVED_BYTES_MAX)
    unfinished = select(func.coalesce(func.sum(reserved), 0)).where(uploads.c.video.is_(None))
    return int(connection.execute(unfinished).scalar_one())


def _insert(connection: Connection, row: dict[str, object], person: str, caption: str, now: int) -> None:
    common = {"person": person, "caption": caption, "touched_at": now, "expires_at": now + EXPIRY_MS}
    connection.execute(insert(uploads).values(row | common))


def _make_room(connection: Connection, person: str, now: int) -> str | None:
    """Returns the id of the stale upload that was deleted, if that was needed. Raises TooManyUploads."""
    unfinished = (
        select(uploads.c.id, uploads.c.touched_at)
        .where(uploads.c.person == person, uploads.c.video.is_(None))
        .order_by(uploads.c.touched_at, uploads.c.id)
    )
    rows = connection.execute(unfinished).all()
    if len(rows) < OPEN_UPLOADS_MAX:
        return None
    oldest: str = rows[0].id
    if rows[0].touched_at > now - STALE_MS:
        raise TooManyUploads(f"At most {OPEN_UPLOADS_MAX} uploads can be unfinished; finish or discard one first.")
    connection.execute(delete(uploads).where(uploads.c.id == oldest))
    return oldest


def _read(connection: Connection, upload: str) -> UploadState:
    row = connection.execute(
        select(
            uploads.c.id, uploads.c.person, uploads.c.length, uploads.c.offset, uploads.c.metadata,
            uploads.c.caption, uploads.c.visibility, uploads.c.sound, uploads.c.effect, uploads.c.video,
            uploads.c.expires_at,
        ).where(uploads.c.id == upload)
    ).first()  # fmt: skip
    if row is None:
        raise UploadNotFound
    return UploadState(**row._asdict())
