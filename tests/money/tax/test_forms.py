"""Tax details: whole or refused, never changed, and waited for by payouts from a sum on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from core.errors import InvalidRequest
from core.settings import Settings, SettingsError
from money.earnings import DAY_MS
from money.errors import BadTaxNumber, InvalidVatNumber, PayoutWaits
from money.tables import tax_details
from money.tax.forms import LINE_CHARS_MAX, TaxForm, TaxForms, newest_details
from money.tax.lacking import Payees
from tests.money.conftest import HeldClock, brief
from tests.money.payouts.conftest import Open, World
from tests.money.tax.conftest import FORM


def form(**changes: Any) -> TaxForm:
    return msgspec.convert(FORM | changes, TaxForm)


def put(world: World, person: str = "bob", **changes: Any) -> None:
    world.write(lambda c: world.part.tax.put(c, person, form(**changes)))


def test_details_are_shown_to_their_owner_without_their_numbers(world: World) -> None:
    put(world, vat_number="FR40303265045")
    status = world.database.read(lambda c: world.part.tax.status(c, "bob"))
    assert status.details is not None
    assert (status.details.name, status.details.tin, status.details.vat_number) == ("Zoé Martin", "••• 053", "••• 045")
    assert (status.needed, status.from_minor) == (False, None)
    assert b"3023217600053" not in msgspec.json.encode(status)


def test_new_details_are_another_row_and_the_same_ones_are_none(world: World) -> None:
    put(world)
    put(world)
    put(world, city="Lyon")
    assert world.database.read(lambda c: c.execute(select(func.count()).select_from(tax_details)).scalar_one()) == 2
    details = world.database.read(lambda c: newest_details(c, ["bob", "carl"]))
    assert {person: one.city for person, one in details.items()} == {"bob": "Lyon"}


@pytest.mark.parametrize(
    "changes",
    [
        {"name": " "}, {"street": ""}, {"city": "\u202e"}, {"name": "x" * (LINE_CHARS_MAX + 1)}, {"country": "fr"},
        {"country": "F1"}, {"tin_country": ""}, {"tin": ""}, {"tin": "", "birthplace": "Paris", "kind": "business"},
        {"tin": "", "birthplace": "Reno", "country": "US"}, {"confirmed": False}, {"tin_country": "f"},
    ],
)  # fmt: skip
def test_details_that_are_not_whole_are_refused(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        put(world, **changes)


def test_numbers_with_a_mistake_are_refused(world: World) -> None:
    with pytest.raises(BadTaxNumber):
        put(world, tin="3023217600054")
    with pytest.raises(InvalidVatNumber):
        put(world, vat_number="DE136695977")
    assert world.database.read(lambda c: world.part.tax.of(c, "bob")) is None


def test_who_has_no_number_says_where_they_were_born(world: World) -> None:
    put(world, tin="", birthplace="Brest")
    details = world.database.read(lambda c: world.part.tax.of(c, "bob"))
    assert details is not None
    assert (details.tin, details.tin_country, details.birthplace) == ("", "", "Brest")


def test_a_business_has_a_register_number_and_no_birthplace(world: World) -> None:
    put(world, kind="business", tin="552008443", register_number="RCS Paris 552 008 443", birthplace="Brest")
    details = world.database.read(lambda c: world.part.tax.of(c, "bob"))
    assert details is not None
    assert (details.register_number, details.birthplace) == ("RCS Paris 552 008 443", "")


def test_a_payout_waits_for_the_details_and_goes_on_with_them(open_world: Open) -> None:
    world = open_world(tax_form="0")
    world.creator()
    payout = world.ask(2_000)
    assert (payout.state, payout.reason) == ("requested", "tax_details")
    with pytest.raises(PayoutWaits):
        world.approve(payout)
    world.round()
    assert world.see(payout).state == "requested"
    payees = Payees(brief)
    page = world.database.read(lambda c: payees.page(c, 2023, complete=False, cursor="", limit=10))
    assert [(one.id, one.country, one.waiting) for one in page.items] == [("bob", "FR", True)]
    put(world)
    world.round()
    assert world.see(payout).state == "checked"
    world.approve(payout)
    world.round()
    assert world.see(payout).state == "paid"
    page = world.database.read(lambda c: payees.page(c, 2023, complete=True, cursor="", limit=10))
    assert [(one.id, one.complete, one.waiting) for one in page.items] == [("bob", True, False)]


def test_only_from_the_sum_of_a_year_and_currency_on(open_world: Open, clock: HeldClock) -> None:
    world = open_world(tax_form="5000")
    world.creator()
    assert world.ask(2_000).state == "checked"
    assert world.ask(2_000, currency="EUR").state == "checked"
    cancelled = world.ask(2_999)
    assert cancelled.state == "checked"
    third = world.ask(1_000)
    assert (third.state, third.reason) == ("requested", "tax_details")
    world.write(lambda c: world.part.payouts.cancel(c, "bob", cancelled.id))
    world.round()
    assert world.see(third).state == "checked", "what was taken back does not count"
    clock.now += 60 * DAY_MS
    assert world.ask(4_999).state == "checked", "another year"


def test_who_is_paid_or_waits_is_listed_page_by_page(open_world: Open) -> None:
    world = open_world()
    for number in range(3):
        world.creator(f"p{number}")
        world.approved(1_000, f"p{number}")
    world.round()
    payees = Payees(brief)
    first = world.database.read(lambda c: payees.page(c, 2023, complete=False, cursor="", limit=2))
    assert ([one.id for one in first.items], first.next) == (["p0", "p1"], "p1")
    rest = world.database.read(lambda c: payees.page(c, 2023, complete=False, cursor="p1", limit=2))
    assert ([one.id for one in rest.items], rest.next) == (["p2"], None)
    assert world.database.read(lambda c: payees.page(c, 2022, complete=False, cursor="", limit=2)).items == []


@pytest.mark.parametrize(
    ("given", "production", "expected"),
    [("", False, None), ("", True, 0), ("never", True, None), ("200000", False, 200_000), ("0", False, 0)],
)
def test_in_production_all_payouts_wait_unless_it_is_set(
    given: str, production: bool, expected: int | None, tmp_path: Path
) -> None:
    more: dict[str, Any] = {"env": "production", "demo": False, "payments": "stripe"} if production else {}
    more |= {"stripe_secret_key": "k", "stripe_webhook_secret": "s"} if production else {}
    assert Settings(data_dir=tmp_path, tax_form=given, **more).tax_form_from == expected


@pytest.mark.parametrize("given", ["-1", "1.5", "always", "1" * 13, "１"])
def test_a_sum_that_is_none_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CADEAU_TAX_FORM"):
        Settings(data_dir=tmp_path, tax_form=given)


def test_needed_is_asked_for_everybody(world: World, clock: HeldClock) -> None:
    """Without the setting nobody is asked; with it, even somebody without payouts knows before they ask for one."""
    assert not world.database.read(lambda c: TaxForms(clock, None).needed(c, "eve"))
    assert world.database.read(lambda c: TaxForms(clock, 0).needed(c, "eve"))
    assert not world.database.read(lambda c: TaxForms(clock, 1).needed(c, "eve"))
