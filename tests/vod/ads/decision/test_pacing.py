"""The plan: how much of a day's budget may be spent by when."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from vod.ads.decision.pacing import EVEN, allowance, day_budget, day_of, plan
from vod.ads.simulation.world import START, traffic

PARIS = ZoneInfo("Europe/Paris")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def at(text: str, zone: ZoneInfo = PARIS) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


def test_an_even_day_is_half_spent_at_noon() -> None:
    day = day_of(START, START, START + 3 * DAY_MS, ZoneInfo("UTC"))
    assert plan(EVEN, day, START) == 0
    assert plan(EVEN, day, START + 12 * HOUR_MS) == pytest.approx(0.5)
    assert plan(EVEN, day, START + DAY_MS) == 1


def test_a_plan_grows_with_every_minute_and_ends_at_the_whole_budget() -> None:
    day = day_of(START, START, START + DAY_MS, ZoneInfo("UTC"))
    shares = [plan(traffic(), day, START + minute * 60_000) for minute in range(0, 1_441, 15)]
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_a_campaign_that_begins_in_the_afternoon_has_the_rest_of_the_day() -> None:
    day = day_of(at("2026-11-28T16:00"), at("2026-11-28T15:00"), at("2026-11-30T00:00"), PARIS)
    assert (day.name, day.left) == ("2026-11-28", 2)
    assert plan(EVEN, day, at("2026-11-28T15:00")) == 0
    assert plan(EVEN, day, at("2026-11-28T19:30")) == pytest.approx(0.5)


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-28", 24)])
def test_days_are_as_long_as_their_zone_makes_them(day: str, hours: int) -> None:
    found = day_of(at(f"{day}T12:00"), 0, at("2027-01-01T00:00"), PARIS)
    assert found.end - found.start == hours * HOUR_MS
    assert found.name == day


def test_days_join_end_to_end() -> None:
    ends = at("2027-01-01T00:00")
    today = day_of(at("2026-10-25T12:00"), 0, ends, PARIS)
    assert day_of(today.end, 0, ends, PARIS).start == today.end
    assert day_of(today.end - 1, 0, ends, PARIS).name == today.name


def test_without_a_budget_for_the_day_what_is_left_is_divided_among_the_days() -> None:
    day = day_of(START, START, START + 4 * DAY_MS, ZoneInfo("UTC"))
    assert day_budget(100, None, day, 0) == 25
    assert day_budget(100, None, day, 60) == 10
    assert day_budget(100, 30, day, 60) == 30
    assert day_budget(100, 30, day, 90) == 10
    assert day_budget(100, 30, day, 130) == 0


def test_what_may_be_held_is_the_plan_and_a_hundredth_and_never_more_than_the_budget() -> None:
    assert allowance(10_000, 0, 0.0, 10) == 100
    assert allowance(10_000, 5_000, 0.5, 10) == 100
    assert allowance(10_000, 5_200, 0.5, 10) == 0
    assert allowance(10_000, 9_990, 1.0, 10) == 10
    assert allowance(10_000, 12_000, 1.0, 10) == 0
    assert allowance(100, 0, 0.0, 10) == 10, "a small budget begins, too"
    assert allowance(2**53, 2**53 - 1, 1.0, 1) == 1
