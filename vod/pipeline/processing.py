"""The job that turns an upload into a video: a child process makes the files, then they are stored."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, select, update

from core.database import Database
from core.jobs import ATTEMPTS_MAX, Job, JobLost, JobRejected
from core.outages import is_outage
from core.storage import Storage, digest_of
from vod.catalogue.files import FileDoomed, Files, VideoFile
from vod.pipeline.child_result import Result, ResultFile
from vod.pipeline.process import ChildTooSlow, Unfit, make_files
from vod.tables import videos

DOOMED_WAIT_S = 30.0
TRANSCODING_PERCENT = 95  # of the whole job; the rest is storing


class Processing:
    def __init__(
        self,
        database: Database,
        storage: Storage,
        files: Files,
        source: Callable[[str], Path],
        scratch: Path,
        on_ready: Callable[[Connection, str], None],
    ) -> None:
        """`on_ready` is called in the transaction that makes a video ready; it may only run SQL."""
        self._database = database
        self._storage = storage
        self._files = files
        self._source = source
        self._scratch = scratch
        self._on_ready = on_ready

    def transcode(self, job: Job) -> None:
        """`subject` is the video, `arguments["upload"]` its source. Idempotent."""
        source = self._source(str(job.arguments["upload"]))
        if self._database.read(lambda c: _is_processing(c, job.subject)):
            self._process(job, source)
        source.unlink(missing_ok=True)

    def _process(self, job: Job, source: Path) -> None:
        self._scratch.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._scratch, prefix=f"{job.subject}-") as folder:
            try:
                result = make_files(source, Path(folder), lambda stage, percent: _progress(job, stage, percent))
                self._publish(job, result, Path(folder))
            except Unfit as unfit:
                self.reject(job.subject, str(unfit))
                source.unlink(missing_ok=True)
                raise JobRejected(str(unfit)) from None
            except JobLost:
                raise
            except Exception as problem:
                if is_outage(problem):  # a full disk, for example, is no fault of the video
                    raise
                if job.attempt >= ATTEMPTS_MAX:
                    self.reject(job.subject, "took_too_long" if isinstance(problem, ChildTooSlow) else "internal_error")
                raise

    def _publish(self, job: Job, result: Result, folder: Path) -> None:
        files = [_video_file(made, folder / made.name, result.duration_ms) for made in result.files]
        if not self._claim_files(job, files):
            return  # the video was deleted meanwhile
        for number, (made, file) in enumerate(zip(result.files, files, strict=True)):
            job.progress("storing", TRANSCODING_PERCENT + (100 - TRANSCODING_PERCENT) * number // len(files))
            self._storage.put_file(file.key, folder / made.name)
        top = result.files[0]
        ready = {"state": "ready", "duration_ms": result.duration_ms, "width": top.width, "height": top.height}

        def write(connection: Connection) -> None:
            mine = update(videos).where(videos.c.id == job.subject, videos.c.state == "processing")
            if connection.execute(mine.values(ready)).rowcount:
                self._on_ready(connection, job.subject)

        self._database.write(write)

    def _claim_files(self, job: Job, files: list[VideoFile]) -> bool:
        """Returns whether the video still exists."""

        def claim(connection: Connection) -> bool:
            if not _is_processing(connection, job.subject, lock=True):
                return False
            self._files.claim(connection, job.subject, files)
            return True

        deadline = time.monotonic() + DOOMED_WAIT_S
        while True:
            job.progress("storing", TRANSCODING_PERCENT)
            try:
                return self._database.write(claim)
            except FileDoomed:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def reject(self, video: str, reason: str) -> None:
        """Reject a video that is being processed, and release what was stored for it. Blocks."""

        def reject(connection: Connection) -> None:
            rejected = update(videos).where(videos.c.id == video, videos.c.state == "processing")
            if connection.execute(rejected.values(state="rejected", reason=reason)).rowcount:
                self._files.release(connection, video)

        self._database.write(reject)

    def give_up(self, job: Job) -> None:
        """The queue has given the job up, perhaps because its workers were killed each time. Blocks. Idempotent.

        Changes nothing about a video that is ready, or rejected for a better reason.
        """
        self.reject(job.subject, "internal_error")
        self._source(str(job.arguments["upload"])).unlink(missing_ok=True)


def _is_processing(connection: Connection, video: str, *, lock: bool = False) -> bool:
    query = select(videos.c.state).where(videos.c.id == video)
    return connection.execute(query.with_for_update() if lock else query).scalar() == "processing"


def _progress(job: Job, stage: str, percent: int) -> None:
    """Report the percent of the whole job, never less than before. An empty stage only checks that the job is ours."""
    if stage not in ("probing", "transcoding"):
        job.progress(job.stage or "probing", job.percent)
    else:
        share = TRANSCODING_PERCENT if stage == "transcoding" else 1
        job.progress(stage, max(0, min(100, percent)) * share // 100)


def _video_file(made: ResultFile, path: Path, duration_ms: int) -> VideoFile:
    size = path.stat().st_size
    rate = size * 8000 // max(1, duration_ms) if made.role.isdecimal() else 0
    return VideoFile(made.role, f"videos/{digest_of(path)}{path.suffix}", made.width, made.height, size, rate)
