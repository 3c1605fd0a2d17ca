"""Last month of the creator fund: watched, filled, closed, reviewed and paid, once."""

from __future__ import annotations

import random
from collections.abc import Sequence

from sqlalchemy import Connection

from cadeau.app import Cadeau
from core.identity import Person
from money.earnings import DAY_MS
from money.errors import FundPeriodRuns
from money.fund import QualifiedView
from money.fund.closing import Closing
from money.fund.terms import Terms
from money.fund.views import FundViews
from money.reports.months import month_of, shifted, span
from people.accounts import joined_at
from people.follows import follower_counts
from vod.catalogue.videos import Video

POT = 25_000
DAYS = 12  # on which a fan watches
VIDEOS_A_DAY = 6
BY = "demo"
# The made-up people are older than their accounts.
TERMS = Terms(creator_age_days=0, creator_followers=3, creator_views=20, viewer_age_days=-3_650)


class DemoFund:
    def __init__(self, cadeau: Cadeau, fans: Sequence[Person]) -> None:
        self._cadeau = cadeau
        self._fans = list(fans)

    def post(self, videos: Sequence[Video]) -> None:
        """Unless last month is closed already. Blocks."""
        cadeau = self._cadeau
        database, clock, fund = cadeau.core.database, cadeau.core.clock, cadeau.money.fund
        period = shifted(month_of(clock()), -1)
        if not videos or any(one.period == period and one.state != "open" for one in database.read(fund.periods.all)):
            return
        database.write(lambda c: self._watch(c, period, videos))
        database.write(lambda c: fund.periods.fill(c, period, POT, BY, by=BY, note="Demo"))
        closing = Closing(
            database, clock, fund.periods, TERMS, joined_at, follower_counts, lambda _, __: None
        )  # fmt: skip
        try:
            closing.close(period, BY)
        except FundPeriodRuns:  # in the first hour of a month
            return
        database.write(lambda c: fund.posting.review(c, period, BY))
        fund.posting.post(period, BY)

    def _watch(self, connection: Connection, period: str, videos: Sequence[Video]) -> None:
        """The same people watch the same, some videos more than others."""
        views, days = FundViews(TERMS), span(period).days
        for fan in self._fans:
            chance = random.Random(fan.handle)
            for day in sorted(chance.sample(days, DAYS)):
                some = chance.choices(videos, [1 / (place + 1) for place in range(len(videos))], k=VIDEOS_A_DAY)
                watched = [
                    QualifiedView(one.id, one.by.id, chance.randrange(5_000, 30_000), chance.choice((0, 0, 1, 4, 7)))
                    for one in some
                ]
                views.record(connection, fan.id, day * DAY_MS, watched)
