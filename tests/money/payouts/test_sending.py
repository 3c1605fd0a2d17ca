"""Exactly one payment: whatever is silent, refused, repeated, out of order, or does not reach far enough."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from money.payouts.rails import Accepted, Paid, Refused
from money.payouts.rails.rail import Returned
from money.payouts.sending import ATTEMPTS_MAX, RETRY_MS, SILENCE_MS
from money.providers import Movement
from money.tables import movements, payout_steps
from tests.money.payouts.conftest import IBAN, OTHER_IBAN, Told, World


def steps(world: World, payout: str) -> list[str]:
    of = select(payout_steps.c.state).where(payout_steps.c.payout == payout).order_by(payout_steps.c.at)
    return list(world.database.read(lambda c: c.execute(of).scalars().all()))


def test_an_approved_payout_is_sent_and_paid(world: World, told: Told) -> None:
    world.creator()
    payout = world.approved()
    world.round()
    world.round(SILENCE_MS)
    assert told.calls == ["send 1"]
    assert [(one.amount_minor, one.destination["iban"]) for one in told.paid.values()] == [(1_950, IBAN)]
    assert world.see(payout).state == "paid"
    assert set(steps(world, payout.id)) == {"requested", "checked", "approved", "sent", "paid"}


@pytest.mark.parametrize("silence", ["before", "after"])
def test_after_silence_we_ask_before_we_try_again(world: World, told: Told, silence: str) -> None:
    world.creator()
    payout = world.approved()
    told.plan = [silence]
    world.round()
    world.round(SILENCE_MS - 1)
    assert (world.see(payout).state, told.calls) == ("sent", ["send 1"]), "it may still be under way"
    world.round(1)
    assert world.see(payout).state == "paid"
    assert told.calls == (["send 1", "ask 1", "send 1"] if silence == "before" else ["send 1", "ask 1"])
    assert len(told.paid) == 1


def test_a_rail_that_does_not_even_answer_questions_is_not_sent_anything(world: World, told: Told) -> None:
    world.creator()
    payout = world.approved()
    told.plan = ["after", "deaf", "deaf"]
    for _ in range(3):
        world.round(SILENCE_MS)
    assert told.calls == ["send 1", "ask 1", "ask 1"]
    world.round(SILENCE_MS)
    assert (world.see(payout).state, len(told.paid)) == ("paid", 1)


def test_a_new_attempt_follows_only_a_certain_refusal(world: World, told: Told) -> None:
    world.creator()
    payout = world.approved()
    told.plan = [Refused("balance_insufficient", again=True)]
    world.round()
    assert (world.see(payout).state, world.see(payout).answer) == ("sent", "refused")
    world.round(RETRY_MS - 1)
    assert told.calls == ["send 1"]
    world.round(1)
    assert told.calls == ["send 1", "send 2"]
    assert (world.see(payout).state, list(told.paid)) == ("paid", [f"{payout.id}-2"])


def test_after_so_many_refusals_it_has_failed(world: World, told: Told) -> None:
    world.creator()
    payout = world.approved()
    told.plan = [Refused("not now", again=True)] * (ATTEMPTS_MAX + 1)
    for _ in range(ATTEMPTS_MAX + 1):
        world.round(RETRY_MS)
    assert (world.see(payout).state, world.see(payout).reason, len(told.calls)) == ("failed", "not now", ATTEMPTS_MAX)
    assert world.payable() == 1_000_000


def test_a_final_refusal_gives_everything_back(world: World, told: Told) -> None:
    world.creator()
    payout = world.approved()
    told.plan = [Refused("account_closed")]
    world.round()
    assert (world.see(payout).state, world.see(payout).reason) == ("failed", "account_closed")
    assert world.payable() == 1_000_000


def test_a_return_after_a_hundred_days_goes_to_the_person(world: World) -> None:
    world.creator()
    payout = world.approved()
    world.round()
    world.clock.now += 100 * 86_400_000
    for _ in range(2):
        world.write(lambda c: world.part.sending.record(c, payout.id, Returned("r", "closed"), 1))
    assert (world.see(payout).state, world.see(payout).reason) == ("returned", "closed")
    assert world.payable() == 1_000_000


def test_what_comes_back_pays_a_debt_first(world: World) -> None:
    world.creator(coins=4_000)
    payout = world.approved()
    world.round()
    world.owe("bob", 1_000)
    world.write(lambda c: world.part.sending.record(c, payout.id, Returned("r", "closed"), 1))
    assert world.payable() == 3_000


def test_answers_that_are_late_or_out_of_order_change_nothing(world: World, told: Told) -> None:
    world.creator()
    payout = world.approved()
    told.plan = [Refused("later", again=True)]
    world.round()
    world.round(RETRY_MS)
    for late in (Refused("a", again=True), Refused("b"), Accepted("c"), Paid("d")):
        world.write(lambda c: world.part.sending.record(c, payout.id, late, 1))  # noqa: B023
    assert (world.see(payout).state, world.see(payout).reason) == ("paid", "")
    world.write(lambda c: world.part.sending.record(c, payout.id, Returned("r", "x"), 1))
    for later in (Refused("b"), Paid("d"), Returned("r", "y")):
        world.write(lambda c: world.part.sending.record(c, payout.id, later, 2))  # noqa: B023
    assert (world.see(payout).state, world.see(payout).reason) == ("returned", "x")


def test_never_more_than_the_provider_can_move(world: World, told: Told) -> None:
    world.creator("bob")
    world.creator("tom", iban=OTHER_IBAN)
    payouts = [world.approved(2_000, who) for who in ("bob", "tom")]
    told.funds = 2_000
    world.round()
    assert [world.see(one).state for one in payouts] == ["paid", "approved"]
    assert world.see(payouts[1]).reason == "provider_balance"


def test_a_negative_balance_at_the_provider_is_skipped_and_said(world: World, told: Told) -> None:
    world.creator()
    payout = world.approved()
    told.funds = -1
    world.round()
    assert (told.calls, world.see(payout).reason) == ([], "provider_balance")
    told.funds = 10_000
    world.round()
    assert (world.see(payout).state, world.see(payout).reason) == ("paid", "")


def test_somebody_restricted_after_the_approval_waits(world: World, told: Told) -> None:
    world.creator()
    payout = world.approved()
    world.judge("bob", "restricted", "papers", until=5)
    world.round()
    assert (told.calls, world.see(payout).reason) == ([], "identity_restricted")
    world.judge("bob", "verified")
    world.round()
    assert world.see(payout).state == "paid"


def test_two_nodes_in_the_same_round_send_once(world: World, told: Told) -> None:
    world.creator()
    payout = world.approved()
    seen = list(world.part.sending._waiting("approved"))
    for one in seen * 3:
        world.part.sending._attempt(told, one)
    assert told.calls == ["send 1"]
    assert world.see(payout).state == "paid"


def test_payouts_that_have_to_wait_keep_no_others_waiting(
    world: World, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("money.payouts.sending.PAGE_ROWS", 2)
    waiting = [world.creator(f"waits{n}") for n in range(5)]
    requested = [world.ask(person=who) for who in waiting[:3]]
    approved = [world.approved(person=who) for who in waiting[3:]]
    for who in waiting:
        world.judge(who, "restricted")
    world.creator("zoe")
    last = world.approved(person="zoe")
    world.round()
    assert [world.see(one).state for one in requested] == ["checked"] * 3
    assert [world.see(one).state for one in approved] == ["approved"] * 2
    assert world.see(last).state == "paid"
    assert [one.payout for one in told.paid.values()] == [last.id]


def test_a_transfer_for_a_payout_that_failed_is_left_for_the_reconciliation_to_find(world: World) -> None:
    world.creator()
    payout = world.approved()
    world.write(lambda c: world.part.sending._begin(c, payout))
    world.write(lambda c: world.part.sending.record(c, payout.id, Refused("no"), 1))
    moved = Movement("txn_1", "payout", -1_950, 0, "USD", world.clock.now)
    world.write(lambda c: world.part.sending.record(c, payout.id, Paid("tr_1", 0, [moved]), 1))
    assert world.see(payout).state == "failed"
    assert world.database.read(lambda c: c.execute(select(movements.c.ref)).all()) == []
