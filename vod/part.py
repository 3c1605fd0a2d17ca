"""Opens `vod`: uploads, transcoding, the catalogue of videos, the feed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection
from starlette.routing import BaseRoute

from core.core import Core
from core.identity import Person
from core.jobs import Job, JobKind, Lane, Schedule
from core.part import Part
from live.goods.products import NO_PRODUCTS, FindsProducts
from money.part import Money
from people.inbox.notices import SILENCE, Notifies
from trust.machine.machine import Machine
from vod import privacy as _privacy  # noqa: F401  each table says what it holds about people
from vod.ads import privacy as _ads_privacy  # noqa: F401
from vod.ads.billing.figures import shown_figures
from vod.ads.campaigns.categories import allowed_categories
from vod.ads.challenges.entries import Adults
from vod.ads.challenges.labels import label_of_tag
from vod.ads.challenges.opening import OpenChallenges, open_challenges
from vod.ads.challenges.proofs import PROOFS as CHALLENGE_PROOFS
from vod.ads.effects.days import PROOFS as EFFECT_PROOFS
from vod.ads.effects.opening import OpenEffects, open_effects
from vod.ads.effects.uses import EffectUses
from vod.ads.goals.in_rooms import PROOFS as GOAL_PROOFS
from vod.ads.goals.opening import OpenGoals, open_goals
from vod.ads.opening import OpenAds, nowhere, open_ads
from vod.ads.rooms.cards import RoomCards
from vod.ads.rooms.routes import CardRoutes
from vod.ads.serving.feed_ads import CountryOf
from vod.ads.studio import Studio, open_studio
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
from vod.catalogue.moderation import Moderation
from vod.catalogue.notices import VideoNotices
from vod.catalogue.routes import VideoRoutes
from vod.catalogue.tag_pages import TagCounter, TagPages
from vod.catalogue.videos import Brief, Videos
from vod.catalogue.visibility import Hidden, Sight, nothing_hidden
from vod.catalogue.withdrawal.purges import PURGE, Purges
from vod.catalogue.withdrawal.seals import Seals
from vod.catalogue.withdrawal.withdrawn import WithdrawnFiles
from vod.commands import COMMANDS
from vod.feed.control.interests import Interests
from vod.feed.events import FeedEvents
from vod.feed.feed import Feed
from vod.feed.impressions import Impressions
from vod.feed.learning.learning import Learning
from vod.feed.opening import OpenFeed, open_feed
from vod.feed.sources import Following, LiveRooms
from vod.feed.viewer import Viewers
from vod.fund.originals import FundOriginals
from vod.fund.qualified import QualifiedViews
from vod.leaving.leaving import leave
from vod.library.collections import Collections
from vod.library.history import History
from vod.library.reactions import Reactions
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
    moderation: Moderation
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
    ads: OpenAds
    studio: Studio
    challenges: OpenChallenges
    effects: OpenEffects
    goals: OpenGoals

    def ingest_file(self, person_id: str, path: Path, caption: str, sound: str | None = None) -> str:
        """Store a local file as somebody's upload; returns the id of its video. Blocks. Raises UploadTooLarge."""
        return self.uploads.ingest(person_id, path, caption, sound)


def nobody_is_adult(_: Connection, __: Collection[str]) -> set[str]:
    """For tools that open the domain without people."""
    return set()


def open(
    core: Core,
    *,
    brief: Brief,
    by_handle: Callable[[Connection, str], Person],
    following: Following,
    live_rooms: LiveRooms,
    rooms_by_id: RoomsById,
    new_follows: NewFollows,
    money: Money,
    adults: Adults = nobody_is_adult,
    country_of: CountryOf = nowhere,
    hidden: Hidden = nothing_hidden,
    inbox: Notifies = SILENCE,
    products: FindsProducts = NO_PRODUCTS,
    machine: Machine | None = None,
) -> Part[Vod]:
    """`brief`, `by_handle`, `following`, `new_follows` and `country_of` ask `people`, `live_rooms` and `rooms_by_id`
    ask `live`, `adults` says who is of age, `hidden` asks `trust`, `money` has the advertisers' balances; `inbox` tells
    people, `products` asks `shop`, `machine` looks at uploads.

    Sources stay in `data_dir`/uploads until they are processed, so workers must see the same folder.
    """
    database, clock, storage = core.database, core.clock, core.storage
    purges = Purges(core.settings, storage.url, core.jobs)
    files = Files(database, storage, clock, purges.queue)
    seals = Seals(database, clock)
    core.withdrawals.decide_by(WithdrawnFiles(database, clock).__contains__, seals.opens, seals.address)
    sight = Sight(following, hidden)
    mentions = Mentions(by_handle, sight)
    uses = EffectUses(clock, allowed_categories)
    videos = Videos(database, clock, core.jobs, files, storage.url, seals.address, brief, sight, mentions, inbox, uses)
    notices = VideoNotices(videos, inbox)
    history = History(database, clock, videos)
    ads = open_ads(core, money.ad_budgets, country_of)
    feed = open_feed(
        core, videos, brief, following, live_rooms, history.note, ads, QualifiedViews(money.fund.views).note
    )
    videos.record(feed.video_changed)
    tag_counter = TagCounter(clock)
    uploads = _open_uploads(core, files, videos, uses)
    sounds = Sounds(database, files, videos, storage.url, brief, UseCounter(clock))
    sounds.record(sound_changed)
    studio = open_studio(core, money, brief, by_handle, ads.conversions, shown_figures, inbox)
    effects = open_effects(core, money.ad_budgets, studio.advertisers, uses)
    api = Vod(
        uploads=uploads,
        videos=videos,
        likes=VideoLikes(database, clock, videos, notices),
        notices=notices,
        moderation=Moderation(videos, files, notices),
        comments=Comments(database, clock, videos, brief, notices, mentions),
        comment_pages=CommentPages(database, videos, brief),
        comment_likes=CommentLikes(database, clock, videos),
        saved=SavedVideos(database, clock, videos),
        collections=Collections(database, clock, videos),
        history=history,
        feed=feed.feed,
        impressions=feed.impressions,
        feed_events=feed.events,
        viewers=feed.viewers,
        processing=_open_processing(core, files, uploads, videos, money, machine),
        sources=Sources(_uploads(core), _scratch(core), database, clock, core.executors.storage),
        sounds=sounds,
        learning=feed.learning,
        interests=feed.interests,
        mentions=mentions,
        discovery=open_discovery(core, videos, tag_counter, brief, rooms_by_id, products),
        ads=ads,
        studio=studio,
        challenges=open_challenges(core, money, studio.advertisers, videos, brief, adults, inbox),
        effects=effects,
        goals=open_goals(core, money.ad_budgets, studio.advertisers, studio.consents, brief, adults, inbox),
    )
    cards = RoomCards(database, ads.in_feed(feed.shelf.videos), rooms_by_id)
    leave(core, api, files)
    tags = TagPages(database, tag_counter, videos, label_of_tag)
    routes = [*_routes(core, api, feed, by_handle, tags), *CardRoutes(cards, feed.viewers).operations()]
    return _part(api, feed, routes, purges, _schedules(api, feed, files, Daily(database, clock, new_follows)))


