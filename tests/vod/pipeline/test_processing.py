"""From an upload to a public video, and what happens if a step fails."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core.database import Database
from core.errors import DiskFull
from core.jobs import ATTEMPTS_MAX, LEASE_MS, Job, JobLost, JobRejected
from core.outages import is_outage
from core.storage import Storage
from core.tables import jobs as jobs_table
from tests.served import ROOT
from tests.services import fill_disk, small_disk
from tests.vod.conftest import House
from tests.vod.pipeline.films import film
from tests.vod.pipeline.test_hostile import children_working_in
from vod.errors import VideoNotFound
from vod.feed.viewer import Viewer
from vod.pipeline import processing
from vod.pipeline.process import ChildFailed
from vod.tables import stored_files, uploads, videos


def test_an_upload_becomes_a_ready_video_in_any_storage(
    database: Database, storage: Storage, small_film: Path, tmp_path: Path
) -> None:
    house = House(database, storage, tmp_path)
    who = house.person()
    video = house.upload(who, small_film, "Look")
    waiting = house.vod.videos.video(video, who)
    assert (waiting.state, waiting.stage, waiting.progress, waiting.renditions) == ("processing", "queued", 0, [])
    job = house.claim()
    house.vod.processing.transcode(job)
    assert job.stage == "storing"
    assert 95 <= job.percent <= 100
    shown = house.vod.videos.video(video, None)
    assert (shown.state, shown.stage, shown.progress, shown.reason) == ("ready", None, 100, None)
    assert (shown.caption, shown.by, shown.width, shown.height) == ("Look", who.brief, 320, 480)
    assert abs(shown.duration_ms - 1000) < 100
    (rendition,) = shown.renditions
    assert rendition.bits_per_second == rendition.bytes * 8000 // shown.duration_ms
    for url in (rendition.url, shown.poster, shown.preview):
        assert url is not None
        key = url[url.index("videos/") :]
        assert storage.stat(key).size > 0
    assert not house.vod.uploads.path(job.arguments["upload"]).exists(), "the source is not kept"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "not_a_video"), (b"#EXTM3U\nhttp://127.0.0.1/", "not_a_video"), (b"\0\0\0\x08ftyp", "broken")],
)
def test_an_unfit_file_is_rejected_with_a_reason_for_its_owner(
    house: House, tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    who = house.person()
    video = house.upload(who, path)
    job = house.claim()
    with pytest.raises(JobRejected, match=reason):
        house.vod.processing.transcode(job)
    shown = house.vod.videos.video(video, who)
    assert (shown.state, shown.reason, shown.stage) == ("rejected", reason, None)
    assert not house.vod.uploads.path(job.arguments["upload"]).exists()
    with pytest.raises(VideoNotFound):
        house.vod.videos.video(video, house.person())


def test_processing_twice_gives_the_same_result_and_stores_files_once(house: House, small_film: Path) -> None:
    who = house.person()
    video = house.upload(who, small_film)
    job = house.claim()
    kept = house.vod.uploads.path(job.arguments["upload"]).read_bytes()
    house.vod.processing.transcode(job)
    first, stored = house.vod.videos.video(video, who), house.stored()
    house.database.write(
        lambda c: c.execute(update(videos).values(state="processing"))
    )  # the worker died before it reported the result
    house.vod.uploads.path(job.arguments["upload"]).write_bytes(kept)
    house.vod.processing.transcode(job)
    assert house.vod.videos.video(video, who) == first
    assert house.stored() == stored
    uses = house.database.read(lambda c: c.execute(select(stored_files.c.uses)).scalars().all())
    assert set(uses) == {1}


def test_a_full_disk_rejects_no_video(house: House, small_film: Path) -> None:
    who = house.person()
    video = house.upload(who, small_film)
    job = house.claim()
    job.attempt = ATTEMPTS_MAX
    with small_disk(house.folder / "scratch", 1 << 20):
        fill_disk(house.folder / "scratch")
        filler = house.folder / "scratch" / "filler"
        os.truncate(filler, filler.stat().st_size - 12_288)  # enough to begin with
        with pytest.raises(DiskFull) as failure:
            house.vod.processing.transcode(job)
        assert is_outage(failure.value)
        assert house.vod.videos.video(video, who).state == "processing"
        filler.unlink()
        house.vod.processing.transcode(job)
    assert house.vod.videos.video(video, who).state == "ready"


def test_a_killed_child_is_retried_and_the_video_becomes_ready(
    house: House, small_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = house.person()
    video = house.upload(who, small_film)
    job = house.claim()
    real = processing._progress

    def kill(job: Job, stage: str, percent: int) -> None:
        for child in children_working_in(house.folder / "scratch"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        real(job, stage, percent)

    with monkeypatch.context() as patch:
        patch.setattr(processing, "_progress", kill)
        with pytest.raises(ChildFailed):
            house.vod.processing.transcode(job)
    assert house.vod.videos.video(video, who).state == "processing"
    house.time.leap_ms += LEASE_MS + 1
    again = house.claim()
    assert again.attempt == 2
    house.vod.processing.transcode(again)
    assert house.vod.videos.video(video, who).state == "ready"
    assert not list((house.folder / "scratch").iterdir())


def test_a_worker_that_lost_its_lease_stops_its_child_and_changes_nothing(house: House, small_film: Path) -> None:
    who = house.person()
    video = house.upload(who, small_film)
    job = house.claim()
    job.lost = True
    with pytest.raises(JobLost):
        house.vod.processing.transcode(job)
    assert not children_working_in(house.folder)
    assert house.vod.videos.video(video, who).state == "processing"
    assert house.vod.uploads.path(job.arguments["upload"]).exists()


def test_a_job_that_is_given_up_rejects_the_video(house: House, small_film: Path) -> None:
    who = house.person()
    video = house.upload(who, small_film)
    job = house.claim()
    house.vod.uploads.path(job.arguments["upload"]).unlink()
    job.attempt = ATTEMPTS_MAX
    with pytest.raises(ChildFailed):
        house.vod.processing.transcode(job)
    shown = house.vod.videos.video(video, who)
    assert (shown.state, shown.reason) == ("rejected", "internal_error")


async def test_a_video_whose_workers_were_killed_every_time_is_rejected(
    house: House, database_url: str, small_film: Path
) -> None:
    who = house.person()
    video = house.upload(who, small_film)
    for _ in range(ATTEMPTS_MAX):
        await kill_a_worker(database_url, house.time.leap_ms)
        assert house.vod.videos.video(video, who).state == "processing"
        house.time.leap_ms += LEASE_MS + 1_000
    working = asyncio.create_task(house.jobs.run(house.part.jobs))
    async with asyncio.timeout(30):
        while house.database.read(lambda c: c.execute(select(jobs_table.c.state)).scalar_one()) != "failed":
            await asyncio.sleep(0.02)
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    shown = house.vod.videos.video(video, who)
    assert (shown.state, shown.reason) == ("rejected", "internal_error")
    assert not list((house.folder / "uploads").iterdir()), "the source is not kept"


async def kill_a_worker(database_url: str, leap_ms: int) -> None:
    """Kill a worker process once it has the job. Its clock is ahead by `leap_ms`."""
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.core.jobs.job_worker", database_url, "transcode", str(leap_ms),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert worker.stdout is not None
        assert await worker.stdout.readline()
    finally:
        worker.kill()
        await worker.wait()


def test_giving_up_a_job_leaves_a_video_that_is_ready_alone(house: House, small_film: Path) -> None:
    """Its last worker was killed after the video was ready and before the job was done."""
    who = house.person()
    video = house.upload(who, small_film)
    job = house.claim()
    house.vod.processing.transcode(job)
    house.vod.processing.give_up(job)
    house.clean_up()
    shown = house.vod.videos.video(video, None)
    assert (shown.state, len(shown.renditions)) == ("ready", 1)
    assert house.stored()


def test_a_video_deleted_during_processing_leaves_no_files(house: House, small_film: Path) -> None:
    who = house.person()
    video = house.upload(who, small_film)
    job = house.claim()
    house.vod.videos.delete(video, who)
    house.vod.processing.transcode(job)
    assert house.stored() == set()
    assert not house.vod.uploads.path(job.arguments["upload"]).exists()


def test_deleting_a_video_deletes_its_files_unless_another_video_shares_them(
    house: House, small_film: Path, other_film: Path
) -> None:
    who, owner = house.person(), house.person()
    one, twin = house.ready(who, small_film), house.ready(owner, small_film)
    shared = house.stored()
    other = house.ready(who, other_film)
    assert len(house.stored()) > len(shared)
    house.vod.videos.delete(other, who)
    house.vod.videos.delete(one, who)
    house.clean_up()
    assert house.stored() == shared, "its twin still shows them"
    house.vod.videos.delete(twin, owner)
    house.clean_up()
    assert house.stored() == set()
    assert house.database.read(lambda c: c.execute(select(stored_files)).all()) == []


def test_a_file_that_is_being_deleted_is_stored_again_for_the_next_video(house: House, small_film: Path) -> None:
    who = house.person()
    first = house.ready(who, small_film)
    stored = house.stored()
    house.vod.videos.delete(first, who)
    house.database.write(lambda c: c.execute(update(stored_files).values(doomed=True)))  # a sweep stopped here
    second = house.upload(who, small_film)
    job = house.claim()
    swept: list[bool] = []

    def progress(stage: str, percent: int) -> None:
        type(job).progress(job, stage, percent)
        if stage == "storing" and not swept:
            swept.append(True)
            house.clean_up()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processing, "DOOMED_WAIT_S", 20.0)
        watched = _Watched(job, progress)
        house.vod.processing.transcode(watched)  # type: ignore[arg-type]
    assert swept
    assert house.stored() == stored
    assert house.vod.videos.video(second, None).state == "ready"


class _Watched:
    """A job that records its progress."""

    def __init__(self, job: Job, progress: object) -> None:
        self._job = job
        self.progress = progress

    def __getattr__(self, name: str) -> object:
        return getattr(self._job, name)


def test_expired_uploads_and_orphaned_files_are_deleted_and_sources_in_use_kept(
    house: House, small_film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = house.person()
    house.upload(who, small_film)
    source = house.vod.uploads.path(house.claim().arguments["upload"])
    orphan = source.with_name("0" * 20)
    orphan.write_bytes(b"x")
    house.time.leap_ms += 48 * 60 * 60_000
    long_ago = source.stat().st_mtime - 100_000
    os.utime(orphan, (long_ago, long_ago))
    os.utime(source, (long_ago, long_ago))
    house.clean_up()
    house.vod.sources.delete_orphans()
    assert source.exists()
    assert not orphan.exists()
    house.vod.processing.reject(house.database.read(lambda c: c.execute(select(videos.c.id)).scalar_one()), "broken")
    house.clean_up()
    assert not source.exists()
    assert house.database.read(lambda c: c.execute(select(uploads)).all()) == []


def test_a_video_is_not_in_the_feed_before_it_is_ready(house: House, tmp_path: Path) -> None:
    who = house.person()
    video = house.upload(who, film(tmp_path / "film.mp4", size=(64, 64)))
    assert house.vod.videos.video(video, who).poster is None
    assert house.vod.feed.for_you(Viewer(who.id, who), "", 20, "").items == []


def test_six_videos_of_one_person_delay_somebody_elses_by_one(house: House, small_film: Path) -> None:
    eager, other = house.person(), house.person()
    videos = [house.upload(eager, small_film) for _ in range(6)]
    only = house.upload(other, small_film)
    assert [house.claim().subject for _ in range(4)] == [videos[0], only, *videos[1:3]]
