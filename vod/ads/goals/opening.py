"""Opens sponsored goals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.core import Core
from core.http import Operation
from core.jobs import Job, JobKind, Lane, Schedule
from money.ads import AdBudgets
from people.inbox.notices import Notifies
from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.campaigns.categories import allowed_categories
from vod.ads.challenges.entries import Adults
from vod.ads.goals.goals import Goals
from vod.ads.goals.in_rooms import RoomGoals
from vod.ads.goals.lifecycle import TICK_EVERY_S, GoalLifecycle
from vod.ads.goals.notices import GoalNotices
from vod.ads.goals.review import GoalReview
from vod.ads.goals.routes import GoalRoutes
from vod.ads.promoted.consents import Consents
from vod.catalogue.videos import Brief


@dataclass(frozen=True, slots=True)
class OpenGoals:
    goals: Goals
    review: GoalReview
    lifecycle: GoalLifecycle
    in_rooms: RoomGoals
    operations: Sequence[Operation]
    schedules: Sequence[Schedule]


def open_goals(
    core: Core,
    budgets: AdBudgets,
    advertisers: Advertisers,
    consents: Consents,
    brief: Brief,
    adults: Adults,
    inbox: Notifies,
) -> OpenGoals:
    database, clock = core.database, core.clock
    lifecycle = GoalLifecycle(database, clock, budgets, adults, GoalNotices(inbox))
    goals = Goals(database, clock, advertisers, consents, lifecycle, brief)
    review = GoalReview(database, clock, advertisers, lifecycle, brief)

    def tick(_: Job) -> None:
        lifecycle.tick()

    return OpenGoals(
        goals, review, lifecycle, RoomGoals(lifecycle, allowed_categories, adults),
        GoalRoutes(database, goals, review).operations(),
        [Schedule("ads.goals", TICK_EVERY_S, JobKind(tick, Lane.TRUST))],
    )  # fmt: skip