def _part(api: Vod, feed: OpenFeed, routes: list[BaseRoute], purges: Purges, schedules: list[Schedule]) -> Part[Vod]:
    processing, ads = api.processing, api.ads
    return Part(
        name="vod",
        api=api,
        routes=routes,
        commands=COMMANDS,
        # A task: files that a crash left behind lie on the disk of the process that crashed.
        tasks={"orphans": api.sources.run, **feed.tasks, **ads.tasks, **api.discovery.tasks},
        jobs={
            "transcode": JobKind(processing.transcode, Lane.MEDIA, on_failure=processing.give_up),
            PURGE: JobKind(purges.run, Lane.TRUST),
        },
        schedules=schedules,
        checks=feed.checks,
        metrics=lambda: (*feed.metrics(), *ads.metrics()),
        proofs={**CHALLENGE_PROOFS, **EFFECT_PROOFS, **GOAL_PROOFS},
        close=api.effects.close,
    )


def _uploads(core: Core) -> Path:
    return core.settings.data_dir / "uploads"


def _scratch(core: Core) -> Path:
    return core.settings.data_dir / "scratch"


def _open_uploads(core: Core, files: Files, videos: Videos, uses: EffectUses) -> Uploads:
    quota_bytes = core.settings.storage_gb_per_person * 10**9
    records = UploadRecords(
        core.database, core.clock, quota_bytes, files.bytes_of_person, videos.check_processing, videos.check_sound,
        uses.check, videos.publish,
    )  # fmt: skip
    return Uploads(_uploads(core), records, core.jobs.wake, core.executors)


def _open_processing(
    core: Core, files: Files, uploads: Uploads, videos: Videos, money: Money, machine: Machine | None
) -> Processing:
    originals = FundOriginals(core.database, machine.originals, money.fund.originality) if machine else None
    return Processing(
        core.database, core.storage, files, uploads.path, _scratch(core), videos.ready_now, machine, originals
    )


def _routes(
    core: Core, api: Vod, feed: OpenFeed, by_handle: Callable[[Connection, str], Person], tags: TagPages
) -> list[BaseRoute]:
    database, clock, videos = core.database, core.clock, api.videos
    return [
        *UploadRoutes(api.uploads).routes(),
        *feed.operations,
        *api.ads.operations,
        *SoundRoutes(api.sounds).operations(),
        *AnalyticsRoutes(Reports(database, clock, videos.sight)).operations(),
        *VideoRoutes(database, videos, api.likes, by_handle, tags, feed.heard).operations(),
        *CommentRoutes(api.comments, api.comment_pages, api.comment_likes, feed.heard).operations(),
        *LibraryRoutes(
            api.saved, api.collections, api.history, Reactions(database, api.notices.describe), feed.heard
        ).operations(),
        *api.discovery.operations(),
        *api.studio.operations,
        *api.challenges.operations,
        *api.effects.operations,
        *api.goals.operations,
    ]


def _schedules(api: Vod, feed: OpenFeed, files: Files, daily: Daily) -> list[Schedule]:
    """SQL and the object storage are the same for all, so one process of the deployment is enough for each."""
    return [
        _schedule("vod.delete_expired_uploads", OFTEN_S, api.sources.delete_expired),
        _schedule("vod.delete_unused_sounds", OFTEN_S, api.sounds.sweep),
        _schedule("vod.delete_unused_files", OFTEN_S, files.sweep),
        _schedule("vod.count_days", COUNT_DAYS_S, daily.run),
        _schedule("vod.forget_deleted_history", SELDOM_S, api.history.forget_deleted),
        *(_schedule(kind, every_s, run) for kind, (every_s, run) in api.discovery.schedules.items()),
        *(_schedule(kind, every_s, run) for kind, (every_s, run) in api.ads.schedules.items()),
        *feed.schedules,
        *api.studio.schedules,
        *api.challenges.schedules,
        *api.effects.schedules,
        *api.goals.schedules,
    ]


def _schedule(kind: str, every_s: float, run: Callable[[], object]) -> Schedule:
    """Not in the media lane, where it would wait for every transcode."""

    def handle(_: Job) -> None:
        run()

    return Schedule(kind, every_s, JobKind(handle, Lane.PRIVACY))
