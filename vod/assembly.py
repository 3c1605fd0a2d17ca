"""Opens the domain of short videos."""

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
from vod.catalogue.likes import VideoLikes
from vod.catalogue.routes import VideoRoutes
from vod.catalogue.videos import Brief, Videos
from vod.feed.events import FeedEvents
from vod.feed.feed import Feed
from vod.feed.impressions import Impressions
from vod.feed.routes import FeedRoutes
from vod.feed.sources import Following, LiveRooms
from vod.feed.viewer import Viewers
from vod.pipeline.processing import Processing
from vod.upkeep import Upkeep
from vod.uploads.records import UploadRecords
from vod.uploads.routes import UploadRoutes
from vod.uploads.sources import Sources
from vod.uploads.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Vod:
    uploads: Uploads
    videos: Videos
    likes: VideoLikes
    comments: Comments
    feed: Feed
    impressions: Impressions
    feed_events: FeedEvents
    viewers: Viewers
    processing: Processing
    routes: VideoRoutes
    upkeep: Upkeep

    def part(self) -> Part:
        feed = FeedRoutes(self.feed, self.feed_events, self.viewers)
        return Part(
            "vod",
            routes=[*UploadRoutes(self.uploads).routes(), *feed.operations(), *self.routes.operations()],
            tasks={"upkeep": self.upkeep.run},
            jobs={"transcode": self.processing.transcode},
        )

    def ingest_file(self, person_id: str, path: Path, caption: str) -> str:
        """Copy a local file as somebody's upload; returns the id of its video. Blocks. Raises UploadTooLarge."""
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
    live_rooms: LiveRooms,
) -> Vod:
    """`brief`, `by_handle` and `following` ask `people`, `live_rooms` asks `live`.

    Sources stay in `data_dir`/uploads until they are processed: whoever runs the jobs must see the same folder.
    """
    folder, scratch = data_dir / "uploads", data_dir / "scratch"
    files = Files(database, storage)
    videos = Videos(database, clock, jobs, files, storage.url, brief)
    records = UploadRecords(database, clock, videos.check_processing, videos.publish)
    uploads = Uploads(folder, records, jobs.wake)
    processing = Processing(database, storage, files, jobs, uploads.path, scratch)
    likes = VideoLikes(database, clock, videos)
    comments = Comments(database, clock, videos, brief)
    impressions = Impressions(database, clock)
    events = FeedEvents(database, clock)
    feed = Feed(database, videos, impressions, following, live_rooms)
    sources = Sources(folder, scratch, database, clock)
    upkeep = Upkeep(
        often=[sources.delete_expired, files.sweep, processing.reject_given_up],
        seldom=[sources.delete_orphans, events.forget_old, impressions.forget_old],
    )
    routes = VideoRoutes(database, videos, likes, comments, by_handle)
    return Vod(uploads, videos, likes, comments, feed, impressions, events, Viewers(clock), processing, routes, upkeep)
