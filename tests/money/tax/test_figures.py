"""The figures of a year equal the ledger: added up from payouts, and again from the entries."""

from __future__ import annotations

import csv
import io
from datetime import date
from pathlib import Path

import msgspec
import pytest

from core.database import Database
from money.earnings import DAY_MS
from money.ledger.accounts import debt
from money.ledger.journals import decimal
from money.rates.rates import worth
from money.reports.files import as_csv, write_privately
from money.reports.months import quarter_of, year_span
from money.reports.paid import paid_within
from money.tax.figures import Figures, figures_of
from money.tax.forms import TaxForm
from money.tax.reports import DAC7_HEAD, US_FROM_MINOR, US_HEAD, dac7_rows, us1099_rows
from people.accounts import Accounts
from tests.money.conftest import HeldClock
from tests.money.payouts.conftest import Open, World
from tests.money.purchases.conftest import Shop
from tests.money.reports.conftest import CREATORS, Entry, Winter, come_back
from tests.money.tax.conftest import FORM

YEARS = (2023, 2024)
LARGE = {"payout_second_minor": 10**9, "payout_person_day_minor": 10**9}


def figures(winter: Winter, year: int) -> list[Figures]:
    world = winter.world
    world.money.sums.bring_up_all()
    return world.database.read(lambda c: list(figures_of(c, year, world.money.rates, world.clock)))


def owner_of(winter: Winter, entry: Entry) -> str:
    """The person behind a payout's transfer, whose coins came back or went."""
    mine = {e.transfer: e.owner for e in winter.entries if e.account in ("payable", "debt", "in_transit")}
    return mine[entry.transfer]


def within(entry: Entry, year: int, quarter: int) -> bool:
    return entry.month[:4] == str(year) and quarter_of(entry.at) == quarter


def test_what_was_paid_is_what_left_the_provider_and_did_not_come_back(winter: Winter) -> None:
    at_provider = [e for e in winter.entries if (e.owner, e.account) == ("sandbox", "provider")]
    seen = 0
    for year in YEARS:
        found = {(one.person, one.currency): one for one in figures(winter, year)}
        for person in CREATORS:
            for currency in ("USD", "EUR"):
                mine = [e for e in at_provider if e.unit == currency and owner_of(winter, e) == person]
                for quarter in range(4):
                    expected = sum(e.amount for e in mine if within(e, year, quarter))
                    one = found.get((person, currency))
                    assert (one.quarters[quarter].paid_minor if one else 0) == expected
                seen += sum(e.amount for e in mine if e.month[:4] == str(year))
    assert seen == sum(e.amount for e in at_provider)


def test_fees_are_those_of_payouts_that_stand(winter: Winter) -> None:
    """Of one that never left there is no fee, and of one that came back it was given back."""
    reported = sum(one.fee_minor for year in YEARS for one in figures(winter, year))
    fees = [e for e in winter.entries if e.account == "cash" and e.what in ("payout", "payout_back")]
    assert any(fees)
    assert reported == sum(e.amount for e in fees)


def test_commission_and_activities_are_those_of_the_persons_gifts(winter: Winter) -> None:
    for year in YEARS:
        found = figures(winter, year)
        for person in CREATORS:
            mine = {e.transfer for e in winter.entries if (e.owner, e.account) == (person, "pending")}
            gifts = {e.transfer for e in winter.entries if e.transfer in mine and e.what == "gift"}
            gifts |= {
                e.transfer for e in winter.entries if e.owner == person and e.what in ("test", "prize")
            }  # other sources
            ours = [e for e in winter.entries if e.account == "commission" and e.transfer in mine]
            for quarter in range(4):
                rows = [one.quarters[quarter] for one in found if one.person == person]
                coins = sum(e.amount for e in ours if within(e, year, quarter))
                if rows:
                    assert sum(one.commission_coins for one in rows) == coins
                    value = worth(coins, 500) if coins >= 0 else -worth(-coins, 500)
                    assert sum(one.commission_minor for one in rows) == value
                    given = {e.transfer for e in winter.entries if e.transfer in gifts and within(e, year, quarter)}
                    assert sum(one.activities for one in rows) == len(given)


