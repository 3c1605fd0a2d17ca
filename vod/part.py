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
from people.inbox.notices import SILENCE, Notifies
from vod.analytics.daily import Daily, NewFollows
from vod.analytics.report import Reports
from vod.analytics.routes import AnalyticsRoutes
from vod.catalogue.comments import Comments
from vod.catalogue.comments.likes import CommentLikes
from vod.catalogue.comments.reading import CommentPages
from vod.catalogue.comments.routes import CommentRoutes
from vod.catalogue.files import Files
from vod.catalogue.likes import VideoLikes
from vod.catalogue.mentions import Mentions
from vod.catalogue.notices import VideoNotices
from vod.catalogue.routes import VideoRoutes
from vod.catalogue.tag_pages import TagCounter, TagPages
from vod.catalogue.videos import Brief, Videos
from vod.catalogue.visibility import Hidden, Sight, nothing_hidden
from vod.commands import COMMANDS
from vod.feed.control.interests import Interests
from vod.feed.events import FeedEvents
from vod.feed.feed import Feed
from vod.feed.impressions import Impressions
from vod.feed.learning.learning import Learning
from vod.feed.opening import open_feed
from vod.feed.sources import Following, LiveRooms
from vod.feed.viewer import Viewers
from vod.library.collections import Collections
from vod.library.history import History
from vod.library.routes import LibraryRoutes
from vod.library.saved import SavedVideos
from vod.pipeline.processing import Processing
from vod.search.discovery import Discovery, open_discovery
from vod.search.index.changes import sound_changed
from vod.search.search import RoomsById
from vod.sounds.routes import SoundRoutes
from vod.sounds.sounds import Sounds
from vod.sounds.uses import UseCounter
from vod.uploads.records import UploadRecords
from vod.uploads.routes import UploadRoutes
from vod.uploads.sources import Sources
from vod.uploads.uploads import Uploads

OFTEN_S = 30.0
COUNT_DAYS_S = 600.0
SELDOM_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Vod:
    """What other domains may use of `vod`."""

    uploads: Uploads
    videos: Videos
    likes: VideoLikes
    notices: VideoNotices
    comments: Comments
    comment_pages: CommentPages
    comment_likes: CommentLikes
    saved: SavedVideos
    collections: Collections
    history: History
    feed: Feed
    impressions: Impressions
    feed_events: FeedEvents
    viewers: Viewers
    processing: Processing
    sources: Sources
    sounds: Sounds
    learning: Learning
    interests: Interests
    mentions: Mentions
    discovery: Discovery

    def ingest_file(self, person_id: str, path: Path, caption: str, sound: str | None = None) -> str:
        """Store a local file as somebody's upload; returns the id of its video. Blocks. Raises UploadTooLarge."""
        return self.uploads.ingest(person_id, path, caption, sound)


def open(
    core: Core,
    *,
    brief: Brief,
    by_handle: Callable[[Connection, str], Person],
    following: Following,
    live_rooms: LiveRooms,
    rooms_by_id: RoomsById,
    new_follows: NewFollows,
    hidden: Hidden = nothing_hidden,
    inbox: Notifies = SILENCE,
) -> Part[Vod]:
    """`brief`, `by_handle`, `following` and `new_follows` ask `people`, `live_rooms` and `rooms_by_id` ask `live`,
    `hidden` asks `trust`; `inbox` tells people.

    Sources stay in `data_dir`/uploads until they are processed, so workers must see the same folder.
    """
    database, clock, jobs, storage = core.database, core.clock, core.jobs, core.storage
    folder, scratch = core.settings.data_dir / "uploads", core.settings.data_dir / "scratch"
    files = Files(database, storage)
    sight = Sight(following, hidden)
    mentions = Mentions(by_handle, sight)
    videos = Videos(database, clock, jobs, files, storage.url, brief, sight, mentions, inbox)
    notices = VideoNotices(videos, inbox)
    history = History(database, clock, videos)
    feed = open_feed(core, videos, brief, following, live_rooms, history.note)
    videos.record(feed.video_changed)
    tag_counter = TagCounter(clock)
    discovery = open_discovery(core, videos, tag_counter, brief, rooms_by_id)
    quota_bytes = core.settings.storage_gb_per_person * 10**9
    records = UploadRecords(
        database, clock, quota_bytes, files.bytes_of_person, videos.check_processing, videos.check_sound, videos.publish
    )
    uploads = Uploads(folder, records, jobs.wake, core.executors)
    processing = Processing(database, storage, files, uploads.path, scratch, videos.ready_now)
    sounds = Sounds(database, files, videos, storage.url, brief, UseCounter(clock))
    sounds.record(sound_changed)
    likes = VideoLikes(database, clock, videos, notices)
    comments = Comments(database, clock, videos, brief, notices, mentions)
    comment_pages = CommentPages(database, videos, brief)
    comment_likes = CommentLikes(database, clock, videos)
    saved, collections = SavedVideos(database, clock, videos), Collections(database, clock, videos)
    sources = Sources(folder, scratch, database, clock, core.executors.storage)
    api = Vod(
        uploads=uploads, videos=videos, likes=likes, notices=notices, comments=comments, comment_pages=comment_pages,
        comment_likes=comment_likes, saved=saved, collections=collections, history=history, feed=feed.feed,
        impressions=feed.impressions, feed_events=feed.events, viewers=feed.viewers, processing=processing,
        sources=sources, sounds=sounds, learning=feed.learning, interests=feed.interests, mentions=mentions,
        discovery=discovery,
    )  # fmt: skip
    return Part(
        name="vod",
        api=api,
        routes=[
            *UploadRoutes(uploads).routes(),
            *feed.operations,
            *SoundRoutes(sounds).operations(),
            *AnalyticsRoutes(Reports(database, clock, videos.sight)).operations(),
            *VideoRoutes(
                database, videos, likes, by_handle, TagPages(database, tag_counter, videos), feed.heard
            ).operations(),
            *CommentRoutes(comments, comment_pages, comment_likes, feed.heard).operations(),
            *LibraryRoutes(saved, collections, history, feed.heard).operations(),
            *discovery.operations(),
        ],
        commands=COMMANDS,
        # A task: files that a crash left behind lie on the disk of the process that crashed.
        tasks={"orphans": sources.run, **feed.tasks, **discovery.tasks},
        jobs={"transcode": JobKind(processing.transcode, Lane.MEDIA, on_failure=processing.give_up)},
        # Schedules: SQL and the object storage are the same for all, so one process of the deployment is enough.
        schedules=[
            _schedule("vod.delete_expired_uploads", OFTEN_S, sources.delete_expired),
            _schedule("vod.delete_unused_sounds", OFTEN_S, sounds.sweep),
            _schedule("vod.delete_unused_files", OFTEN_S, files.sweep),
            _schedule("vod.count_days", COUNT_DAYS_S, Daily(database, clock, new_follows).run),
            _schedule("vod.forget_deleted_history", SELDOM_S, history.forget_deleted),
            *(_schedule(kind, every_s, run) for kind, (every_s, run) in discovery.schedules.items()),
            *feed.schedules,
        ],
        checks=feed.checks,
        metrics=feed.metrics,
    )


def _schedule(kind: str, every_s: float, run: Callable[[], object]) -> Schedule:
    """Not in the media lane, where it would wait for every transcode."""

    def handle(_: Job) -> None:
        run()

    return Schedule(kind, every_s, JobKind(handle, Lane.PRIVACY))
