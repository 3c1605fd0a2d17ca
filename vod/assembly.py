"""The short-video half, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from core.identity import Person
from core.jobs import Jobs
from core.part import Part
from core.storage import Storage
from vod.catalogue.comments import Comments
from vod.catalogue.files import Files
from vod.catalogue.routes import VideoRoutes
from vod.catalogue.videos import Brief, Videos
from vod.feed.feed import Feed, Following
from vod.pipeline.processing import Processing
from vod.upkeep import Sources, Upkeep
from vod.uploads.routes import UploadRoutes
from vod.uploads.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Vod:
    uploads: Uploads
    videos: Videos
    comments: Comments
    feed: Feed
    processing: Processing
    routes: VideoRoutes
    upkeep: Upkeep

    def part(self) -> Part:
        return Part(
            "vod",
            routes=[*UploadRoutes(self.uploads).routes(), *self.routes.operations()],
            tasks={"upkeep": self.upkeep.run},
            jobs={"transcode": self.processing.transcode},
        )

    def ingest_file(self, person_id: str, path: Path, caption: str) -> str:
        """Take a local file as somebody's upload; returns the id of its video. Blocks. Raises UploadTooLarge."""
        return self.uploads.ingest(person_id, path, caption)


def open_vod(
    *,
    data_dir: Path,
    database: Database,
    storage: Storage,
    jobs: Jobs,
    clock: Clock,
    brief: Brief,
    by_handle: Callable[[Connection, str], Person],
    following: Following,
) -> Vod:
    """`brief`, `by_handle` and `following` are how `people` is asked. Sources lie in `data_dir`/uploads until they are
    processed: whoever works on the jobs must see the same folder."""
    folder, scratch = data_dir / "uploads", data_dir / "scratch"
    files = Files(database, storage)
    videos = Videos(database, clock, jobs, files, storage.url, brief)
    uploads = Uploads(folder, database, clock, videos.check_room, videos.publish, jobs.wake)
    processing = Processing(database, storage, files, jobs, uploads.path, scratch)
    comments = Comments(database, clock, videos, brief)
    feed = Feed(database, clock, videos, following)
    sources = Sources(folder, scratch, database, clock)
    upkeep = Upkeep(
        often=[sources.drop_expired, files.sweep, processing.reject_given_up],
        seldom=[sources.drop_orphans, feed.forget_old],
    )
    return Vod(
        uploads, videos, comments, feed, processing, VideoRoutes(database, videos, comments, feed, by_handle), upkeep
    )
