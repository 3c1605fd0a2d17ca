"""A bakery that sponsors goals in the rooms of a host."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from core.database.proofs import findings
from core.errors import Refusal
from core.identity import Identity
from money.ads import shares_of
from money.ads.credit import GoalCredit
from money.ledger.accounts import AD_REVENUE
from money.part import MONEY_PROOFS
from money.purchases.debts import balance
from people.tables import people
from tests.vod.ads.campaigns.conftest import EURO
from tests.vod.ads.scene import Scene
from tests.vod.conftest import House
from vod.ads.billing.billing import DAY_MS
from vod.ads.billing.verify import verify_day
from vod.ads.campaigns.review import Verdict
from vod.ads.goals.goals import NewGoal
from vod.ads.goals.in_rooms import PROOFS
from vod.ads.goals.opening import OpenGoals
from vod.ads.goals.views import GoalView

REWARD, SHARE = 100 * EURO, 30 * EURO
NEW_DAYS_MS = 31 * DAY_MS


class Sponsor(Scene):
    """`creator` is the host. The advertiser has paid in long enough ago."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.house.time.leap_ms += NEW_DAYS_MS
        self.code = self.consent(video="")

    @property
    def open(self) -> OpenGoals:
        return self.house.vod.goals

    def draft(self, **values: Any) -> GoalView:
        terms: dict[str, Any] = {
            "advertiser": self.bakery.id, "code": self.code.code, "text": "Bread for everybody", "category": "food",
            "reward_micro": REWARD, "target_coins": 500, "minutes": 60,
        } | values  # fmt: skip
        return self.open.goals.create(self.ada, NewGoal(**terms))

    def submit(self, goal: GoalView) -> GoalView:  # type: ignore[override]
        return self.open.goals.submit(goal.id, self.ada)

    def review(self, goal: GoalView, *, approved: bool = True, by: Identity | None = None) -> GoalView:
        now = self.now(goal)
        verdict = Verdict(approved, now.revision, [] if approved else ["misleading"])
        return self.open.review.decide(goal.id, by or self.eve, verdict)

    def offered(self, **values: Any) -> GoalView:
        return self.review(self.submit(self.draft(**values)))

    def start(self, goal: GoalView, host: Identity | None = None) -> GoalCredit | Refusal:
        who, at = (host or self.creator).id, self.house.time()
        try:
            return self.house.database.write(lambda c: self.open.in_rooms.start(c, goal.id, who, "room", at))
        except Refusal as refusal:
            return refusal

    def reach(self, goal: GoalView, coins: int = 500) -> bool:
        return self.house.database.write(lambda c: self.open.in_rooms.reach(c, goal.id, coins, self.house.time()))

    def leave(self, goal: GoalView, *, by_host: bool) -> None:
        self.house.database.write(lambda c: self.open.in_rooms.stop(c, goal.id, by_host=by_host))

    def tick(self, ms: int = 0) -> None:
        self.house.time.leap_ms += ms
        self.open.lifecycle.tick()

    def now(self, goal: GoalView) -> GoalView:
        return self.house.database.read(lambda c: self.open.goals.view(c, goal.id, self.ada))

    def born(self, when: date) -> None:
        mine = update(people).where(people.c.id == self.creator.id)
        self.house.database.write(lambda c: c.execute(mine.values(birthdate=when)))

    def money(self, goal: GoalView) -> tuple[int, int, int, int]:
        """Of a reward: what is in the balance, held, the creator's, and the platform's."""

        def read(connection: Any) -> tuple[int, int, int]:
            held = self.house.money.ad_budgets.spending(connection, [goal.id])[goal.id].held_micro
            share = shares_of(connection, self.creator.id).balance_micro
            return held, share, balance(connection, AD_REVENUE, lock=False)

        return self.available(), *self.house.database.read(read)

    def faults(self) -> list[str]:
        day = self.house.time() // DAY_MS
        proofs = {**MONEY_PROOFS, **PROOFS}
        found = self.house.database.read(lambda c: [*verify_day(c, day), *findings(c, proofs)])
        return [str(one) for one in found]


@pytest.fixture
def sponsor(house: House) -> Sponsor:
    return Sponsor(house)


__all__ = ["REWARD", "SHARE", "Sponsor"]
