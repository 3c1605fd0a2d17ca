"""The creator fund over HTTP, for creators."""

from __future__ import annotations

from core.database import Database
from core.http import Call, Operation
from core.limits import Rate
from money.fund.periods import checked_month
from money.fund.results.explaining import Explaining, Explanation, OwnFund

EXPLAIN_RATE = Rate(60, 60)


class FundRoutes:
    def __init__(self, database: Database, explaining: Explaining) -> None:
        self._database = database
        self._explaining = explaining

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/fund", self.own),
            Operation("GET", "/api/fund/{period}", self.explain, rate=EXPLAIN_RATE),
        ]

    def own(self, call: Call) -> OwnFund:
        """Get what the creator fund paid you, and what you need to be paid."""
        return self._database.read(lambda c: self._explaining.own(c, call.identity.id))

    def explain(self, call: Call, period: str) -> Explanation:
        """Get why you got what you got in a closed month, by day and by video."""
        checked_month(period)
        return self._database.read(lambda c: self._explaining.explain(c, call.identity.id, period))
