"""A creator's statement adds up to the coin with the ledger, month after month, in every part of it."""

from __future__ import annotations

import pytest

from core.errors import InvalidRequest
from money.earnings import DAY_MS
from money.gifts import GiftOrder
from money.reports.months import shifted, span
from money.reports.statement import Statement
from money.reports.statement_csv import HEAD, statement_rows
from tests.money.reports.conftest import CREATORS, Entry, Winter, give


def statement(winter: Winter, person: str, month: str, **options: int) -> Statement:
    world = winter.world
    world.money.sums.bring_up(person)
    return world.database.read(lambda c: world.money.statements.of(c, person, month, **options))


def balance(entries: list[Entry], person: str, account: str, until: str) -> int:
    """The balance at the end of a month."""
    return sum(one.amount for one in entries if (one.owner, one.account) == (person, account) and one.month <= until)


@pytest.mark.parametrize("person", CREATORS)
def test_every_line_is_the_sum_of_its_entries(winter: Winter, person: str) -> None:
    for month in winter.months:
        one = statement(winter, person, month)
        mine = [e for e in winter.entries if e.owner == person and e.month == month and e.unit == "coins"]

        def moved(account: str, kind: str) -> int:
            return sum(e.amount for e in mine if (e.account, e.what) == (account, kind))  # noqa: B023

        before = shifted(month, -1)
        assert (one.opening.held, one.closing.held) == tuple(
            balance(winter.entries, person, "pending", until) for until in (before, month)
        )
        assert (one.opening.payable, one.closing.payable) == tuple(
            balance(winter.entries, person, "payable", until) for until in (before, month)
        )
        assert one.closing.debt == -balance(winter.entries, person, "debt", month)
        assert one.earned == moved("pending", "gift") + moved("payable", "test") + moved("payable", "prize")
        assert (one.reversed, one.restored) == (
            -moved("pending", "gift_reversed"),
            moved("pending", "gift_restored"),
        )
        assert one.released == -moved("pending", "release")
        assert one.repaid == moved("debt", "release")
        assert (one.paid_out, one.came_back) == (-moved("payable", "payout"), moved("payable", "payout_back"))
        assert one.other == 0


@pytest.mark.parametrize("person", CREATORS)
def test_opening_and_lines_are_the_closing_balance_which_opens_the_next_month(winter: Winter, person: str) -> None:
    earlier = None
    for month in winter.months:
        one = statement(winter, person, month)
        if earlier is not None:
            assert one.opening == earlier.closing
        opening, closing = one.opening.held + one.opening.payable, one.closing.held + one.closing.payable
        lines = one.earned - one.reversed + one.restored - one.repaid - one.paid_out + one.came_back + one.other
        assert opening + lines == closing
        earlier = one
    assert earlier is not None
    assert earlier.earned + earlier.closing.payable > 0


@pytest.mark.parametrize("person", CREATORS)
def test_days_sources_rooms_and_givers_each_add_up_to_what_was_earned(winter: Winter, person: str) -> None:
    gifts = 0
    for month in winter.months:
        one = statement(winter, person, month)
        assert len(one.days) == len(span(month).days)
        for parts in (one.days, one.sources, one.rooms, one.givers):
            assert sum(part.coins for part in parts) == one.earned
            assert sum(part.reversed for part in parts) == one.reversed - one.restored
        for parts in (one.rooms, one.givers):
            assert sum(part.gifts for part in parts) == sum(part.gifts for part in one.sources)
        gifts += one.gifts
        assert {giver.id for giver in one.givers} <= {"ada", "ann", "eve", ""}
    posted = {e.transfer for e in winter.entries if (e.owner, e.account, e.what) == (person, "pending", "gift")}
    assert gifts == len(posted)


def test_money_is_what_left_the_bank_and_what_came_back(winter: Winter) -> None:
    """By currency, over both creators and all months, against the accounts at the provider."""
    sent = back = fees = 0
    for month in winter.months:
        for person in CREATORS:
            for one in statement(winter, person, month).money:
                sent, back, fees = sent + one.sent_minor, back + one.back_minor, fees + one.fee_minor
    left = [e for e in winter.entries if e.owner == "sandbox" and e.account == "provider"]
    assert sent == sum(e.amount for e in left if e.what == "payout")
    assert back == -sum(e.amount for e in left if e.what == "payout_back")
    assert back > 0
    assert fees == sum(e.amount for e in winter.entries if e.account == "cash" and e.what in ("payout", "payout_back"))


def test_what_is_not_stored_yet_is_in_every_part(winter: Winter) -> None:
    """A gift between summing and reading counts in the lines and in the parts, and is stored without changing them."""
    world, month = winter.world, winter.months[-1]
    before = statement(winter, "bob", month)
    winter.shop.buy("ada")
    give(world, GiftOrder("late", "ada", "bob", "coffee", 1, "room0", world.clock.now))
    unsummed = world.database.read(lambda c: world.money.statements.of(c, "bob", month))
    assert unsummed.earned == before.earned + 6
    for parts in (unsummed.days, unsummed.sources, unsummed.rooms, unsummed.givers):
        assert sum(part.coins for part in parts) == unsummed.earned
    assert statement(winter, "bob", month) == unsummed


def test_a_month_is_complete_when_it_is_over(winter: Winter) -> None:
    month = winter.months[-1]
    assert not statement(winter, "bob", month).complete
    winter.world.clock.now += 31 * DAY_MS
    assert statement(winter, "bob", month).complete


def test_a_statement_of_somebody_without_earnings_is_empty(winter: Winter) -> None:
    one = statement(winter, "eve", winter.months[0])
    assert (one.earned, one.closing.held, one.sources, one.rooms, one.givers, one.money) == (0, 0, [], [], [], [])
    assert sum(day.coins for day in one.days) == 0


def test_only_so_many_rooms_and_givers_are_shown(winter: Winter) -> None:
    one = statement(winter, "bob", winter.months[0], most=1)
    assert (len(one.rooms), len(one.givers)) == (1, 1)


@pytest.mark.parametrize("month", ["0000-01", "1969-12", "9999-01"])
def test_a_month_of_no_calendar_is_refused(winter: Winter, month: str) -> None:
    with pytest.raises(InvalidRequest):
        statement(winter, "bob", month)


def test_the_file_has_every_line_with_its_sign(winter: Winter) -> None:
    one = statement(winter, "bob", winter.months[1])
    head, *rows = statement_rows(one)
    assert head == HEAD
    opening = sum(row[5] for row in rows if row[1] == "opening" and row[2] != "debt")  # type: ignore[misc]
    closing = sum(row[5] for row in rows if row[1] == "closing" and row[2] != "debt")  # type: ignore[misc]
    assert opening + sum(row[5] for row in rows if row[1] == "line") == closing  # type: ignore[misc]
    assert sum(row[5] for row in rows if row[1] == "giver") == one.earned  # type: ignore[misc]
