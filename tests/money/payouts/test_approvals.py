"""Admins approve: never their own, above a limit two of them, and only so much a day however it is split."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from core.errors import NotFound
from money.earnings import DAY_MS
from money.errors import AnotherAdminNeeded, PayoutCapReached, PayoutNotOpen, PayoutWaits
from money.payouts.terms import DESTINATION_WAIT_MS
from people.inbox.notices import Silence
from tests.money.payouts.conftest import IBAN, OTHER_IBAN, Open, World


def test_nobody_approves_their_own_payout(world: World) -> None:
    world.creator()
    with pytest.raises(AnotherAdminNeeded):
        world.approve(world.ask(), admin="bob")


def test_above_the_limit_a_second_admin_must_approve(world: World) -> None:
    world.creator()
    payout = world.approve(world.ask(50_001))
    assert (payout.state, payout.approved_by, payout.reason) == ("checked", "root", "second_admin")
    world.round()
    assert world.see(payout).state == "checked"
    with pytest.raises(AnotherAdminNeeded):
        world.approve(payout)
    payout = world.approve(payout, admin="other")
    assert (payout.state, payout.approved_by, payout.seconded_by) == ("approved", "root", "other")


def test_splitting_a_payout_does_not_evade_the_second_admin(world: World) -> None:
    world.creator()
    assert world.approve(world.ask(30_000)).state == "approved"
    assert world.approve(world.ask(20_000)).state == "approved"
    assert world.approve(world.ask(1_000)).state == "checked"
    world.clock.now += DAY_MS
    assert world.approve(world.ask(1_000)).state == "approved", "the next day counts anew"


def test_two_people_with_one_account_count_as_one(world: World) -> None:
    world.creator("bob")
    world.creator("rob", iban=IBAN)
    world.creator("tom", iban=OTHER_IBAN)
    assert world.approve(world.ask(30_000, "bob")).state == "approved"
    assert world.approve(world.ask(30_000, "rob")).state == "checked"
    assert world.approve(world.ask(30_000, "tom")).state == "approved"


def test_no_more_than_the_days_cap_is_approved(open_world: Open) -> None:
    world = open_world(payout_person_day_minor=4_000, payout_day_minor=5_000)
    world.creator("bob")
    world.creator("tom", iban=OTHER_IBAN)
    world.approve(world.ask(2_000, "bob"))
    world.approve(world.ask(2_000, "bob"))
    more = world.ask(1_000, "bob")
    with pytest.raises(PayoutCapReached, match="person"):
        world.approve(more)
    world.approve(world.ask(1_000, "tom"))
    last = world.ask(1_000, "tom")
    with pytest.raises(PayoutCapReached):
        world.approve(last)
    world.clock.now += DAY_MS
    assert {world.approve(one).state for one in (more, last)} == {"approved"}


def test_parallel_approvals_cannot_pass_a_cap(open_world: Open) -> None:
    world = open_world(payout_day_minor=5_000)
    asked = [world.ask(2_000, world.creator(f"p{n}", iban=OTHER_IBAN if n else IBAN)).id for n in range(6)]

    def approve(name: str) -> bool:
        try:
            world.approve(name)
        except PayoutCapReached:
            return False
        return True

    with ThreadPoolExecutor(6) as admins:
        assert sum(admins.map(approve, asked)) == 2


def test_small_sums_need_no_admin_if_the_operator_says_so(open_world: Open) -> None:
    world = open_world(payout_auto_minor=3_000)
    world.creator()
    small, rest = world.ask(2_000), world.ask(2_000)
    world.round()
    assert world.see(small).state == "paid"
    assert world.see(rest).state == "checked", "together they are too much"


def test_changed_bank_details_wait_for_three_days_and_are_told_of(open_world: Open) -> None:
    told: list[tuple[str, str]] = []

    class Ears(Silence):
        def tell(self, connection: object, notices: object) -> None:
            told.extend((one.person, one.text) for one in notices)  # type: ignore[attr-defined]

    world = open_world()
    world.part.people._notices._inbox = Ears()
    world.creator()
    details = {"name": "Bob", "iban": OTHER_IBAN}
    for _ in range(2):  # the same again is no change
        world.write(lambda c: world.part.people.set_destination(c, "bob", "sandbox", details))
    assert told == [("bob", "destination")] * 2  # the first ones, and the changed ones
    payout = world.ask()
    assert (payout.state, payout.reason) == ("requested", "destination_waits")
    assert payout.waits_until == world.clock.now + DESTINATION_WAIT_MS
    with pytest.raises(PayoutWaits):
        world.approve(payout)
    world.clock.now += DESTINATION_WAIT_MS - 1
    world.round()
    assert world.see(payout).state == "requested"
    world.round(1)
    assert world.see(payout).state == "checked"
    assert world.approve(payout).destination == details


def test_the_destination_is_frozen_when_a_payout_is_approved(world: World) -> None:
    world.creator()
    payout = world.approved()
    details = {"name": "Eve", "iban": OTHER_IBAN}
    world.write(lambda c: world.part.people.set_destination(c, "bob", "sandbox", details))
    world.round()
    assert world.see(payout).destination == {"name": "Bob Marley", "iban": IBAN}
    assert world.see(payout).state == "paid"


def test_details_changed_between_request_and_approval_wait(world: World) -> None:
    world.creator()
    payout = world.ask()
    details = {"name": "Eve", "iban": OTHER_IBAN}
    world.write(lambda c: world.part.people.set_destination(c, "bob", "sandbox", details))
    with pytest.raises(PayoutWaits):
        world.approve(payout)


def test_a_person_is_told_of_a_payout_that_an_admin_or_a_debt_ended(open_world: Open) -> None:
    told: list[tuple[str, str]] = []

    class Ears(Silence):
        def tell(self, connection: object, notices: object) -> None:
            told.extend((one.person, one.text) for one in notices)  # type: ignore[attr-defined]

    world = open_world()
    world.creator()
    world.part.approvals._notices._inbox = Ears()
    asked = world.ask()
    world.write(lambda c: world.part.approvals.refuse(c, asked.id, "root", "looks odd"))
    asked = world.ask()
    world.owe("bob", 10)
    assert world.approve(asked).state == "cancelled"
    assert told == [("bob", "cancelled")] * 2


def test_payouts_that_were_taken_back_use_up_nothing_of_the_day(open_world: Open) -> None:
    """Otherwise whoever asks and cancels all day long keeps everybody else from being paid."""
    world = open_world(payout_day_minor=5_000, payouts="hand")
    world.creator("bob")
    world.creator("tom", iban=OTHER_IBAN)
    for _ in range(3):
        payout = world.approved(2_000)
        world.write(lambda c: world.part.payouts.cancel(c, "bob", payout.id))  # noqa: B023
    world.approved(2_000, "tom")
    world.approved(2_000, "tom")
    with pytest.raises(PayoutCapReached):
        world.approve(world.ask(2_000, "tom"))


def test_an_admin_can_refuse_with_a_reason(world: World) -> None:
    world.creator()
    asked = world.ask()
    payout = world.write(lambda c: world.part.approvals.refuse(c, asked.id, "root", "looks odd"))
    assert (payout.state, payout.reason) == ("cancelled", "looks odd")
    assert world.payable() == 1_000_000
    with pytest.raises(PayoutNotOpen):
        world.approve(payout)
    with pytest.raises(NotFound):
        world.approve("nonsense")