def test_a_payout_that_comes_back_after_the_years_end_corrects_the_year_in_which_it_does(
    world: World, clock: HeldClock
) -> None:
    world.creator()
    payout = world.approved(2_000)
    kept = world.approved(3_000)
    world.round()
    rates = world.money.rates
    clock.now += 60 * DAY_MS
    before = world.database.read(lambda c: list(figures_of(c, 2023, rates, clock)))
    world.write(lambda c: world.part.by_hand.note(c, payout.id, "returned", "account closed", "root"))
    assert world.see(kept).state == "paid"
    assert world.database.read(lambda c: list(figures_of(c, 2023, rates, clock))) == before, "the year stays as it was"
    assert (before[0].paid_minor, before[0].back_earlier_minor) == (4_900, 0)
    [after] = world.database.read(lambda c: list(figures_of(c, 2024, rates, clock)))
    assert [one.paid_minor for one in after.quarters] == [-1_950, 0, 0, 0]
    assert [one.fee_minor for one in after.quarters] == [-50, 0, 0, 0]
    assert after.back_earlier_minor == 1_950
    assert before[0].paid_minor + after.paid_minor == 2_950, "what was paid for good"


def test_parts_of_a_payout_count_when_they_come_back_and_the_rest_when_it_does(world: World, clock: HeldClock) -> None:
    """Two parts, one in each year, and then the rest: together what was sent, and never twice."""
    world.creator()
    payout = world.approved(2_000)
    world.round()
    come_back(world, payout.id, 400)
    clock.now += 60 * DAY_MS
    come_back(world, payout.id, 300)
    year = {2023: 1_950 - 400, 2024: -300}
    rates = world.money.rates

    def paid(of: int) -> Figures:
        [one] = world.database.read(lambda c: list(figures_of(c, of, rates, clock)))
        return one

    assert {of: paid(of).paid_minor for of in YEARS} == year
    assert (paid(2024).back_earlier_minor, paid(2024).fee_minor) == (300, 0)
    assert sum(year.values()) == world.see(payout).net_minor - world.see(payout).returned_minor
    clock.now += DAY_MS
    world.write(lambda c: world.part.by_hand.note(c, payout.id, "returned", "account closed", "root"))
    assert [paid(of).paid_minor for of in YEARS] == [1_550, -1_550], "nothing of it was paid for good"
    assert paid(2023).fee_minor + paid(2024).fee_minor == 0
    assert paid(2024).back_earlier_minor == 1_550
    parts = world.database.read(lambda c: paid_within(c, year_span(2024), "bob"))
    assert [(one.what, one.net_minor) for one in parts] == [("back", 300), ("back", 1_250)]
    every = [one for of in YEARS for one in world.database.read(lambda c: paid_within(c, year_span(of)))]  # noqa: B023
    assert sum(one.coins if one.what == "sent" else -one.coins for one in every) == 0, "and all of the coins"


def test_a_gift_taken_back_after_it_was_paid_out_changes_no_figure(
    shop_world: tuple[World, Shop], clock: HeldClock
) -> None:
    """What was released stays with its creator; the giver owes it."""
    world, shop = shop_world
    purchase = shop.buy("ada", "coins-350")
    shop.give("teddy")
    clock.now += 40 * DAY_MS
    world.approved(1_000)
    world.round()
    rates = world.money.rates
    world.money.sums.bring_up_all()
    before = world.database.read(lambda c: list(figures_of(c, 2023, rates, clock)))
    shop.refund(purchase)
    assert shop.balance(debt("ada")) == -199
    world.money.sums.bring_up_all()
    assert world.database.read(lambda c: list(figures_of(c, 2023, rates, clock))) == before
    [one] = before
    assert (one.paid_minor, one.quarters[3].commission_coins, one.quarters[3].activities) == (950, 80, 2)


