"""A creator's report adds up by day, source and room, and agrees with the books."""

from __future__ import annotations

from money.earnings import DAY_MS, day_name
from money.earnings.report import ROOMS_SHOWN_MAX
from money.gifts import GiftOrder
from money.part import Money
from tests.coins import add_coins
from tests.money.conftest import START, HeldClock


def give(money: Money, room: str, day: int = 0, count: int = 1) -> None:
    key = f"{room}{day}{count}"
    money.database.write(lambda c: add_coins(c, "ada", 10 * count, key))
    order = GiftOrder(key, "ada", "bob", "coffee", count, room, START + day * DAY_MS)
    money.database.write(lambda c: money.gifts.give(c, [order]))


def test_the_report_adds_up_by_day_source_and_room(money: Money, clock: HeldClock) -> None:
    for room, day, count in (("a", 0, 1), ("a", 1, 2), ("b", 1, 4), ("old", -7, 8)):
        give(money, room, day, count)
    clock.now = START + DAY_MS
    money.reports.name_rooms(lambda _, rooms: {"a": "First"} if "a" in rooms else {})
    report = money.database.read(lambda c: money.reports.report(c, "bob", 7))
    assert [(day.day, day.coins) for day in report.days[-2:]] == [("2023-11-14", 6), ("2023-11-15", 36)]
    assert len(report.days) == 7
    assert (report.coins, report.gifts) == (42, 3)
    assert [(one.source, one.coins, one.gifts) for one in report.sources] == [("gift", 42, 3)]
    assert [(one.room, one.title, one.coins, one.last_day) for one in report.rooms] == [
        ("b", None, 24, "2023-11-15"),
        ("a", "First", 18, "2023-11-15"),
    ]
    assert money.database.read(lambda c: money.reports.report(c, "bob", 28)).coins == 42 + 48


def test_a_report_of_somebody_without_earnings_is_empty(money: Money) -> None:
    report = money.database.read(lambda c: money.reports.report(c, "eve", 7))
    assert (report.coins, report.sources, report.rooms) == (0, [], [])
    assert report.days[-1].day == day_name(START // DAY_MS)


def test_only_the_rooms_that_earned_most_are_shown(money: Money) -> None:
    for n in range(ROOMS_SHOWN_MAX + 1):
        give(money, f"r{n:02}", 0, n + 1)
    report = money.database.read(lambda c: money.reports.report(c, "bob", 7))
    assert [room.room for room in report.rooms] == [f"r{n:02}" for n in range(ROOMS_SHOWN_MAX, 0, -1)]


def test_verify_notices_a_room_that_does_not_add_up(money: Money) -> None:
    give(money, "a")
    money.database.write(lambda c: c.exec_driver_sql("UPDATE earnings_rooms SET coins = coins + 1"))
    findings = money.database.read(money.verify)
    assert [finding.rule for finding in findings] == [
        "room_earnings_are_in_the_books",
        "earnings_by_room_are_those_by_day",
    ]
    money.database.write(lambda c: c.exec_driver_sql("UPDATE earnings_rooms SET coins = coins - 1"))
