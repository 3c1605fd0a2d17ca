"""Days of a campaign in its zone."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidRequest
from vod.ads.campaigns.dates import DAYS_MAX, check_dates, checked_zone, midnight, today, window
from vod.errors import InvalidCampaign

HOUR_MS = 3_600_000
NOON = 1_795_953_600_000  # 2026-11-29 12:00 UTC
DAY = date(2026, 11, 29)


def test_days_begin_at_midnight_in_the_zone() -> None:
    assert window(DAY, DAY, "UTC") == (NOON - 12 * HOUR_MS, NOON + 12 * HOUR_MS)
    assert window(DAY, DAY, "Europe/Paris") == (NOON - 13 * HOUR_MS, NOON + 11 * HOUR_MS)
    assert today("Pacific/Kiritimati", NOON) == DAY + timedelta(days=1)


def test_the_day_on_which_clocks_change_is_an_hour_shorter_or_longer() -> None:
    for day, hours in ((date(2026, 3, 29), 23), (date(2026, 10, 25), 25)):
        starts, ends = window(day, day, "Europe/Paris")
        assert ends - starts == hours * HOUR_MS


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.sampled_from(sorted(available_timezones())), st.integers(0, 40))
def test_windows_join_without_gap_or_overlap(day: date, zone: str, days: int) -> None:
    """Also where clocks skip midnight."""
    last = day + timedelta(days=days)
    starts, ends = window(day, last, zone)
    assert ends == midnight(last + timedelta(days=1), zone) > starts


@pytest.mark.parametrize(
    "zone", ["", "Mars/Olympus", "/etc/localtime", "../UTC", "Europe", "europe/paris", "EST", "x" * 9_999]
)
def test_only_zones_of_the_database_are_zones(zone: str) -> None:
    with pytest.raises(InvalidRequest):
        checked_zone(zone)


def test_days_that_are_over_too_many_or_too_far_are_refused() -> None:
    def check(starts: int, ends: int) -> None:
        check_dates(DAY + timedelta(days=starts), DAY + timedelta(days=ends), "Europe/Paris", NOON)

    check(0, 0)
    check(-5, 0)
    check(0, DAYS_MAX - 1)
    check(366, 366)
    for starts, ends in ((1, 0), (-2, -1), (0, DAYS_MAX), (367, 368)):
        with pytest.raises(InvalidCampaign):
            check(starts, ends)
