"""The transparency report over HTTP, for everybody."""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.errors import InvalidRequest
from core.http import Access, Call, Operation
from core.limits import Rate
from trust.transparency.months import Month
from trust.transparency.report import Report, Transparency

REPORT_RATE = Rate(60, 60)
CACHED_S = 600
MONTH_CHARS_MAX = 7


class PeriodQuery(msgspec.Struct, forbid_unknown_fields=True):
    """Months such as 2026-11."""

    first: Annotated[str, msgspec.Meta(max_length=MONTH_CHARS_MAX)] = msgspec.field(default="", name="from")
    last: Annotated[str, msgspec.Meta(max_length=MONTH_CHARS_MAX)] = msgspec.field(default="", name="to")


class TransparencyRoutes:
    def __init__(self, transparency: Transparency) -> None:
        self._transparency = transparency

    def operations(self) -> list[Operation]:
        return [Operation("GET", "/api/transparency", self.report, access=Access.ANYONE, rate=REPORT_RATE)]

    async def report(self, call: Call, query: PeriodQuery) -> Report:
        """Get what was reported and decided, by month and for a period."""
        found = await self._transparency.report(_month(query.first), _month(query.last))
        call.headers["Cache-Control"] = f"public, max-age={CACHED_S}"
        return found


def _month(text: str) -> Month | None:
    try:
        return Month.read(text) if text else None
    except ValueError:
        raise InvalidRequest("Give months such as 2026-11.") from None
