"""Spending limits over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.database import Database
from core.http import Call, Operation
from core.limits import Rate
from money.spending.limits import Day, Limits, SpendingLimits
from money.spending.rules import LIMIT_COINS_MAX

LIMITS_RATE = Rate(20, 60)

Coins = Annotated[int, msgspec.Meta(ge=0, le=LIMIT_COINS_MAX)]


class LimitsRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Null: no limit of one's own."""

    day_coins: Coins | None
    month_coins: Coins | None


class SpendingAnswer(msgspec.Struct):
    """`days`: what was given on each of the last 30 days, the oldest first, without days on which nothing was."""

    limits: Limits
    days: list[Day]


class SpendingRoutes:
    def __init__(self, database: Database, limits: SpendingLimits) -> None:
        self._database = database
        self._limits = limits

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/wallet/limits", self.spending),
            Operation("PUT", "/api/wallet/limits", self.set, rate=LIMITS_RATE),
            Operation("DELETE", "/api/wallet/limits/notice", self.notice_seen),
        ]

    def spending(self, call: Call) -> SpendingAnswer:
        """Your spending limits, and what you gave in the last 30 days."""
        person = call.identity.id
        return self._database.read(
            lambda c: SpendingAnswer(self._limits.limits(c, person), list(self._limits.days(c, person)))
        )

    async def set(self, call: Call, body: LimitsRequest) -> Limits:
        """Set your spending limits: a lower one holds at once, a higher one after 48 hours."""
        person = call.identity.id
        return await self._database.write_async(lambda c: self._limits.set(c, person, body.day_coins, body.month_coins))

    async def notice_seen(self, call: Call) -> None:
        """Dismiss the notice about how much you gave."""
        await self._database.write_async(lambda c: self._limits.notice_seen(c, call.identity.id))
