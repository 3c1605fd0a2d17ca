"""Uploads: receives their bytes into a local folder, and makes a video of one that is complete.

The order is always: write to the file, fsync, then update the record. So a crash never takes away what the record
promises.
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from sqlalchemy.exc import DBAPIError
from starlette.requests import ClientDisconnect

from core.errors import DiskFull, Overloaded
from core.executors import Executors
from core.ids import is_id, new_id
from core.storage.disk import free_bytes
from vod.errors import ChecksumMismatch, UploadBusy, UploadComplete, UploadNotFound, UploadStalled, UploadTooLarge
from vod.uploads import tus
from vod.uploads.body import Body
from vod.uploads.part_file import PartFile, try_remove
from vod.uploads.records import UploadRecords, UploadState

CHECKPOINT_BYTES = 16 * 1024 * 1024
TAKE_OVER_S = 5.0


class Uploads:
    def __init__(
        self, folder: Path, records: UploadRecords, wake_jobs: Callable[[], None], executors: Executors
    ) -> None:
        self._folder = folder
        self._records = records
        self._wake_jobs = wake_jobs
        self._sql, self._storage = executors.sql, executors.storage
        self._bodies: dict[str, Body] = {}  # what is being received, by upload; at most one each
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, upload: str) -> Path:
        """Where the bytes of an upload are."""
        if not is_id(upload):
            raise UploadNotFound
        return self._folder / upload

    def create(self, person: str, creation: tus.Creation) -> UploadState:
        """Create an upload. Blocks.

        Raises TooManyUploads, StorageQuotaExceeded, DiskFull, SoundNotFound, SoundNotAllowed.
        """
        state, stale = self._records.create(person, creation, free_bytes(self._folder))
        if stale is not None:
            try_remove(self.path(stale))
        if state.video is not None:  # an empty file is complete at once
            PartFile(self.path(state.id)).close()
            self._wake_jobs()
        return state

    def find(self, upload: str, person: str) -> UploadState:
        """Blocks. Raises UploadNotFound (also when it is somebody else's), UploadExpired."""
        return self._records.find(upload, person)

    async def create_async(self, person: str, creation: tus.Creation) -> UploadState:
        return await self._sql.run(self.create, person, creation)

    async def offset(self, upload: str, person: str) -> UploadState:
        """The upload with the offset at which its client continues.

        A request that still writes to it is told to stop first: the client that asks has lost that connection.
        """
        state = await self._sql.run(self.find, upload, person)
        if state.video is not None:
            return state
        part, state = await self._lock(upload, person)
        await self._clean_up(part.close)
        return state

    async def receive(self, upload: str, person: str, chunk: tus.Chunk, stream: AsyncIterator[bytes]) -> UploadState:
        """Append a body to an upload. What arrived before a connection broke is kept, unless it came with a checksum.

        Raises WrongOffset, UploadTooLarge, ChecksumMismatch, UploadStalled, UploadBusy, ClientDisconnect, DiskFull.
        """
        state = await self._sql.run(self.find, upload, person)
        if state.video is not None:
            tus.check_chunk(chunk, state.length, state.length)
            return state
        part, state = await self._lock(upload, person)
        body = self._bodies[upload] = Body(stream)
        try:
            tus.check_chunk(chunk, state.offset, state.length)
            if chunk.checksum is not None:
                await self._append_verified(part, state, chunk.checksum, body)
            else:
                await self._append(part, state, body)
            return await self._checkpoint(part, state)
        finally:
            if self._bodies.get(upload) is body:
                del self._bodies[upload]
            await self._clean_up(part.close)

    async def remove(self, upload: str, person: str) -> None:
        """Raises UploadNotFound, UploadComplete, UploadBusy."""
        await self._sql.run(self.find, upload, person)  # before `_lock`, which removes the file of an unknown upload
        part, state = await self._lock(upload, person)
        try:
            if state.video is not None:
                raise UploadComplete(f"It has become the video {state.video}; delete that instead.")
            await self._sql.run(self._records.delete, upload)
            await self._storage.run(part.remove)
        finally:
            await self._clean_up(part.close)

    def ingest(self, person: str, path: Path, caption: str, sound: str | None = None) -> str:
        """Copy a local file as if it had been uploaded. Blocks. Returns the id of its video. Raises UploadTooLarge."""
        length = path.stat().st_size
        if length > tus.UPLOAD_BYTES_MAX:
            raise UploadTooLarge(f"At most {tus.UPLOAD_BYTES_MAX} bytes.")
        upload = new_id()
        part = PartFile(self.path(upload))
        try:
            shutil.copyfile(path, part.path)
            part.sync()
            video = self._records.create_complete(upload, person, length, caption, sound)
        except BaseException:
            part.remove()
            raise
        finally:
            part.close()
        self._wake_jobs()
        return video

    async def _lock(self, upload: str, person: str) -> tuple[PartFile, UploadState]:
        """Open the file exclusively, and read the record once nobody else can change it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + TAKE_OVER_S
        while True:
            if (other := self._bodies.get(upload)) is not None:
                other.stop()
            try:
                part = await self._storage.run(PartFile, self.path(upload))
                break
            except UploadBusy:
                if loop.time() > deadline:
                    raise
                await asyncio.sleep(0.02)
        try:
            state = await self._sql.run(self.find, upload, person)
            if state.video is None:
                state = replace(state, offset=await self._storage.run(part.resume, state.offset))
            return part, state
        except BaseException as problem:
            if isinstance(problem, UploadNotFound):  # opening the file created it
                await self._clean_up(part.remove)
            await self._clean_up(part.close)
            raise

    def _write(self, part: PartFile, block: bytes) -> None:
        """Only what has arrived takes up space, so whether there is any is asked for each block. Raises DiskFull."""
        if free_bytes(self._folder) < len(block):
            raise DiskFull
        part.append(block)

    async def _append(self, part: PartFile, state: UploadState, body: Body) -> None:
        start = recorded = part.offset
        try:
            async for block in body.blocks(state.length - part.offset):
                await self._storage.run(self._write, part, block)
                if part.offset - recorded >= CHECKPOINT_BYTES:
                    recorded = (await self._checkpoint(part, state)).offset
        except UploadTooLarge:
            await self._storage.run(part.truncate, start)
            await self._checkpoint(part, state)
            raise
        except (ClientDisconnect, UploadStalled):
            with suppress(asyncio.CancelledError):
                await self._checkpoint(part, state)
            raise
        except DiskFull:
            with suppress(DiskFull, OSError, DBAPIError):  # the database may lie on the same full disk
                await self._checkpoint(part, state)
            raise

    async def _append_verified(self, part: PartFile, state: UploadState, checksum: tus.Checksum, body: Body) -> None:
        """Append all of the body or nothing: half of it cannot be verified."""
        start = part.offset
        digest = hashlib.new(checksum.algorithm, usedforsecurity=False)

        def append(block: bytes) -> None:
            digest.update(block)
            self._write(part, block)

        try:
            async for block in body.blocks(state.length - part.offset):
                await self._storage.run(append, block)
            if digest.digest() != checksum.digest:
                raise ChecksumMismatch
        except BaseException:
            await self._clean_up(partial(part.truncate, start))
            raise

    async def _checkpoint(self, part: PartFile, state: UploadState) -> UploadState:
        """Record what is on disk; when that is everything, the upload has become a video."""
        offset = await self._storage.run(part.sync)
        recorded = await self._sql.run(self._records.advance, state, offset)
        if recorded.video is not None:
            self._wake_jobs()
        return recorded

    async def _clean_up(self, run: Callable[[], None]) -> None:
        """Run it whatever happens: a file that stays open stays locked."""
        try:
            await self._storage.run(run)
        except Overloaded:
            run()
