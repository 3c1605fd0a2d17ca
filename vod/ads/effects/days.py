"""What the clock does with booked effects: each day is paid before it is offered, and what is over ends.

A day is paid once, out of what is held, by a transfer whose key names effect and day. A day on which the effect cannot
be offered, because its sponsor is stopped, not verified, or its category not allowed, is not paid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, Row, select, update

from core.clock import Clock
from core.database import Database
from core.database.proofs import Proof
from core.errors import Refusal
from core.text import folded
from money.ads import AdBudgets, Capture
from vod.ads.campaigns.campaign import Allowed
from vod.ads.campaigns.dates import midnight, today
from vod.ads.campaigns.tables import advertisers
from vod.ads.effects.bookings import EffectBookings
from vod.ads.effects.tables import effect_bookings, effect_days
from vod.ads.serving.statements import upsert
from vod.ads.tables import ad_library

TICK_EVERY_S = 30.0
AHEAD_MS = 120_000  # a day is paid so long before it begins, so that nothing is missing at midnight
ROWS_MAX = 500

log = structlog.get_logger("ads")


class EffectDays:
    def __init__(
        self, database: Database, clock: Clock, bookings: EffectBookings, budgets: AdBudgets, allowed: Allowed
    ) -> None:
        self._database = database
        self._clock = clock
        self._bookings = bookings
        self._budgets = budgets
        self._allowed = allowed

    def tick(self) -> None:
        """Blocks."""
        last = ""
        while True:
            found = select(effect_bookings.c.id).where(
                effect_bookings.c.state.in_(("draft", "review", "booked", "rejected")), effect_bookings.c.id > last
            )
            page = found.order_by(effect_bookings.c.id).limit(ROWS_MAX)
            ids = self._database.read(lambda c: c.execute(page).scalars().all())  # noqa: B023  it runs at once
            self._database.write(lambda c: self._tick(c, ids))  # noqa: B023
            if len(ids) < ROWS_MAX:
                return
            last = ids[-1]

    def _tick(self, connection: Connection, ids: Sequence[str]) -> None:
        now = self._clock()
        for effect in ids:
            row = self._bookings.locked(connection, effect)
            if row.state == "ended":
                continue
            if row.ends_at <= now:
                self._bookings.close(connection, row, "ended")
                log.info("effect ended", effect=row.id)
            else:
                self.pay(connection, row)

    def pay(self, connection: Connection, row: Row[Any]) -> None:
        """Pay the present day of a booked effect, and the next one shortly before. The caller has locked the row."""
        now = self._clock()
        sponsor = connection.execute(select(advertisers).where(advertisers.c.id == row.advertiser)).one()
        if row.state != "booked" or sponsor.state != "verified" or sponsor.stopped:
            return
        if row.category not in self._allowed(connection):
            return
        for at in (now, now + AHEAD_MS):
            if row.starts_at <= at < row.ends_at and row.paid_until <= at:
                self._pay(connection, row, today(row.zone, at), sponsor)
                row = self._bookings.locked(connection, row.id)

    def _pay(self, connection: Connection, row: Row[Any], day: date, sponsor: Row[Any]) -> None:
        paid = {"effect": row.id, "day": day.isoformat(), "micro": row.day_micro, "at": self._clock()}
        connection.execute(upsert(connection, effect_days).values(paid).on_conflict_do_nothing())
        if row.day_micro:
            capture = Capture(day.isoformat(), row.advertiser, row.id, row.day_micro, {"effect": row.id})
            [verdict] = self._budgets.capture(connection, [capture])
            if isinstance(verdict, Refusal):  # a fault: every day has its money held
                raise verdict
        until = midnight(day + timedelta(days=1), row.zone)
        named = {"sponsor": sponsor.name, "paid_by": sponsor.payer or sponsor.name}
        booked = update(effect_bookings).where(effect_bookings.c.id == row.id)
        connection.execute(booked.values(paid_until=until, **named))
        self._show_in_library(connection, row, named)

    def _show_in_library(self, connection: Connection, row: Row[Any], named: Mapping[str, str]) -> None:
        """The ad library lists effects, too: without a video, and until a year after their last day."""
        now = self._clock()
        listed = {
            "creative": row.id, "campaign": row.id, "video": "", "names": folded("\n".join(named.values())),
            "category": row.category, "text": row.name, "landing": "", "targets": "{}", "first_at": now,
            "last_at": now, **named,
        }  # fmt: skip
        changed = {name: listed[name] for name in ("sponsor", "paid_by", "names", "category", "text", "last_at")}
        new = upsert(connection, ad_library).values(listed)
        connection.execute(new.on_conflict_do_update(index_elements=["creative"], set_=changed))


_NAME = "'effect ' || {0}.effect || ' on ' || {0}.day"
PROOFS: Mapping[str, Proof] = {
    "effect_days_are_in_the_books": (
        f"SELECT {_NAME.format('d')}, d.micro FROM effect_days d WHERE d.micro <> coalesce((SELECT sum(e.amount) "
        "FROM transfers t JOIN entries e ON e.transfer = t.id JOIN accounts a ON a.id = e.account "
        "WHERE t.key = 'ad_capture:' || d.effect || ':' || d.day AND a.kind = 'ad_revenue'), 0)"
    ),
    "effect_days_have_the_booked_price": (
        f"SELECT {_NAME.format('d')}, d.micro FROM effect_days d LEFT JOIN effect_bookings b ON b.id = d.effect "
        "WHERE b.id IS NULL OR b.day_micro <> d.micro OR d.day < b.starts_on OR d.day > b.ends_on"
    ),
    "effects_are_paid_by_the_day": (
        "SELECT 'effect ' || b.id, s.captured_micro FROM effect_bookings b JOIN ad_budgets s ON s.campaign = b.id "
        "WHERE s.captured_micro <> coalesce((SELECT sum(d.micro) FROM effect_days d WHERE d.effect = b.id), 0)"
    ),
}
