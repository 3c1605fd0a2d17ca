"""Stripe Connect: one transfer whatever happens on the way, and its events are hints that are looked up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.errors import InvalidRequest
from money.errors import BadDestination, BadSignature
from money.payouts.sending import RETRY_MS, SILENCE_MS
from money.payouts.states import Payout
from money.providers.stripe import Stripe
from money.reconciliation.differences import Differences
from money.reconciliation.reconciliation import LAG_MS, Reconciliation
from tests.money.payouts.conftest import Open, World
from tests.money.payouts.connect_server import (
    EVENTS_SECRET,
    SECRET_KEY,
    ConnectServer,
    connect_server,
    event,
    signature,
)


@pytest.fixture(scope="module")
def running() -> Iterator[ConnectServer]:
    with connect_server() as server:
        yield server


@pytest.fixture
def stripe(running: ConnectServer) -> ConnectServer:
    running.__init__(running.url)  # type: ignore[misc]
    return running


@pytest.fixture
def world(open_world: Open, stripe: ConnectServer) -> World:
    return open_world(
        payouts="stripe", stripe_secret_key=SECRET_KEY, stripe_connect_webhook_secret=EVENTS_SECRET,
        stripe_api_url=stripe.url,
    )  # fmt: skip


def verified(world: World, stripe: ConnectServer, person: str = "bob") -> str:
    """Somebody who has proved at Stripe who they are, and has earnings."""
    started = world.part.people.start(person, "Bob Marley", "FR")
    account = world.database.read(lambda c: world.part.identities.of(c, person)).account
    assert account is not None
    assert (started.state, started.url) == ("started", f"https://connect.stripe.example/{account}")
    stripe.accounts[account]["status"] = "active"
    tell(world, related_object={"id": account, "type": "v2.core.account"})
    world.earn(person, 100_000)
    return account


def tell(world: World, **content: object) -> None:
    body, signed = event(world.clock.now, type="x", **content)
    world.part.people.event(body, signed)


def told_of(world: World, transfer: str) -> None:
    tell(world, data={"object": {"id": transfer, "object": "transfer"}})


def approved(world: World, stripe: ConnectServer) -> Payout:
    verified(world, stripe)
    return world.approved()


def test_who_stripe_verifies_is_paid_by_one_transfer(world: World, stripe: ConnectServer) -> None:
    account = verified(world, stripe)
    assert stripe.accounts[account]["told"]["configuration"] == {
        "recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}
    }
    payout = world.approved()
    world.round()
    [transfer] = stripe.transfers.values()
    assert (transfer["amount"], transfer["destination"], transfer["metadata"]["payout"]) == (1_950, account, payout.id)
    assert (world.see(payout).state, world.see(payout).ref) == ("paid", transfer["id"])


def test_starting_again_is_the_same_account(world: World, stripe: ConnectServer) -> None:
    for _ in range(2):
        world.part.people.start("bob", "Bob Marley", "FR")
    assert list(stripe.accounts) == ["acct_0"]


def test_nobody_types_an_account(world: World, stripe: ConnectServer) -> None:
    with pytest.raises(BadDestination):
        world.write(lambda c: world.part.people.set_destination(c, "eve", "stripe", {"account": "acct_0"}))


@pytest.mark.parametrize("trouble", ["lost", "unheard", 500, 503, 409])
def test_after_any_silence_there_is_one_transfer(world: World, stripe: ConnectServer, trouble: int | str) -> None:
    payout = approved(world, stripe)
    stripe.trouble = [trouble]
    world.round()
    assert world.see(payout).state == "sent"
    world.round(SILENCE_MS)
    assert world.see(payout).state == "paid"
    assert len(stripe.transfers) == 1


@pytest.mark.parametrize("trouble", [401, 403, 429])
def test_what_is_not_the_payouts_fault_is_tried_again(world: World, stripe: ConnectServer, trouble: int) -> None:
    payout = approved(world, stripe)
    stripe.trouble = [trouble]
    world.round()
    assert world.see(payout).answer == "refused"
    world.round(RETRY_MS)
    assert (world.see(payout).state, world.see(payout).attempt) == ("paid", 2)


def test_a_refused_transfer_gives_the_money_back(world: World, stripe: ConnectServer) -> None:
    payout = approved(world, stripe)
    stripe.trouble = [400]
    world.round()
    assert (world.see(payout).state, world.see(payout).reason) == ("failed", "account_invalid")
    assert world.payable() == 100_000


@pytest.mark.parametrize("balance", [-5, 1_949])
def test_stripe_is_not_asked_for_more_than_it_has(world: World, stripe: ConnectServer, balance: int) -> None:
    payout = approved(world, stripe)
    stripe.balance = balance
    world.round()
    assert (world.see(payout).state, world.see(payout).reason) == ("approved", "provider_balance")
    assert ("POST", "/v1/transfers") not in stripe.requests


def test_a_reversal_comes_back_however_often_and_early_it_is_told(world: World, stripe: ConnectServer) -> None:
    payout = approved(world, stripe)
    stripe.trouble = ["unheard"]
    world.round()
    told_of(world, "tr_0")  # before we knew ourselves
    assert world.see(payout).state == "paid"
    stripe.transfers["tr_0"]["reversed"] = True
    for _ in range(2):
        told_of(world, "tr_0")
    assert (world.see(payout).state, world.see(payout).reason) == ("returned", "reversed")
    stripe.transfers["tr_0"]["reversed"] = False
    told_of(world, "tr_0")
    assert world.see(payout).state == "returned"
    assert world.payable() == 100_000


def test_a_part_that_is_reversed_gives_its_share_of_the_coins_back(world: World, stripe: ConnectServer) -> None:
    payout = approved(world, stripe)
    world.round()
    left = world.payable()
    told = [(400, 400), (500, 900), (0, 900), (1_050, 1_950)]  # of 1,950 cents: taken back, and altogether
    for amount, together in told:
        if amount:
            stripe.reverse("tr_0", amount)
        for _ in range(2):
            told_of(world, "tr_0")
        now = world.see(payout)
        if together < 1_950:
            assert (now.state, now.reason, now.returned_minor) == ("paid", "partly_reversed", together)
            assert world.payable() - left == now.returned_coins == payout.coins * together // payout.amount_minor
        else:
            assert (now.state, now.reason) == ("returned", "reversed")
            assert world.payable() - left == payout.coins
        assert world.database.read(world.money.verify) == []


def test_a_part_reversed_before_we_knew_of_the_transfer_is_taken_down_with_it(
    world: World, stripe: ConnectServer
) -> None:
    payout = approved(world, stripe)
    stripe.trouble = ["unheard"]
    world.round()
    stripe.reverse("tr_0", 950)
    world.round(SILENCE_MS)
    now = world.see(payout)
    assert (now.state, now.returned_minor) == ("paid", 950)
    stripe.transfers["tr_0"]["amount_reversed"] = 100  # an answer that is older than what we know
    told_of(world, "tr_0")
    assert world.see(payout).returned_minor == 950


def test_a_part_that_comes_back_pays_a_debt_first(world: World, stripe: ConnectServer) -> None:
    payout = approved(world, stripe)
    world.round()
    left = world.payable()
    world.owe("bob", 500)
    stripe.reverse("tr_0", 400)  # a fifth of 4,000 coins
    told_of(world, "tr_0")
    assert world.see(payout).returned_coins == 800
    assert world.payable() - left == 300


def test_the_daily_reconciliation_knows_transfers_and_their_reversals(world: World, stripe: ConnectServer) -> None:
    payments = Stripe(
        secret_key=SECRET_KEY, webhook_secret="x", api_url=stripe.url, site_url="", clock=world.clock
    )  # fmt: skip
    differences = Differences(world.clock)
    reconciliation = Reconciliation(world.database, world.clock, world.money.ledger, payments, differences)

    def reconcile() -> list[tuple[str, str]]:
        world.clock.now += 2 * LAG_MS
        reconciliation.run()
        noted = world.database.read(lambda c: differences.page(c, settled=False, cursor="", limit=9)).items
        return [(one.kind, one.ref) for one in noted]

    approved(world, stripe)
    world.round()
    stripe.reverse("tr_0", 400)
    told_of(world, "tr_0")
    assert reconcile() == []
    stripe._move("transfer", -70)
    assert reconcile() == [("unknown_here", "txn_2")], "a transfer that is not of ours"
    del stripe.moved[0]
    assert reconcile() == [("unknown_there", "txn_0"), ("unknown_here", "txn_2")]
    payments.close()


def test_a_transfer_that_is_not_ours_or_not_as_asked_settles_nothing(world: World, stripe: ConnectServer) -> None:
    payout = approved(world, stripe)
    stripe.trouble = ["unheard"]
    world.round()
    told_of(world, "tr_404")
    tell(world, data={"object": {"id": "../accounts", "object": "transfer"}})
    tell(world, data={"object": {"id": "tr_0", "object": "charge"}})
    stripe.transfers["tr_0"]["amount"] += 1
    with pytest.raises(Exception, match="not the one"):
        told_of(world, "tr_0")
    assert world.see(payout).state == "sent"


def test_a_restriction_at_stripe_stops_payouts_with_reason_and_date(world: World, stripe: ConnectServer) -> None:
    account = verified(world, stripe)
    stripe.accounts[account]["status"] = "restricted"
    tell(world, related_object={"id": account, "type": "v2.core.account"})
    payout = world.ask()
    assert (payout.state, payout.reason, payout.waits_until) == ("requested", "identity_restricted", 1_701_388_800_000)


def test_stripe_does_not_lift_a_rejection(world: World, stripe: ConnectServer) -> None:
    account = verified(world, stripe)
    world.judge("bob", "rejected")
    tell(world, related_object={"id": account, "type": "v2.core.account"})
    assert world.database.read(lambda c: world.part.identities.of(c, "bob")).state == "rejected"


def test_forged_old_and_broken_events_are_refused(world: World, stripe: ConnectServer) -> None:
    body, signed = event(world.clock.now, type="x")
    for forged in (
        "",
        "t=1",
        signed[:-1],
        signature(body, world.clock.now, "another secret"),
        signed.replace("v1", "v0"),
    ):
        with pytest.raises(BadSignature):
            world.part.people.event(body, forged)
    with pytest.raises(BadSignature, match="old"):
        world.part.people.event(*event(world.clock.now - 400_000, type="x"))
    with pytest.raises(InvalidRequest):
        world.part.people.event(b"[]", signature(b"[]", world.clock.now))


def test_what_an_admin_restricts_is_not_lifted_by_whoever_starts_again(world: World, stripe: ConnectServer) -> None:
    account = verified(world, stripe)
    world.judge("bob", "restricted", "we look into it")
    assert world.part.people.start("bob", "Bob Marley", "FR").state == "restricted"
    tell(world, related_object={"id": account, "type": "v2.core.account"})
    payout = world.ask()
    assert (payout.state, payout.reason) == ("requested", "identity_restricted")
    world.judge("bob", "verified")
    world.round()
    assert world.see(payout).state == "checked"
