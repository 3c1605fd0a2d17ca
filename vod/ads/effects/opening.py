"""Opens sponsored effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.core import Core
from core.executors import BoundedExecutor
from core.http import Operation
from core.jobs import Job, JobKind, Lane, Schedule
from money.ads import AdBudgets
from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.campaigns.categories import allowed_categories
from vod.ads.effects import pictures
from vod.ads.effects.bookings import EffectBookings
from vod.ads.effects.days import TICK_EVERY_S, EffectDays
from vod.ads.effects.review import EffectReview
from vod.ads.effects.routes import EffectRoutes
from vod.ads.effects.uses import EffectUses

PICTURES_QUEUED_MAX = 8  # each of up to 4 MiB
FORGET_EVERY_S = 3_600.0


@dataclass(frozen=True, slots=True)
class OpenEffects:
    bookings: EffectBookings
    days: EffectDays
    review: EffectReview
    uses: EffectUses
    operations: Sequence[Operation]
    schedules: Sequence[Schedule]
    close: Callable[[], None]


def open_effects(core: Core, budgets: AdBudgets, advertisers: Advertisers, uses: EffectUses) -> OpenEffects:
    database, clock = core.database, core.clock
    bookings = EffectBookings(database, clock, advertisers, budgets, core.settings.ad_effect_day_minor)
    days = EffectDays(database, clock, bookings, budgets, allowed_categories)
    review = EffectReview(database, clock, advertisers, bookings, days)
    drawing = BoundedExecutor("effect pictures", 1, PICTURES_QUEUED_MAX)
    routes = EffectRoutes(database, clock, core.executors, drawing, advertisers, bookings, review, uses)

    def tick(_: Job) -> None:
        days.tick()

    def forget(_: Job) -> None:
        database.write(lambda c: pictures.forget_unused(c, clock()))

    return OpenEffects(
        bookings, days, review, uses, routes.operations(),
        [
            Schedule("ads.effects", TICK_EVERY_S, JobKind(tick, Lane.TRUST)),
            Schedule("ads.effect_pictures", FORGET_EVERY_S, JobKind(forget, Lane.PRIVACY)),
        ],
        drawing.close,
    )  # fmt: skip
