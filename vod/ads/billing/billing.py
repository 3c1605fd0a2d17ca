"""Billing: one posting for each campaign and minute, and one published root for each day.

What was billed is in the receipts; a posting moves their sum out of what is held for the campaign. Its key names the
minute, and its detail the root of the minute's receipts, which the ledger's chain then vouches for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import structlog
from sqlalchemy import Connection, func, select

from core.clock import Clock
from core.database import Database
from core.errors import Refusal
from money.ads import AdBudgets, Capture
from vod.ads.billing.minutes import MINUTE_MS, close_minutes, posted_until
from vod.ads.billing.receipts import Receipt, root
from vod.ads.serving.statements import upsert
from vod.ads.tables import ad_receipts, ad_roots

POST_EVERY_S = 20.0
DAY_MS = 86_400_000
DAY_MINUTES = DAY_MS // MINUTE_MS
MINUTES_MAX = 60  # posted in one transaction
ROOTS_MAX = 40  # days made up for in a round

log = structlog.get_logger("ads")


class Billing:
    def __init__(self, database: Database, clock: Clock, budgets: AdBudgets) -> None:
        self._database = database
        self._clock = clock
        self._budgets = budgets

    def run(self) -> None:
        """Post every minute that is over, and publish the days that are. Blocks."""
        over = self._clock() // MINUTE_MS - 1
        while self._database.write(lambda c: self.post(c, over)):
            pass
        for _ in range(ROOTS_MAX):
            if not self._database.write(self._publish):
                return

    def post(self, connection: Connection, until: int) -> bool:
        """Post the minutes up to `until`, at most MINUTES_MAX that have receipts. Returns whether there are more."""
        after = posted_until(connection)
        if until <= after:
            return False
        waiting = select(ad_receipts.c.minute).where(ad_receipts.c.minute > after, ad_receipts.c.minute <= until)
        minutes = list(
            connection.execute(waiting.distinct().order_by(ad_receipts.c.minute).limit(MINUTES_MAX)).scalars()
        )
        last = minutes[-1] if len(minutes) == MINUTES_MAX else until
        after = close_minutes(connection, last)
        if last <= after:
            return False
        for verdict in self._budgets.capture(connection, list(_captures(connection, after, last))):
            if isinstance(verdict, Refusal):  # a fault: every receipt has its money held
                raise verdict
        return last < until

    def _publish(self, connection: Connection) -> bool:
        """Publish the first day that is posted and has no root yet. Returns whether there was one."""
        done = connection.execute(select(func.max(ad_roots.c.day))).scalar()
        first = connection.execute(select(func.min(ad_receipts.c.minute))).scalar()
        if first is None:
            return False
        day = int(first) // DAY_MINUTES if done is None else int(done) + 1
        if (day + 1) * DAY_MINUTES > posted_until(connection) + 1:
            return False
        found = day_receipts(connection, day)
        row = {
            "day": day, "root": root([one.digest for one in found]), "receipts": len(found),
            "spent_micro": sum(one.price_micro for one in found), "at": self._clock(),
        }  # fmt: skip
        connection.execute(upsert(connection, ad_roots).values(row).on_conflict_do_nothing())
        log.info("receipts published", day=day, root=row["root"], receipts=len(found))
        return True


def day_receipts(connection: Connection, day: int) -> list[Receipt]:
    """The receipts that are posted on a day (UTC, days since 1970), in the order of the tree."""
    minutes = (ad_receipts.c.minute >= day * DAY_MINUTES, ad_receipts.c.minute < (day + 1) * DAY_MINUTES)
    rows = connection.execute(select(ad_receipts).where(*minutes).order_by(ad_receipts.c.serve))
    return [Receipt.stored(row) for row in rows]


def by_minute(receipts: Sequence[Receipt]) -> Mapping[tuple[str, int], list[Receipt]]:
    """By campaign and minute, each in the order of the tree."""
    found: dict[tuple[str, int], list[Receipt]] = {}
    for receipt in sorted(receipts, key=lambda one: one.serve):
        found.setdefault((receipt.campaign, receipt.minute), []).append(receipt)
    return found


def _captures(connection: Connection, after: int, until: int) -> Iterator[Capture]:
    minutes = (ad_receipts.c.minute > after, ad_receipts.c.minute <= until)
    rows = [Receipt.stored(row) for row in connection.execute(select(ad_receipts).where(*minutes))]
    for (campaign, minute), receipts in sorted(by_minute(rows).items()):
        micro, share = sum(one.price_micro for one in receipts), sum(one.share_micro for one in receipts)
        detail: dict[str, str | int] = {
            "minute": minute,
            "views": len(receipts),
            "root": root([one.digest for one in receipts]),
        }
        yield Capture(str(minute), receipts[0].advertiser, campaign, micro, detail, receipts[0].creator, share)
