"""Days of takeovers: one advertiser for each product category and day, at a price that is held from the booking on.

A day is billed once, at the first viewable view of it. A day without one costs nothing: its price goes back. State and
money of a day change together, and each change happens once: booked -> billed, or booked -> returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import msgspec
import structlog
from sqlalchemy import Connection, Row, insert, select, update

from core.clock import Clock
from core.errors import Refusal
from money.ads import AdBudgets, Release, Reserve
from vod.ads.serving.statements import locked
from vod.ads.takeover.tables import ad_takeover_days
from vod.errors import DayTaken

SHOWN_DAYS_MAX = 92  # of what is taken
RETURN_AFTER_MS = 600_000  # the last view of a day comes within 120 s of its end
ROWS_MAX = 500

log = structlog.get_logger("ads")


def days_between(starts_on: str, ends_on: str) -> list[str]:
    first, last = date.fromisoformat(starts_on), date.fromisoformat(ends_on)
    return [(first + timedelta(number)).isoformat() for number in range((last - first).days + 1)]


def utc_day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).date().isoformat()


def taken_days(connection: Connection, category: str, first: str, last: str) -> list[str]:
    """The days of a category that are booked already. Nobody learns by whom."""
    found = select(ad_takeover_days.c.day).where(
        ad_takeover_days.c.category == category, ad_takeover_days.c.day.between(first, last),
        ad_takeover_days.c.taken.is_not(None),
    )  # fmt: skip
    return list(connection.execute(found.order_by(ad_takeover_days.c.day).limit(SHOWN_DAYS_MAX)).scalars())


def bill_day(connection: Connection, campaign: str, day: str, serve: str, now: int) -> bool:
    """Whether this serve is the one that the day is billed for."""
    mine = (ad_takeover_days.c.campaign == campaign, ad_takeover_days.c.day == day)
    billed = update(ad_takeover_days).where(*mine, ad_takeover_days.c.state == "booked")
    return bool(connection.execute(billed.values(state="billed", serve=serve, at=now)).rowcount)


class TakeoverDay(msgspec.Struct, frozen=True):
    """A day (UTC). `booked`: its price is held; `billed`: somebody has seen it; `returned`: nobody has, and its price
    went back."""

    day: str
    price_micro: int
    state: Literal["booked", "billed", "returned"]


class TakeoverDays:
    """Every method that changes something works in the caller's writing transaction."""

    def __init__(self, clock: Clock, budgets: AdBudgets) -> None:
        self._clock = clock
        self._budgets = budgets

    def book(self, connection: Connection, campaign: Row[Any]) -> None:
        """All days of a campaign and their price, or nothing of it. Raises DayTaken, AdBalanceTooLow."""
        days = days_between(campaign.starts_on, campaign.ends_on)
        locked(connection, "ad takeover days")
        if there := taken_days(connection, campaign.category, days[0], days[-1]):
            raise DayTaken(f"Somebody has booked {', '.join(there)} for this product category.")
        mine = ad_takeover_days.c.campaign == campaign.id
        before = {row.day: row.bookings for row in connection.execute(select(ad_takeover_days).where(mine))}
        rows = [self._row(campaign, day, before.get(day, 0) + 1) for day in days]
        for row in rows:
            if row["day"] in before:
                connection.execute(
                    update(ad_takeover_days).where(mine, ad_takeover_days.c.day == row["day"]).values(row)
                )
            else:
                connection.execute(insert(ad_takeover_days).values(row))
        asked = [
            Reserve(_key(row["day"], row["bookings"]), campaign.advertiser, campaign.id, campaign.bid_micro,
                    campaign.total_micro, campaign.bid_micro)
            for row in rows
        ]  # fmt: skip
        for verdict in self._budgets.reserve(connection, asked):
            if isinstance(verdict, Refusal):
                raise verdict

    def of(self, connection: Connection, campaign: Row[Any]) -> list[TakeoverDay]:
        """None of what is no takeover, or was never booked."""
        if campaign.tier != "takeover":
            return []
        found = select(ad_takeover_days).where(ad_takeover_days.c.campaign == campaign.id)
        rows = connection.execute(found.order_by(ad_takeover_days.c.day)).all()
        return [TakeoverDay(row.day, row.price_micro, row.state) for row in rows]

    def give_back(self, connection: Connection, campaign: str) -> None:
        """What was not billed: its price returns, and others may book it."""
        booked = select(ad_takeover_days).where(
            ad_takeover_days.c.campaign == campaign, ad_takeover_days.c.state == "booked"
        )
        self._return(connection, connection.execute(booked.order_by(ad_takeover_days.c.day)).all())

    def lapse(self, connection: Connection) -> None:
        """Return the price of days that are over without a viewable view."""
        before = utc_day(self._clock() - RETURN_AFTER_MS)
        over = select(ad_takeover_days).where(ad_takeover_days.c.state == "booked", ad_takeover_days.c.day < before)
        self._return(connection, connection.execute(over.order_by(ad_takeover_days.c.day).limit(ROWS_MAX)).all())

    def _return(self, connection: Connection, days: Sequence[Row[Any]]) -> None:
        returned = []
        for row in days:
            mine = (ad_takeover_days.c.campaign == row.campaign, ad_takeover_days.c.day == row.day)
            moved = update(ad_takeover_days).where(*mine, ad_takeover_days.c.state == "booked")
            # A view may have been billed meanwhile.
            if connection.execute(moved.values(state="returned", taken=None, at=self._clock())).rowcount:
                returned.append(Release(_key(row.day, row.bookings), row.advertiser, row.campaign, row.price_micro))
        for verdict in self._budgets.release(connection, returned):
            if isinstance(verdict, Refusal):  # a fault: every booked day has its price held
                raise verdict
        if returned:
            log.info("days of takeovers returned", days=len(returned))

    def _row(self, campaign: Row[Any], day: str, bookings: int) -> dict[str, Any]:
        return {
            "campaign": campaign.id, "day": day, "advertiser": campaign.advertiser, "category": campaign.category,
            "price_micro": campaign.bid_micro, "state": "booked", "taken": f"{campaign.category} {day}", "serve": None,
            "bookings": bookings, "at": self._clock(),
        }  # fmt: skip


def _key(day: str, bookings: int) -> str:
    return f"{day}:takeover:{bookings}"
