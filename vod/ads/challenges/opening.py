"""Opens challenges: what follows videos, what the clock moves, and their routes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.core import Core
from core.http import Operation
from core.jobs import Job, JobKind, Lane, Schedule
from money.part import Money
from people.inbox.notices import Notifies
from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.challenges.challenges import Challenges
from vod.ads.challenges.entries import Adults, Entries
from vod.ads.challenges.labels import labels_of
from vod.ads.challenges.lifecycle import TICK_EVERY_S, ChallengeLifecycle
from vod.ads.challenges.notices import ChallengeNotices
from vod.ads.challenges.public import PublicChallenges
from vod.ads.challenges.review import ChallengeReview
from vod.ads.challenges.routes.admin import ChallengeAdminRoutes
from vod.ads.challenges.routes.everybody import ChallengeRoutes
from vod.ads.challenges.routes.sponsor import SponsorRoutes
from vod.ads.challenges.views import Brief
from vod.catalogue.videos import Videos


@dataclass(frozen=True, slots=True)
class OpenChallenges:
    challenges: Challenges
    entries: Entries
    lifecycle: ChallengeLifecycle
    review: ChallengeReview
    public: PublicChallenges
    operations: Sequence[Operation]
    schedules: Sequence[Schedule]


def open_challenges(
    core: Core, money: Money, advertisers: Advertisers, videos: Videos, brief: Brief, adults: Adults, inbox: Notifies
) -> OpenChallenges:
    database, clock = core.database, core.clock
    entries, notices = Entries(clock, adults), ChallengeNotices(inbox)
    lifecycle = ChallengeLifecycle(database, clock, money.prizes, entries, notices)
    challenges = Challenges(database, clock, advertisers, money.prizes, entries, lifecycle, brief)
    review = ChallengeReview(database, clock, advertisers, lifecycle, notices, brief)
    public = PublicChallenges(database, videos, brief)
    videos.record(entries.follow)
    videos.label(labels_of)

    def tick(_: Job) -> None:
        lifecycle.tick()

    return OpenChallenges(
        challenges, entries, lifecycle, review, public,
        [
            *ChallengeRoutes(public).operations(),
            *SponsorRoutes(database, challenges).operations(),
            *ChallengeAdminRoutes(database, clock, challenges, review).operations(),
        ],
        [Schedule("ads.challenges", TICK_EVERY_S, JobKind(tick, Lane.TRUST))],
    )  # fmt: skip
