"""Opens `vod`: uploads, transcoding, the catalogue of videos, the feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from core.core import Core
from core.identity import Person
from core.jobs import JobKind, Lane, Schedule
from core.part import Part
from vod.catalogue.comments import Comments
from vod.catalogue.files import Files
from vod.catalogue.likes import VideoLikes
from vod.catalogue.routes import VideoRoutes
from vod.catalogue.videos import Brief, Videos
from vod.feed.control.interests import Interests
from vod.feed.events import FeedEvents
from vod.feed.feed import Feed
from vod.feed.impressions import Impressions
from vod.feed.learning.learning import Learning
from vod.feed.opening import open_feed
from vod.feed.sources import Following, LiveRooms
from vod.feed.viewer import Viewers
from vod.pipeline.processing import Processing
from vod.uploads.records import UploadRecords
from vod.uploads.routes import UploadRoutes
from vod.uploads.sources import Sources
from vod.uploads.uploads import Uploads

OFTEN_S = 30.0


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
    learning: Learning
    interests: Interests

    def forget_person(self, person: str) -> None:
        """Delete what the feed holds about somebody who leaves; every node's model forgets them. Blocks."""
        self.interests.forget_person(person)

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
) -> Part[Vod]:
    """`brief`, `by_handle` and `following` ask `people`, `live_rooms` asks `live`.

    Sources stay in `data_dir`/uploads until they are processed, so workers must see the same folder.
    """
    database, clock, jobs, storage = core.database, core.clock, core.jobs, core.storage
    folder, scratch = core.settings.data_dir / "uploads", core.settings.data_dir / "scratch"
    files = Files(database, storage)
    videos = Videos(database, clock, jobs, files, storage.url, brief)
    feed = open_feed(core, videos, brief, following, live_rooms)
    videos.changed = feed.video_changed
    quota_bytes = core.settings.storage_gb_per_person * 10**9
    records = UploadRecords(
        database, clock, quota_bytes, files.bytes_of_person, videos.check_processing, videos.publish
    )
    uploads = Uploads(folder, records, jobs.wake, core.executors)
    processing = Processing(database, storage, files, uploads.path, scratch, feed.video_changed)
    likes = VideoLikes(database, clock, videos)
    comments = Comments(database, clock, videos, brief)
    sources = Sources(folder, scratch, database, clock, core.executors.storage)
    return Part(
        name="vod",
        api=Vod(
            uploads,
            videos,
            likes,
            comments,
            feed.feed,
            feed.impressions,
            feed.events,
            feed.viewers,
            processing,
            sources,
            feed.learning,
            feed.interests,
        ),
        routes=[
            *UploadRoutes(uploads).routes(),
            *feed.operations,
            *VideoRoutes(database, videos, likes, comments, by_handle, feed.heard).operations(),
        ],
        # A task: files that a crash left behind lie on the disk of the process that crashed.
        tasks={"orphans": sources.run, **feed.tasks},
        jobs={"transcode": JobKind(processing.transcode, Lane.MEDIA, on_failure=processing.give_up)},
        # Schedules: SQL and the object storage are the same for all, so one process of the deployment is enough.
        schedules=[
            _schedule("vod.delete_expired_uploads", OFTEN_S, sources.delete_expired),
            _schedule("vod.delete_unused_files", OFTEN_S, files.sweep),
            *feed.schedules,
        ],
        checks=feed.checks,
        metrics=feed.metrics,
    )


def _schedule(kind: str, every_s: float, run: Callable[[], None]) -> Schedule:
    """Not in the media lane, where it would wait for every transcode."""
    return Schedule(kind, every_s, JobKind(lambda _: run(), Lane.PRIVACY))
