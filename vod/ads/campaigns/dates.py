"""Dates of a campaign: whole days in its zone, and the same as instants."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from core.errors import InvalidRequest
from vod.errors import InvalidCampaign

DAYS_MAX = 366  # of a campaign
AHEAD_DAYS_MAX = 366
ZONE_CHARS_MAX = 64


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def checked_zone(name: str) -> str:
    """Raises InvalidRequest for what is no time zone."""
    if name not in _zones():
        raise InvalidRequest("There is no such time zone.")
    return name


def today(zone: str, now: int) -> date:
    return datetime.fromtimestamp(now / 1000, ZoneInfo(zone)).date()


def midnight(day: date, zone: str) -> int:
    """When a day begins, Unix ms. Where clocks skip midnight, it is the moment at which they do."""
    return int(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC).timestamp() * 1000)


def window(starts_on: date, ends_on: date, zone: str) -> tuple[int, int]:
    """From the first day's beginning to the last day's end, the end excluded. Unix ms.

    Days follow one another without a gap: the end of one is the beginning of the next.
    """
    return midnight(starts_on, zone), midnight(ends_on + timedelta(days=1), zone)


def check_dates(starts_on: date, ends_on: date, zone: str, now: int) -> None:
    """Raises InvalidCampaign for days that are over, too many or too far ahead."""
    present = today(zone, now)
    if ends_on < starts_on:
        raise InvalidCampaign("The last day is before the first one.")
    if ends_on < present:
        raise InvalidCampaign("The last day is over.")
    if (ends_on - starts_on).days >= DAYS_MAX:
        raise InvalidCampaign(f"A campaign has at most {DAYS_MAX} days.")
    if (starts_on - present).days > AHEAD_DAYS_MAX:
        raise InvalidCampaign(f"A campaign starts within {AHEAD_DAYS_MAX} days.")
