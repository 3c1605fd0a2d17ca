"""A fund whose month a test fills with views."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from sqlalchemy import Connection

from core.database import Database
from core.settings import Settings
from money.earnings import DAY_MS
from money.fund import QualifiedView
from money.fund.fund import Fund, open_fund
from money.fund.periods import Period
from money.part import Money
from tests.money.conftest import HeldClock

BEGIN = 1_704_067_200_000  # 2024-01-01, UTC
PERIOD = "2024-01"
NEXT = "2024-02"
OVER = BEGIN + 31 * DAY_MS + 3_600_000


class World:
    """`followers`: of creators; without an entry, 50. Accounts named `gone...` were deleted."""

    def __init__(self, money: Money, database: Database, clock: HeldClock, **settings: int) -> None:
        self.money, self.database, self.clock = money, database, clock
        self.settings = Settings(**{"fund_creator_views": 1, "fund_creator_days": 1} | settings)  # type: ignore[arg-type]
        self.followers: dict[str, int] = {}
        self.fund = self.open()
        clock.now = BEGIN

    def open(self) -> Fund:
        """As another process would."""
        money = self.money
        return open_fund(
            self.settings, self.database, self.clock, money.ledger, money.rates, joined=_joined, followers=self._follow
        )

    def watch(
        self, viewer: str, *videos: str, days: Sequence[int] = range(10), ms: int = 10_000, reactions: int = 0
    ) -> None:
        """Of videos named CREATOR/..., on these days of the month."""
        for day in days:
            views = [QualifiedView(video, video.partition("/")[0], ms, reactions) for video in videos]
            at = BEGIN + day * DAY_MS
            self.database.write(lambda c, at=at, views=views: self.fund.views.record(c, viewer, at, views))  # type: ignore[misc]

    def fill(self, coins: int, period: str = PERIOD, key: str = "k") -> None:
        self.database.write(lambda c: self.fund.periods.fill(c, period, coins, key, by="root"))

    def close(self, period: str = PERIOD) -> Period:
        self.clock.now = max(self.clock.now, OVER)
        return self.fund.closing.close(period, "root")

    def posted(self, period: str = PERIOD) -> Period:
        self.close(period)
        self.database.write(lambda c: self.fund.posting.review(c, period, "root"))
        return self.fund.posting.post(period, "root")

    def coins(self, person: str) -> int:
        """That can be paid out."""
        return self.database.read(lambda c: self.money.wallets.wallet(c, person)).earnings.payable

    def _follow(self, _: Connection, people: Collection[str]) -> Mapping[str, int]:
        return {person: self.followers.get(person, 50) for person in people}


def _joined(_: Connection, people: Collection[str]) -> Mapping[str, int]:
    return {person: 0 for person in people if not person.startswith("gone")}


@pytest.fixture
def world(money: Money, database: Database, clock: HeldClock) -> World:
    return World(money, database, clock)


@pytest.fixture
def sqlite_world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """For what asks no database anything special."""
    from money import part as money_part
    from tests.cores import core_over
    from tests.money.conftest import brief

    database, clock = Database(sqlite_url), HeldClock()
    part = money_part.open(core_over(database, tmp_path, clock=clock), brief=brief)
    yield World(part.api, database, clock)
    assert database.read(part.api.verify) == []
    part.close()
    database.close()
