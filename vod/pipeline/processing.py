"""The job that turns an upload into a video: a child process makes the files, then they are stored."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, select, update

from core.database import Database
from core.errors import NotFound
from core.jobs import ATTEMPTS_MAX, Job, JobLost, JobRejected
from core.outages import is_outage
from core.storage import Storage, digest_of
from core.storage.disk import disk_full_named
from trust.machine.judging.copies import Copy
from trust.machine.judging.seen import Seen
from trust.machine.machine import Machine
from vod.catalogue.files import FileDoomed, Files, VideoFile
from vod.pipeline.child_result import SOUND_NAME, STILLS_NAME, Result, ResultFile
from vod.pipeline.process import ChildTooSlow, Unfit, make_files
from vod.sounds import records as sounds
from vod.sounds.records import SoundFile
from vod.tables import videos

DOOMED_WAIT_S = 30.0
BORROWED_NAME = "borrowed"
"""Not a name that the child may give to a file it has made."""
TRANSCODING_PERCENT = 95  # of the whole job; the rest is storing


class Compares(Protocol):
    """With videos that were looked at before: `vod.fund.originals`."""

    def alike(self, video: str, seen: Seen) -> Sequence[Copy]: ...

    def note(self, connection: Connection, video: str, person: str, alike: Sequence[Copy]) -> None: ...


class Processing:
    def __init__(
        self,
        database: Database,
        storage: Storage,
        files: Files,
        source: Callable[[str], Path],
        scratch: Path,
        published: Callable[[Connection, str], None] = lambda _connection, _video: None,
        machine: Machine | None = None,
        originals: Compares | None = None,
    ) -> None:
        """`published` hears of each video that became ready, in that transaction; before, `machine` looks at it, and
        `originals` compares what it saw."""
        self._database = database
        self._storage = storage
        self._files = files
        self._source = source
        self._scratch = scratch
        self._published = published
        self._machine = machine
        self._originals = originals

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
                sound = self._fetch_sound(job.subject, Path(folder))
                result = make_files(source, Path(folder), lambda stage, percent: _progress(job, stage, percent), sound)
                own = _sound_file(result, Path(folder)) if sound is None else None
                self._publish(job, result, Path(folder), own, self._look(result, Path(folder)))
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

    def _fetch_sound(self, video: str, folder: Path) -> Path | None:
        """Put the sound that a video takes from another into the folder. Raises Unfit."""
        row = self._database.read(lambda c: sounds.borrowed(c, video))
        if row is None:
            return None
        path = folder / BORROWED_NAME
        try:
            with path.open("wb") as file, disk_full_named():
                for chunk in self._storage.read(row.key):
                    file.write(chunk)
        except NotFound:
            raise Unfit("sound_unavailable") from None
        return path

    def _look(self, result: Result, folder: Path) -> Seen | None:
        """What its pictures show, as far as that is known."""
        stills = result.stills
        if self._machine is None or stills is None:
            return None
        return self._machine.look(folder / STILLS_NAME, stills.width, stills.height, stills.count)

    def _publish(
        self, job: Job, result: Result, folder: Path, own: SoundFile | None, seen: Seen | None
    ) -> None:  # fmt: skip
        files = [_video_file(made, folder / made.name, result.duration_ms) for made in result.files]
        if not self._claim_files(job, files, own):
            return  # the video was deleted meanwhile
        if own is not None:
            self._storage.put_file(own.key, folder / SOUND_NAME)
        for number, (made, file) in enumerate(zip(result.files, files, strict=True)):
            job.progress("storing", TRANSCODING_PERCENT + (100 - TRANSCODING_PERCENT) * number // len(files))
            self._storage.put_file(file.key, folder / made.name)
        top = result.files[0]
        ready = {"state": "ready", "duration_ms": result.duration_ms, "width": top.width, "height": top.height}

        # Before the transaction: it reads and compares the pictures of many videos.
        alike = self._originals.alike(job.subject, seen) if self._originals is not None and seen is not None else ()

        def finish(connection: Connection) -> None:
            processed = update(videos).where(videos.c.id == job.subject, videos.c.state == "processing").values(ready)
            for row in connection.execute(processed.returning(videos.c.sound, videos.c.person)).all():
                if self._machine is not None and seen is not None:
                    self._machine.judge.video(connection, job.subject, row.person, seen)
                if self._originals is not None:
                    self._originals.note(connection, job.subject, row.person, alike)
                self._published(connection, job.subject)
                if row.sound is not None:
                    sounds.count_use(connection, row.sound, +1)

        self._database.write(finish)

    def _claim_files(self, job: Job, files: list[VideoFile], own: SoundFile | None) -> bool:
        """Returns whether the video still exists."""

        def claim(connection: Connection) -> bool:
            if not _is_processing(connection, job.subject, lock=True):
                return False
            self._files.claim(connection, job.subject, files)
            if own is not None:
                sounds.make(connection, self._files, job.subject, own)
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
                sounds.drop_unfinished(connection, self._files, video)

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


def _sound_file(result: Result, folder: Path) -> SoundFile | None:
    """The video's own sound, if there is something to hear."""
    if not result.sound_ms:
        return None
    path = folder / SOUND_NAME
    return SoundFile(f"sounds/{digest_of(path)}{path.suffix}", path.stat().st_size, result.sound_ms)


def _video_file(made: ResultFile, path: Path, duration_ms: int) -> VideoFile:
    size = path.stat().st_size
    rate = size * 8000 // max(1, duration_ms) if made.role.isdecimal() else 0
    return VideoFile(made.role, f"videos/{digest_of(path)}{path.suffix}", made.width, made.height, size, rate)
