"""Uploads: the record in SQL, the bytes in a local folder, and what happens when one is complete.

The order is always: bytes to the file, fsync, then the record. So
the record never promises what a crash could take away.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, select, update
from starlette.requests import ClientDisconnect

from core.clock import Clock
from core.database import Database
from core.ids import is_id, new_id
from vod.errors import (
    ChecksumMismatch,
    DiskFull,
    TooManyUploads,
    UploadBusy,
    UploadComplete,
    UploadExpired,
    UploadNotFound,
    UploadStalled,
    UploadTooLarge,
)
from vod.tables import uploads
from vod.uploads import tus
from vod.uploads.part_file import PartFile, try_remove

OPEN_UPLOADS_MAX = 5  # for one person
STALE_MS = 60 * 60_000  # an unfinished upload untouched for so long makes room for a new one
EXPIRY_MS = 24 * 60 * 60_000
DISK_FREE_BYTES_MIN = 1024**3
BLOCK_BYTES = 1024 * 1024
CHECKPOINT_BYTES = 16 * 1024 * 1024
BODY_IDLE_S = 30.0
TAKE_OVER_S = 5.0
STOP_S = 0.5

Admit = Callable[[Connection, str], None]
"""(connection, person): raises a Refusal when this person may not upload any more for now."""

Publish = Callable[[Connection, str, str, str], str]
"""(connection, person, upload, caption) -> the id of a new video whose source this upload is."""


@dataclass(frozen=True, slots=True)
class UploadState:
    """An upload as it is recorded. Offsets and lengths are in bytes, times in Unix ms."""

    id: str
    person: str
    length: int
    offset: int
    metadata: str
    caption: str
    video: str | None
    expires_at: int


@dataclass(slots=True)
class _Receiving:
    """A request whose body we are reading. Another request for the same upload may tell it to stop.

    It then reads what has already arrived: until the broken connection ends, or for STOP_S when it does not.
    """

    timer: asyncio.Timeout | None = None
    stop_at: float | None = None  # in the loop's time

    def stop(self) -> None:
        if self.stop_at is None:
            self.stop_at = asyncio.get_running_loop().time() + STOP_S
            if self.timer is not None and not self.timer.expired():
                self.timer.reschedule(self.stop_at)


class Uploads:
    def __init__(
        self, folder: Path, database: Database, clock: Clock, admit: Admit, publish: Publish, wake: Callable[[], None]
    ) -> None:
        self._admit = admit
        self._folder = folder
        self._database = database
        self._clock = clock
        self._publish = publish
        self._wake = wake
        self._receiving: dict[str, _Receiving] = {}  # by upload; at most one each
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, upload: str) -> Path:
        """Where the bytes of an upload are."""
        if not is_id(upload):
            raise UploadNotFound
        return self._folder / upload

    def create(self, person: str, creation: tus.Creation) -> UploadState:
        """Record a new upload. Blocks. Raises TooManyUploads, DiskFull."""
        free = shutil.disk_usage(self._folder).free - DISK_FREE_BYTES_MIN
        state, stale = self._database.write(lambda c: self._insert(c, person, creation, free))
        if stale is not None:
            try_remove(self.path(stale))
        if state.video is not None:  # an empty file is complete at once
            PartFile(self.path(state.id)).close()
            self._wake()
        return state

    def _insert(
        self, connection: Connection, person: str, creation: tus.Creation, free: int
    ) -> tuple[UploadState, str | None]:
        now = self._clock()
        self._admit(connection, person)
        stale = self._make_room(connection, person, now)
        missing = func.coalesce(func.sum(uploads.c.length - uploads.c.offset), 0)
        promised = select(missing).where(uploads.c.video.is_(None))
        if connection.execute(promised).scalar_one() + creation.length > free:
            raise DiskFull
        upload = new_id()
        connection.execute(
            insert(uploads).values(
                id=upload, person=person, length=creation.length, offset=0, metadata=creation.metadata,
                caption=creation.caption, touched_at=now, expires_at=now + EXPIRY_MS,
            )
        )  # fmt: skip
        if creation.length == 0:
            self._complete(connection, upload, person, creation.caption, now)
        return self._read(connection, upload), stale

    def _make_room(self, connection: Connection, person: str, now: int) -> str | None:
        """Returns the id of the stale upload that was dropped for the new one. Raises TooManyUploads."""
        mine = (
            select(uploads.c.id, uploads.c.touched_at)
            .where(uploads.c.person == person, uploads.c.video.is_(None))
            .order_by(uploads.c.touched_at, uploads.c.id)
        )
        rows = connection.execute(mine).all()
        if len(rows) < OPEN_UPLOADS_MAX:
            return None
        oldest: str = rows[0].id
        if rows[0].touched_at > now - STALE_MS:
            raise TooManyUploads(f"Finish or discard one first: at most {OPEN_UPLOADS_MAX} at a time.")
        connection.execute(delete(uploads).where(uploads.c.id == oldest))
        return oldest

    def find(self, upload: str, person: str) -> UploadState:
        """Blocks. Raises UploadNotFound (also when it is somebody else's), UploadExpired."""
        state = self._database.read(lambda c: self._read(c, upload))
        if state.person != person:
            raise UploadNotFound
        if state.expires_at <= self._clock():
            raise UploadExpired
        return state

    async def offset(self, upload: str, person: str) -> UploadState:
        """The upload with the offset a client goes on from. A request still writing to it is told to stop first: the
        client that asks has lost it."""
        state = await asyncio.to_thread(self.find, upload, person)
        if state.video is not None:
            return state
        part, state = await self._take(upload, person)
        await asyncio.to_thread(part.close)
        return state

    async def receive(self, upload: str, person: str, chunk: tus.Chunk, body: AsyncIterator[bytes]) -> UploadState:
        """Append a body to an upload. What arrived before a connection broke is kept, unless it came with a checksum.

        Raises WrongOffset, UploadTooLarge, ChecksumMismatch, UploadStalled, UploadBusy, ClientDisconnect.
        """
        state = await asyncio.to_thread(self.find, upload, person)
        if state.video is not None:
            tus.check_chunk(chunk, state.length, state.length)
            return state
        part, state = await self._take(upload, person)
        receiving = self._receiving[upload] = _Receiving()
        try:
            tus.check_chunk(chunk, state.offset, state.length)
            if chunk.checksum is not None:
                await self._fill_whole(part, state, chunk.checksum, body, receiving)
            else:
                await self._fill(part, state, body, receiving)
            return await self._record(part, state)
        finally:
            if self._receiving.get(upload) is receiving:
                del self._receiving[upload]
            await asyncio.to_thread(part.close)

    async def remove(self, upload: str, person: str) -> None:
        """Raises UploadNotFound, UploadComplete, UploadBusy."""
        part, state = await self._take(upload, person)
        try:
            if state.video is not None:
                raise UploadComplete(f"It has become the video {state.video}; delete that instead.")
            await asyncio.to_thread(
                self._database.write, lambda c: c.execute(delete(uploads).where(uploads.c.id == upload))
            )
            await asyncio.to_thread(part.remove)
        finally:
            await asyncio.to_thread(part.close)

    def ingest(self, person: str, path: Path, caption: str) -> str:
        """Take a local file as if it had been uploaded. Blocks. Returns the id of its video. Raises UploadTooLarge."""
        size = path.stat().st_size
        if size > tus.UPLOAD_BYTES_MAX:
            raise UploadTooLarge(f"At most {tus.UPLOAD_BYTES_MAX} bytes.")
        now, upload = self._clock(), new_id()
        part = PartFile(self.path(upload))
        try:
            shutil.copyfile(path, part.path)
            part.sync()

            def record(connection: Connection) -> str:
                connection.execute(
                    insert(uploads).values(
                        id=upload, person=person, length=size, offset=size, metadata="",
                        caption=caption, touched_at=now, expires_at=now + EXPIRY_MS,
                    )
                )  # fmt: skip
                return self._complete(connection, upload, person, caption, now)

            video = self._database.write(record)
        except BaseException:
            part.remove()
            raise
        finally:
            part.close()
        self._wake()
        return video

    async def _take(self, upload: str, person: str) -> tuple[PartFile, UploadState]:
        """Open the file for ourselves alone, and read the record once nobody else can change it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + TAKE_OVER_S
        while True:
            if (other := self._receiving.get(upload)) is not None:
                other.stop()
            try:
                part = await asyncio.to_thread(PartFile, self.path(upload))
                break
            except UploadBusy:
                if loop.time() > deadline:
                    raise
                await asyncio.sleep(0.02)
        try:
            state = await asyncio.to_thread(self.find, upload, person)
            if state.video is None:
                state = _at(state, await asyncio.to_thread(part.resume, state.offset))
            return part, state
        except BaseException as problem:
            if isinstance(problem, UploadNotFound):  # opening it has made it anew
                part.remove()
            part.close()
            raise

    async def _fill(
        self, part: PartFile, state: UploadState, body: AsyncIterator[bytes], receiving: _Receiving
    ) -> None:
        start = recorded = part.offset
        try:
            async for block in _blocks(body, receiving, state.length - part.offset):
                await asyncio.to_thread(part.append, block)
                if part.offset - recorded >= CHECKPOINT_BYTES:
                    recorded = (await self._record(part, state)).offset
        except UploadTooLarge:
            await asyncio.to_thread(part.cut, start)
            await self._record(part, state)
            raise
        except (ClientDisconnect, UploadStalled):
            with suppress(asyncio.CancelledError):
                await self._record(part, state)
            raise

    async def _fill_whole(
        self, part: PartFile, state: UploadState, checksum: tus.Checksum, body: AsyncIterator[bytes],
        receiving: _Receiving,
    ) -> None:  # fmt: skip
        """All of the body or nothing of it: part of it cannot be verified."""
        start = part.offset
        digest = hashlib.new(checksum.algorithm, usedforsecurity=False)

        def take(block: bytes) -> None:
            digest.update(block)
            part.append(block)

        try:
            async for block in _blocks(body, receiving, state.length - part.offset):
                await asyncio.to_thread(take, block)
            if digest.digest() != checksum.digest:
                raise ChecksumMismatch
        except BaseException:
            part.cut(start)
            raise

    async def _record(self, part: PartFile, state: UploadState) -> UploadState:
        """Write down what is safely on disk; when that is everything, the upload becomes a video."""
        offset = await asyncio.to_thread(part.sync)
        now = self._clock()

        def record(connection: Connection) -> UploadState:
            connection.execute(
                update(uploads)
                .where(uploads.c.id == state.id)
                .values(offset=offset, touched_at=now, expires_at=now + EXPIRY_MS)
            )
            if offset == state.length:
                self._complete(connection, state.id, state.person, state.caption, now)
            return self._read(connection, state.id)

        recorded = await asyncio.to_thread(self._database.write, record)
        if recorded.video is not None:
            self._wake()
        return recorded

    def _complete(self, connection: Connection, upload: str, person: str, caption: str, now: int) -> str:
        video = self._publish(connection, person, upload, caption)
        connection.execute(
            update(uploads)
            .where(uploads.c.id == upload)
            .values(video=video, touched_at=now, expires_at=now + EXPIRY_MS)
        )
        return video

    def _read(self, connection: Connection, upload: str) -> UploadState:
        row = connection.execute(
            select(
                uploads.c.id, uploads.c.person, uploads.c.length, uploads.c.offset, uploads.c.metadata,
                uploads.c.caption, uploads.c.video, uploads.c.expires_at,
            ).where(uploads.c.id == upload)
        ).first()  # fmt: skip
        if row is None:
            raise UploadNotFound
        return UploadState(*row)


def _at(state: UploadState, offset: int) -> UploadState:
    return replace(state, offset=offset)


async def _blocks(body: AsyncIterator[bytes], receiving: _Receiving, room: int) -> AsyncIterator[bytes]:
    """The body in blocks worth a write, of `room` bytes at most; what came before a break is still given.

    Raises UploadTooLarge, UploadStalled, ClientDisconnect.
    """
    block = bytearray()
    problem: Exception | None = None
    while True:
        try:
            piece = await _next(body, receiving)
        except (ClientDisconnect, UploadStalled) as broken:
            problem, piece = broken, None
        if piece is None:
            break
        room -= len(piece)
        if room < 0:
            raise UploadTooLarge("The body is longer than what is missing of the upload.")
        block += piece
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)
    if problem is not None:
        raise problem


async def _next(body: AsyncIterator[bytes], receiving: _Receiving) -> bytes | None:
    now = asyncio.get_running_loop().time()
    until = now + BODY_IDLE_S if receiving.stop_at is None else receiving.stop_at
    if until < now:  # as long as there is something to read, no timer goes off
        raise UploadStalled
    try:
        async with asyncio.timeout_at(until) as receiving.timer:
            return await anext(body)
    except StopAsyncIteration:
        return None
    except TimeoutError:
        raise UploadStalled from None
    finally:
        receiving.timer = None
