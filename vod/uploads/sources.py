"""The local files of uploads: removes those that expired, and those that a crash left behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from contextlib import closing, suppress
from pathlib import Path

import structlog
from sqlalchemy import delete, select

from core.clock import Clock
from core.database import Database
from core.executors import BoundedExecutor
from core.outages import is_outage
from vod.errors import UploadBusy
from vod.pipeline.process import WALL_S_MAX
from vod.tables import uploads, videos
from vod.uploads.part_file import PartFile, try_remove

ORPHANS_EVERY_S = 3_600.0
ORPHAN_AGE_S = 3_600.0
SCRATCH_AGE_S = 2 * WALL_S_MAX
UPLOADS_PER_ROUND_MAX = 1_000

log = structlog.get_logger("vod")


class Sources:
    """Every method but `run` blocks. `folder` holds the uploads, `scratch` what the pipeline works on."""

    def __init__(
        self, folder: Path, scratch: Path, database: Database, clock: Clock, executor: BoundedExecutor
    ) -> None:
        self._folder = folder
        self._scratch = scratch
        self._database = database
        self._clock = clock
        self._executor = executor

    async def run(self) -> None:
        """Delete orphans now and then, until cancelled."""
        while True:
            try:
                await self._executor.run(self.delete_orphans)
            except Exception as error:  # the next round finds the same files
                if not is_outage(error):
                    log.exception("orphans not deleted")
            await asyncio.sleep(ORPHANS_EVERY_S)

    def delete_expired(self) -> None:
        """Delete unfinished uploads that were abandoned, and the records of finished ones after a day."""
        now = self._clock()
        expired = select(uploads.c.id).where(uploads.c.expires_at <= now).limit(UPLOADS_PER_ROUND_MAX)
        for upload in self._database.read(lambda c: c.execute(expired).scalars().all()):
            if not self._needed(upload):
                self._delete(upload, now)

    def _delete(self, upload: str, now: int) -> None:
        """Under the file's lock: a client may come back to the upload at this moment."""
        expired = delete(uploads).where(uploads.c.id == upload, uploads.c.expires_at <= now)
        with suppress(UploadBusy), closing(PartFile(self._folder / upload)) as part:
            if self._database.write(lambda c: c.execute(expired).rowcount):
                part.remove()

    def delete_orphans(self) -> None:
        """Delete files whose video is done or which no record names, as a crash between two steps leaves them."""
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if not entry.is_file(follow_symlinks=False) or self._needed(entry.name, or_open=True):
                    continue
                if _age_s(entry) > ORPHAN_AGE_S:
                    try_remove(self._folder / entry.name)
        if self._scratch.exists():
            with os.scandir(self._scratch) as entries:
                for entry in entries:
                    if _age_s(entry) > SCRATCH_AGE_S:
                        shutil.rmtree(entry.path, ignore_errors=True)

    def _needed(self, upload: str, *, or_open: bool = False) -> bool:
        """Whether it is the source of a video in processing or, with `or_open`, still being uploaded."""
        row = self._database.read(
            lambda c: c.execute(
                select(uploads.c.video, videos.c.state)
                .select_from(uploads.outerjoin(videos, videos.c.id == uploads.c.video))
                .where(uploads.c.id == upload)
            ).first()
        )
        return row is not None and (row.state == "processing" or (or_open and row.video is None))


def _age_s(entry: os.DirEntry[str]) -> float:
    return time.time() - entry.stat(follow_symlinks=False).st_mtime
