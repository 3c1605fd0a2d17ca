"""Whoever may be paid can ask for it, once; whoever may not is told why; taking it back gives everything back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from core.database import Database
from core.errors import IdempotencyKeyReused, NotFound, Refusal
from core.settings import Settings, SettingsError
from money import part as money_part
from money.earnings import DAY_MS, RELEASE_GRACE_MS
from money.errors import (
    CurrencyNotPaid,
    DebtOutstanding,
    IdentityNotVerified,
    InsufficientEarnings,
    NoDestination,
    PayoutNotOpen,
    PayoutTooSmall,
    TooManyPayouts,
)
from money.gifts import GiftOrder
from money.ledger.accounts import REDEEMED, cash, cost, in_transit
from money.payouts.payouts import OPEN_PAYOUTS_MAX
from money.tables import accounts
from tests.coins import add_coins
from tests.cores import core_over
from tests.money.conftest import START, brief
from tests.money.payouts.conftest import SETTINGS, Open, World


def balances(world: World) -> dict[tuple[str, str], int]:
    rows = world.database.read(lambda c: c.execute(select(accounts.c.kind, accounts.c.unit, accounts.c.balance)).all())
    return {(kind, unit): balance for kind, unit, balance in rows}


def test_a_request_reserves_coins_and_money(world: World) -> None:
    world.creator(coins=5_000)
    payout = world.ask(2_000)
    assert (payout.state, payout.amount_minor, payout.fee_minor, payout.coins) == ("checked", 2_000, 50, 4_000)
    assert world.payable() == 1_000
    held = balances(world)
    assert held[REDEEMED.kind, "coins"] == 4_000
    assert held[in_transit("bob", "USD").kind, "USD"] == 1_950
    assert held[cash("USD").kind, "USD"] == 50
    assert held[cost("USD").kind, "USD"] == -2_000


def test_coins_are_rounded_up_so_that_nothing_is_paid_twice(open_world: Open) -> None:
    world = open_world(coin_rates="USD=501")
    world.creator(coins=10_000)
    assert world.ask(2_000).coins == 3_993  # 3,992.02


def test_a_repeated_key_is_one_payout_and_another_request_is_refused(world: World) -> None:
    world.creator()
    first = world.ask(2_000, key="k")
    world.approve(first)
    assert world.ask(2_000, key="k").id == first.id
    assert world.payable() == 996_000
    with pytest.raises(IdempotencyKeyReused):
        world.ask(3_000, key="k")


def test_parallel_requests_with_one_key_are_one_payout(world: World) -> None:
    world.creator()
    with ThreadPoolExecutor(8) as people:
        made = list(people.map(lambda _: world.ask(2_000, key="same").id, range(8)))
    assert len(set(made)) == 1
    assert world.payable() == 996_000


def test_parallel_requests_cannot_spend_the_same_coins(world: World) -> None:
    world.creator(coins=4_000)

    def ask(_: int) -> bool:
        try:
            world.ask(2_000)
        except InsufficientEarnings:
            return False
        return True

    with ThreadPoolExecutor(8) as people:
        assert sum(people.map(ask, range(8))) == 1
    assert world.payable() == 0


def test_earnings_whose_hold_has_ended_are_payable_before_anything_swept_them(world: World) -> None:
    world.creator(coins=1_000)
    world.database.write(lambda c: add_coins(c, "ada", 20_000, "g"))
    order = GiftOrder("k", "ada", "bob", "castle", 1, "room", START)
    world.database.write(lambda c: world.money.gifts.give(c, [order]))
    midnight = (START // DAY_MS + 1) * DAY_MS
    world.clock.now = midnight + 7 * DAY_MS + RELEASE_GRACE_MS - 1
    with pytest.raises(InsufficientEarnings):
        world.ask(3_000)
    world.clock.now += 1
    assert world.ask(3_000).coins == 6_000
    assert world.payable() == 0


@pytest.mark.parametrize("state", ["none", "started", "rejected"])
def test_only_who_is_verified_can_ask(world: World, state: str) -> None:
    world.creator()
    if state != "none":
        world.judge("bob", state)
    with pytest.raises(IdentityNotVerified):
        world.ask(person="bob" if state != "none" else "eve")


def test_who_is_restricted_can_ask_and_waits_with_the_reason_and_a_date(world: World) -> None:
    world.creator()
    world.judge("bob", "restricted", "papers", until=START + DAY_MS)
    payout = world.ask()
    assert (payout.state, payout.reason, payout.waits_until) == (
        "requested", "identity_restricted", START + DAY_MS,
    )  # fmt: skip
    world.round()
    assert world.see(payout).state == "requested"
    world.judge("bob", "verified")
    world.round()
    assert (world.see(payout).state, world.see(payout).reason) == ("checked", "")


def test_who_is_rejected_meanwhile_gets_everything_back(world: World) -> None:
    world.creator()
    world.judge("bob", "restricted")
    payout = world.ask()
    world.judge("bob", "rejected")
    world.round()
    assert (world.see(payout).state, world.see(payout).reason) == ("cancelled", "identity_rejected")
    assert world.payable() == 1_000_000


def test_debt_blocks_payouts(world: World) -> None:
    world.creator()
    world.owe("bob", 1)
    with pytest.raises(DebtOutstanding):
        world.ask()


@pytest.mark.parametrize("stage", ["requested", "approved"])
def test_a_dispute_that_overtakes_a_payout_is_paid_from_it(world: World, stage: str) -> None:
    world.creator(coins=4_000)
    if stage == "requested":
        world.judge("bob", "restricted")
    payout = world.ask(2_000)
    if stage == "approved":
        world.approve(payout)
    world.owe("bob", 1_500)
    world.round()
    assert (world.see(payout).state, world.see(payout).reason) == ("cancelled", "debt")
    assert world.payable() == 2_500
    assert balances(world)["debt", "coins"] == 0


@pytest.mark.parametrize(
    ("amount", "currency", "refusal"),
    [
        (999, "USD", PayoutTooSmall),
        (2_000, "XXX", CurrencyNotPaid),
        (2_000, "usd", CurrencyNotPaid),
        (100_000_000, "USD", InsufficientEarnings),
    ],
)
def test_impossible_amounts_are_refused_and_reserve_nothing(
    world: World, amount: int, currency: str, refusal: type[Refusal]
) -> None:
    world.creator()
    with pytest.raises(refusal):
        world.ask(amount, currency=currency)
    assert world.payable() == 1_000_000
    assert world.database.read(lambda c: world.part.payouts.page(c, "bob", "", 10)).items == []


def test_without_bank_details_nothing_can_be_asked_for(world: World) -> None:
    world.part.people.start("eve", "Eve", "FR")
    with pytest.raises(NoDestination):
        world.ask(person="eve")


def test_a_person_has_only_so_many_open_payouts(world: World) -> None:
    world.creator()
    for _ in range(OPEN_PAYOUTS_MAX):
        last = world.ask()
    with pytest.raises(TooManyPayouts):
        world.ask()
    world.write(lambda c: world.part.payouts.cancel(c, "bob", last.id))
    world.ask()


@pytest.mark.parametrize("approved", [False, True])
def test_a_payout_that_is_not_sent_can_be_taken_back(world: World, approved: bool) -> None:
    world.creator()
    payout = world.ask()
    if approved:
        world.approve(payout)
    for _ in range(2):
        assert world.write(lambda c: world.part.payouts.cancel(c, "bob", payout.id)).state == "cancelled"
    assert world.payable() == 1_000_000
    world.round()
    assert world.see(payout).state == "cancelled"


def test_nobody_takes_back_what_is_sent_or_somebody_elses(world: World) -> None:
    world.creator()
    payout = world.approved()
    with pytest.raises(NotFound):
        world.write(lambda c: world.part.payouts.cancel(c, "eve", payout.id))
    world.round()
    with pytest.raises(PayoutNotOpen):
        world.write(lambda c: world.part.payouts.cancel(c, "bob", payout.id))
    assert world.see(payout).state == "paid"


def test_payouts_are_listed_newest_first_with_their_steps(world: World) -> None:
    world.creator()
    made = [world.ask().id for _ in range(3)]
    first = world.database.read(lambda c: world.part.payouts.page(c, "bob", "", 2))
    assert [one.id for one in first.items] == made[:0:-1]
    assert [step.state for step in first.items[0].steps] == ["requested", "checked"]
    rest = world.database.read(lambda c: world.part.payouts.page(c, "bob", first.next or "", 2))
    assert ([one.id for one in rest.items], rest.next) == (made[:1], None)


def test_the_statement_shows_a_payout_and_its_return(world: World) -> None:
    world.creator(coins=5_000)
    payout = world.ask(2_000)
    world.write(lambda c: world.part.payouts.cancel(c, "bob", payout.id))
    for kind, amount in (("payout", -4_000), ("payout_back", 4_000)):
        [line] = world.database.read(lambda c: world.money.wallets.statement(c, "bob", kind, "", 9)).items  # type: ignore[arg-type]  # noqa: B023
        assert (line.kind, line.account, line.amount) == (kind, "payable", amount)


@pytest.mark.parametrize(
    "given",
    [
        {"payout_terms": "USD=50:50"}, {"payout_terms": "USD"}, {"payout_terms": "usd=1:0"}, {"coin_rates": "USD=0"},
        {"coin_rates": "USD=1.5"}, {"coin_rates": "USD=5000"}, {"coin_rates": "CHF=400"}, {"exchange_rates": "EUR=0"},
        {"exchange_rates": "EUR=1/0"}, {"payouts": "sepa", "sepa_iban": "DE00"},
    ],
)  # fmt: skip
def test_settings_that_make_no_sense_keep_the_server_from_starting(
    database: Database, tmp_path: Path, given: dict[str, str]
) -> None:
    settings = Settings(data_dir=tmp_path, **{**SETTINGS, **given})
    with pytest.raises(SettingsError, match="CADEAU_"):
        money_part.open(core_over(database, tmp_path, settings=settings), brief=brief)
