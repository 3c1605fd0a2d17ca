"""Opens `vod`: uploads, transcoding, the catalogue of videos, the feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from core.core import Core
from core.identity import Person
from core.jobs import Job, JobKind, Lane, Schedule
from core.part import Part
from vod.catalogue.comments import Comments
from vod.catalogue.files import Files
from vod.catalogue.likes import VideoLikes
from vod.catalogue.mentions import Mentions
from vod.catalogue.routes import VideoRoutes
from vod.catalogue.tag_pages import TagCounter, TagPages
from vod.catalogue.videos import Brief, Videos
from vod.commands import COMMANDS
from vod.feed.events import FeedEvents
from vod.feed.feed import Feed
from vod.feed.impressions import Impressions
from vod.feed.routes import FeedRoutes
from vod.feed.sources import Following, LiveRooms
from vod.feed.viewer import Viewers
from vod.pipeline.processing import Processing
from vod.search.discovery import Discovery, open_discovery
from vod.search.search import RoomsById
from vod.uploads.records import UploadRecords
from vod.uploads.routes import UploadRoutes
from vod.uploads.sources import Sources
from vod.uploads.uploads import Uploads

OFTEN_S = 30.0
SELDOM_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Vod:
    """What other domains may use of `vod`."""

    uploads: Uploads
    videos: Videos
    likes: VideoLikes
    comments: Comments
    feed: Feed
    impressions: Impressions
    feed_events: FeedEvents
    viewers: Viewers
    processing: Processing
    sources: Sources
    mentions: Mentions
    discovery: Discovery

    def ingest_file(self, person_id: str, path: Path, caption: str) -> str:
        """Store a local file as somebody's upload; returns the id of its video. Blocks. Raises UploadTooLarge."""
        return self.uploads.ingest(person_id, path, caption)


def open(
    core: Core,
    *,
    brief: Brief,
    by_handle: Callable[[Connection, str], Person],
    following: Following,
    live_rooms: LiveRooms,
    rooms_by_id: RoomsById,
) -> Part[Vod]:
    """`brief`, `by_handle` and `following` ask `people`, `live_rooms` and `rooms_by_id` ask `live`.

    Sources stay in `data_dir`/uploads until they are processed, so workers must see the same folder.
    """
    database, clock, jobs, storage = core.database, core.clock, core.jobs, core.storage
    folder, scratch = core.settings.data_dir / "uploads", core.settings.data_dir / "scratch"
    files = Files(database, storage)
    mentions = Mentions(by_handle)
    videos = Videos(database, clock, jobs, files, storage.url, brief, mentions)
    quota_bytes = core.settings.storage_gb_per_person * 10**9
    records = UploadRecords(
        database, clock, quota_bytes, files.bytes_of_person, videos.check_processing, videos.publish
    )
    uploads = Uploads(folder, records, jobs.wake, core.executors)
    processing = Processing(database, storage, files, uploads.path, scratch, videos.ready_now)
    likes = VideoLikes(database, clock, videos)
    comments = Comments(database, clock, videos, brief, mentions)
    tag_counter = TagCounter(clock)
    discovery = open_discovery(core, videos, tag_counter, brief, rooms_by_id)
    impressions = Impressions(database, clock)
    events, viewers = FeedEvents(database, clock), Viewers(clock)
    feed = Feed(database, videos, impressions, following, live_rooms)
    sources = Sources(folder, scratch, database, clock, core.executors.storage)
    return Part(
        name="vod",
        api=Vod(
            uploads,
            videos,
            likes,
            comments,
            feed,
            impressions,
            events,
            viewers,
            processing,
            sources,
            mentions,
            discovery,
        ),
        routes=[
            *UploadRoutes(uploads).routes(),
            *FeedRoutes(feed, events, viewers).operations(),
            *VideoRoutes(
                database, videos, likes, comments, by_handle, TagPages(database, tag_counter, videos)
            ).operations(),
            *discovery.operations(),
        ],
        # A task: files that a crash left behind lie on the disk of the process that crashed.
        tasks={"orphans": sources.run, **discovery.tasks},
        jobs={"transcode": JobKind(processing.transcode, Lane.MEDIA, on_failure=processing.give_up)},
        # Schedules: SQL and the object storage are the same for all, so one process of the deployment is enough.
        schedules=[
            _schedule("vod.delete_expired_uploads", OFTEN_S, sources.delete_expired),
            _schedule("vod.delete_unused_files", OFTEN_S, files.sweep),
            _schedule("vod.forget_events", SELDOM_S, events.forget_old),
            _schedule("vod.forget_impressions", SELDOM_S, impressions.forget_old),
            *(_schedule(kind, every_s, run) for kind, (every_s, run) in discovery.schedules.items()),
        ],
        commands=COMMANDS,
    )


def _schedule(kind: str, every_s: float, run: Callable[[], object]) -> Schedule:
    """Not in the media lane, where it would wait for every transcode."""

    def handle(_: Job) -> None:
        run()

    return Schedule(kind, every_s, JobKind(handle, Lane.PRIVACY))
