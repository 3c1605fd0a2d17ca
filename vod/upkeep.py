"""What has to be cleared away from time to time, also after a crash: expired uploads and what nobody needs."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import structlog
from sqlalchemy import delete, select

from core.clock import Clock
from core.database import Database
from vod.errors import UploadBusy
from vod.pipeline.process import WALL_S_MAX
from vod.tables import uploads, videos
from vod.uploads.part_file import PartFile, try_remove

PERIOD_S = 10.0
SLOW_EVERY = 360  # periods between the rounds that look at everything
ORPHAN_AGE_S = 3_600.0
SCRATCH_AGE_S = 2 * WALL_S_MAX
UPLOADS_AT_ONCE_MAX = 1_000

log = structlog.get_logger("vod")

Round = Callable[[], None]
"""One round of clearing up; blocks."""


class Upkeep:
    """`often` is done every PERIOD_S, `seldom` once an hour. A round that fails is logged and tried again next time."""

    def __init__(self, often: list[Round], seldom: list[Round]) -> None:
        self._often = often
        self._seldom = seldom

    async def run(self) -> None:
        number = 0
        while True:
            rounds = self._often + (self._seldom if number % SLOW_EVERY == 0 else [])
            for clear in rounds:
                try:
                    await asyncio.to_thread(clear)
                except Exception:  # the database or the storage is away: the next round finds the same work
                    log.exception("upkeep failed")
            number += 1
            await asyncio.sleep(PERIOD_S)


class Sources:
    """The folders of uploads and of work under way, as far as they need clearing."""

    def __init__(self, folder: Path, scratch: Path, database: Database, clock: Clock) -> None:
        self._scratch = scratch
        self._folder = folder
        self._database = database
        self._clock = clock

    def drop_expired(self) -> None:
        """Unfinished uploads that were left alone, and the records of finished ones that nobody asks for any more."""
        now = self._clock()
        old = select(uploads.c.id).where(uploads.c.expires_at <= now).limit(UPLOADS_AT_ONCE_MAX)
        for upload in self._database.read(lambda c: c.execute(old).scalars().all()):
            if not self._needed(upload):
                self._drop(upload, now)

    def _drop(self, upload: str, now: int) -> None:
        """Under the file's lock: a client may have come back to it this moment."""
        expired = delete(uploads).where(uploads.c.id == upload, uploads.c.expires_at <= now)
        with suppress(UploadBusy), closing(PartFile(self._folder / upload)) as part:
            if self._database.write(lambda c: c.execute(expired).rowcount):
                part.remove()

    def drop_orphans(self) -> None:
        """Files whose video is done, or that no record knows: a crash left them between two steps."""
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
        """Is it the source of a video that is still being made, or (`or_open`) still being sent?"""
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