def test_the_tables_have_the_details_and_the_figures(open_world: Open, clock: HeldClock, database: Database) -> None:
    world = open_world(**LARGE)
    people = Accounts(database, clock)
    ids = []
    for handle, country in (("marie", "FR"), ("bill", "US"), ("nobody", "")):
        person = people.add(handle, "x", date(1990, 5, 17)).id
        ids.append(person)
        world.creator(person)
        if country:
            tin = {"FR": "3023217600053", "US": "536904399"}[country]
            form = msgspec.convert(
                FORM | {"country": country, "tin": tin, "tin_country": country, "name": "=1+1"}, TaxForm
            )
            world.write(lambda c: world.part.tax.put(c, person, form))  # noqa: B023
        world.approved(210_000 if country == "US" else 2_000, person)
    world.round()
    found = world.database.read(lambda c: list(figures_of(c, 2023, world.money.rates, clock)))
    text = as_csv(world.database.read(lambda c: list(dac7_rows(c, found))))
    rows = {row["handle"]: row for row in csv.DictReader(io.StringIO(text))}
    assert tuple(rows["marie"]) == DAC7_HEAD
    assert (rows["marie"]["reportable"], rows["bill"]["reportable"], rows["nobody"]["reportable"]) == (
        "yes",
        "no",
        "yes",
    )
    assert (rows["nobody"]["state"], rows["nobody"]["country"], rows["nobody"]["tin"]) == ("missing", "FR", "")
    marie = rows["marie"]
    assert (marie["tin"], marie["birthdate"], marie["account"]) == (
        "3023217600053", "1990-05-17", "FR7630006000011234567890189",
    )  # fmt: skip
    assert marie["name"] == "'=1+1", "no formula for a spreadsheet"
    assert (marie["q3_consideration"], marie["q4_consideration"], marie["q4_fees"]) == ("0.00", "19.50", "0.50")
    assert marie["year_consideration"] == str(decimal(1_950, "USD"))

    text = as_csv(world.database.read(lambda c: list(us1099_rows(c, found, 2026))))
    [bill] = csv.DictReader(io.StringIO(text))
    assert tuple(bill) == US_HEAD
    assert (bill["handle"], bill["gross"], bill["reportable"]) == ("bill", "2100.00", "yes")
    assert dict(US_FROM_MINOR)[2026] == 200_000


def test_below_the_sum_of_its_year_a_form_1099_is_not_due(open_world: Open, clock: HeldClock) -> None:
    world = open_world(**LARGE)
    world.creator()
    form = msgspec.convert(FORM | {"country": "US", "tin": "536904399", "tin_country": "US"}, TaxForm)
    world.write(lambda c: world.part.tax.put(c, "bob", form))
    for amount, currency in ((70_000, "USD"), (1_000, "EUR")):
        world.approved(amount, currency=currency)
    world.round()
    found = world.database.read(lambda c: list(figures_of(c, 2023, world.money.rates, clock)))

    def due(year: int) -> dict[str, str]:
        text = as_csv(world.database.read(lambda c: list(us1099_rows(c, found, year))))
        return {row["currency"]: row["reportable"] for row in csv.DictReader(io.StringIO(text))}

    assert due(2023) == {"USD": "yes", "EUR": "convert"}
    assert due(2026) == {"USD": "no", "EUR": "convert"}
    assert due(2019)["USD"] == "yes"


def test_a_file_is_for_its_owner_only_and_never_half(tmp_path: Path) -> None:
    file = tmp_path / "dac7.csv"
    write_privately(file, ["a\n"])
    assert file.read_text() == "a\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["dac7.csv"]


@pytest.mark.parametrize("laid", ["file", "link"])
def test_nobody_can_lay_a_file_there_to_read_it(tmp_path: Path, laid: str) -> None:
    file, part, theirs = tmp_path / "dac7.csv", tmp_path / "dac7.csv.part", tmp_path / "theirs"
    theirs.touch(0o644)
    part.symlink_to(theirs) if laid == "link" else part.touch(0o644)
    write_privately(file, ["a\n"])
    assert file.stat().st_mode & 0o777 == 0o600
    assert (file.is_symlink(), file.read_text(), theirs.read_text()) == (False, "a\n", "")
