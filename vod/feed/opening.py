"""Opens the feed: connects its pieces, and names its routes, tasks, jobs and schedules for the part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from prometheus_client.core import Metric
from sqlalchemy import Connection

from core.core import Core
from core.http import Call, Operation
from core.http.readiness import Check
from core.jobs import JobKind, Lane, Schedule
from core.part import Run
from vod.ads.opening import OpenAds
from vod.catalogue.videos import Brief, Videos
from vod.feed.choice import Choice
from vod.feed.control.interests import Interests
from vod.feed.control.preferences import Preferences
from vod.feed.control.routes import ControlRoutes
from vod.feed.control.why import Explanations
from vod.feed.events import FeedEvents, NoteViews, NoteWatched
from vod.feed.experiment.experiments import Experiments
from vod.feed.experiment.routes import ExperimentRoutes
from vod.feed.feed import Feed
from vod.feed.impressions import Impressions
from vod.feed.learning.changes import Changes
from vod.feed.learning.judging import Deed, Done, Judge
from vod.feed.learning.learning import Learning
from vod.feed.learning.monitoring import check_learning, learning_metrics
from vod.feed.learning.refits import Refits
from vod.feed.learning.snapshots import Snapshots
from vod.feed.rankers import Rankers
from vod.feed.routes import FeedRoutes
from vod.feed.shelf import Shelf
from vod.feed.sources import Following, LiveRooms
from vod.feed.viewer import Viewers

SNAPSHOT_EVERY_S = 600.0
REFIT_EVERY_S = 3_600.0
FORGET_EVERY_S = 3_600.0
COUNTED = ("like", "unlike", "comment")  # deeds that change a count which everybody sees


@dataclass(frozen=True, slots=True)
class OpenFeed:
    feed: Feed
    events: FeedEvents
    impressions: Impressions
    viewers: Viewers
    learning: Learning
    interests: Interests
    experiments: Experiments
    changes: Changes
    shelf: Shelf
    refits: Refits
    operations: Sequence[Operation]

    def heard(self, call: Call, kind: Deed, video: str) -> None:
        """Somebody did something with a video outside of the feed's events. Call it after its commit."""
        self.events.note(self.viewers.of(call), kind, video)

    def video_changed(self, connection: Connection, video: str) -> None:
        """A video became ready, was deleted, or changed in what the recommender knows. In that transaction."""
        self.changes.video(connection, video)
        self.shelf.drop(video)  # the others, and this one after the commit, hear of the change

    @property
    def tasks(self) -> Mapping[str, Run]:
        return {"learning": self.learning.run}

    @property
    def checks(self) -> Mapping[str, Check]:
        return {"recommender": partial(check_learning, self.learning)}

    @property
    def schedules(self) -> list[Schedule]:
        """In a lane where they do not wait for transcoding."""
        return [
            Schedule("vod.forget_events", FORGET_EVERY_S, JobKind(lambda _: self.events.forget_old(), Lane.PRIVACY)),
            Schedule(
                "vod.forget_impressions", FORGET_EVERY_S, JobKind(lambda _: self.impressions.forget_old(), Lane.PRIVACY)
            ),
            Schedule("vod.forget_changes", FORGET_EVERY_S, JobKind(lambda _: self.changes.forget_old(), Lane.PRIVACY)),
            Schedule("vod.save_recommender", SNAPSHOT_EVERY_S, JobKind(lambda _: self.learning.save(), Lane.TRUST)),
            Schedule("vod.refit_recommender", REFIT_EVERY_S, JobKind(self.refits.run, Lane.TRUST)),
        ]

    def metrics(self) -> Iterable[Metric]:
        return learning_metrics(self.learning)


def open_feed(
    core: Core,
    videos: Videos,
    brief: Brief,
    following: Following,
    live_rooms: LiveRooms,
    note_views: NoteViews,
    ads: OpenAds | None = None,
    note_watched: NoteWatched = lambda _, __, ___, ____: None,
) -> OpenFeed:
    database, clock = core.database, core.clock
    snapshots, changes = Snapshots(database, clock), Changes(database, clock)
    shelf, impressions, viewers = Shelf(videos), Impressions(database, clock), Viewers(clock)
    learning = Learning(database, clock, core.bus, snapshots, on_video=shelf.drop)
    preferences, experiments = Preferences(database, clock), Experiments(database, clock)

    def learn(done: Sequence[Done]) -> None:
        learning.learn(done)
        shelf.reread([one.video for one in done if one.kind in COUNTED])

    events = FeedEvents(
        database, clock, Judge(clock, core.deliveries), preferences, videos.sight.watchable, note_views, learn,
        note_watched,
    )  # fmt: skip
    rankers = Rankers(clock, learning, shelf, impressions)
    choice = Choice(clock, preferences, experiments, rankers, following, learning, shelf, impressions)
    shown = ads.in_feed(shelf.videos) if ads is not None else None
    feed = Feed(database, videos, impressions, following, live_rooms, choice.choose, choice.from_memory, shown)
    interests = Interests(database, preferences, changes, learning, brief, videos.sight)
    refits = Refits(database, snapshots, changes, core.settings.data_dir / "scratch")
    operations = [
        *FeedRoutes(feed, events, viewers).operations(),
        *ControlRoutes(
            interests, Explanations(database, brief, videos.sight, ads.explain if ads else None), viewers
        ).operations(),
        *ExperimentRoutes(database, experiments).operations(),
    ]
    return OpenFeed(
        feed, events, impressions, viewers, learning, interests, experiments, changes, shelf, refits, operations
    )
