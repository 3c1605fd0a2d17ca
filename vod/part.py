"""Opens `vod`: uploads, transcoding, the catalogue of videos, the feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from core.core import Core
from core.identity import Person
from core.jobs import JobKind, Lane
from core.part import Part
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
    """What other domains may use of `vod`."""

    uploads: Uploads
    videos: Videos
    comments: Comments
    feed: Feed
    processing: Processing
    routes: VideoRoutes
    upkeep: Upkeep

    def ingest_file(self, person_id: str, path: Path, caption: str) -> str:
        """Store a local file as somebody's upload; returns the id of its video. Blocks. Raises UploadTooLarge."""
        return self.uploads.ingest(person_id, path, caption)


def open(
    core: Core, *, brief: Brief, by_handle: Callable[[Connection, str], Person], following: Following
) -> Part[Vod]:
    """`brief`, `by_handle` and `following` ask `people`.

    Sources lie in `data_dir`/uploads until they are processed, so workers must see the same folder.
    """
    database, clock, jobs, storage = core.database, core.clock, core.jobs, core.storage
    folder, scratch = core.settings.data_dir / "uploads", core.settings.data_dir / "scratch"
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
    routes = VideoRoutes(database, videos, comments, feed, by_handle)
    return Part(
        name="vod",
        api=Vod(uploads, videos, comments, feed, processing, routes, upkeep),
        routes=[*UploadRoutes(uploads).routes(), *routes.operations()],
        tasks={"upkeep": upkeep.run},
        jobs={"transcode": JobKind(processing.transcode, Lane.MEDIA)},
    )
