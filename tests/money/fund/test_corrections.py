"""What was posted stays; a correction is a line of the month that runs, posted with it, and all of it is proved."""

from __future__ import annotations

import json

import pytest

from core.database import Database
from core.errors import IdempotencyKeyReused, InvalidRequest
from money.errors import FundNotReady
from money.fund.corrections import Correction
from money.fund.proofs import verify_period
from money.fund.results.export import lines
from money.ledger.accounts import MINT, debt, fund, payable
from money.ledger.rules import TRANSFER_AMOUNT_MAX, Transfer
from tests.money.fund.conftest import NEXT, PERIOD, World
from tests.money.fund.test_periods import balance

SECOND_OVER = 29 * 86_400_000 + 3_600_000  # February


def correct(
    world: World, creator: str, coins: int, key: str = "k", month: str = PERIOD, reason: str = "A view too many"
) -> Correction:
    write = world.database.write
    return write(
        lambda c: world.fund.corrections.correct(c, month, creator, coins, key, by="root", reason=reason)
    )  # fmt: skip


def post_next(world: World) -> None:
    world.clock.now += SECOND_OVER
    world.posted(NEXT)


def verified(world: World) -> None:
    for period in (PERIOD, NEXT):
        assert world.database.read(lambda c: list(verify_period(c, period))) == []  # noqa: B023


def test_a_correction_is_paid_out_of_the_next_pot_before_it_is_divided(world: World, database: Database) -> None:
    world.fill(100)
    world.watch("ann", "bob/1", "carl/1")
    world.posted()
    made = correct(world, "bob", 7)
    assert made == Correction(PERIOD, NEXT, 7, "A view too many", world.clock(), False)
    assert correct(world, "bob", 7) == made
    world.fill(10, NEXT)
    post_next(world)
    assert (world.coins("bob"), world.coins("carl")) == (57, 50)
    later = database.read(lambda c: world.fund.periods.one(c, NEXT))
    assert (later.pot, later.corrected, later.carried, later.state) == (10, 7, 3, "posted")
    assert balance(database, fund(NEXT)) == 0
    verified(world)


def test_what_somebody_got_too_much_goes_into_the_next_pot_and_beyond_what_they_have_is_a_debt(
    world: World, database: Database
) -> None:
    world.fill(100)
    world.watch("ann", "bob/1", "carl/1")
    world.posted()
    spent = Transfer("t", "test", 1, "", {payable("carl"): -40, MINT: 40}, {})
    database.write(lambda c: world.money.ledger.post(c, [spent]))
    correct(world, "carl", -25)
    correct(world, "bob", 20, "other")
    post_next(world)
    assert (world.coins("bob"), world.coins("carl"), balance(database, debt("carl"))) == (70, 0, -15)
    later = database.read(lambda c: world.fund.periods.one(c, NEXT))
    assert (later.pot, later.corrected, later.carried) == (0, -5, 5)
    verified(world)
    back = Transfer("u", "test", 1, "", {payable("carl"): 25, debt("carl"): 15, MINT: -40}, {})
    database.write(lambda c: world.money.ledger.post(c, [back]))  # so that the books of the test add up


def test_an_interrupted_posting_corrects_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.fill(100)
    world.watch("ann", "bob/1", "carl/1")
    world.posted()
    correct(world, "carl", -25)
    correct(world, "bob", 20, "other")
    monkeypatch.setattr("money.fund.posting.POST_BATCH_MAX", 1)
    world.clock.now += SECOND_OVER
    world.close(NEXT)
    world.database.write(lambda c: world.fund.posting.review(c, NEXT, "root"))

    def kill() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        world.fund.posting.post(NEXT, "root", kill)
    assert (world.coins("bob"), world.coins("carl")) == (50, 25)  # what comes in is first
    for _ in range(2):
        world.open().posting.post(NEXT, "root")
    assert (world.coins("bob"), world.coins("carl")) == (70, 25)


def test_only_what_was_posted_is_corrected_and_nobody_gives_back_more_than_they_got(world: World) -> None:
    world.fill(100)
    world.watch("ann", "bob/1")
    with pytest.raises(FundNotReady):
        correct(world, "bob", 1)
    world.posted()
    for coins in (0, TRANSFER_AMOUNT_MAX + 1, -101, True):
        with pytest.raises(InvalidRequest):
            correct(world, "bob", coins)
    for reason in ("", " ", "x" * 201):
        with pytest.raises(InvalidRequest):
            correct(world, "bob", 1, reason=reason)
    correct(world, "bob", -60)
    with pytest.raises(InvalidRequest):
        correct(world, "bob", -41, "other")
    with pytest.raises(IdempotencyKeyReused):
        correct(world, "bob", -59)


def test_a_month_whose_corrections_are_more_than_its_pot_is_not_closed_before_it_is_filled(world: World) -> None:
    world.fill(100)
    world.watch("ann", "bob/1")
    world.posted()
    correct(world, "bob", 5)
    world.clock.now += SECOND_OVER
    with pytest.raises(FundNotReady):
        world.close(NEXT)
    world.fill(5, NEXT)
    assert world.posted(NEXT).state == "posted"
    assert world.coins("bob") == 105


def test_the_creator_reads_why_in_both_months_and_the_export_has_what_was_divided(world: World) -> None:
    world.fill(100)
    world.watch("ann", "bob/1")
    world.posted()
    correct(world, "bob", 5)
    world.fill(9, NEXT)
    post_next(world)
    own = world.database.read(lambda c: world.fund.explaining.own(c, "bob"))
    [line] = own.corrections
    assert (line.month, line.period, line.coins, line.reason, line.posted) == (PERIOD, NEXT, 5, "A view too many", True)
    assert world.database.read(lambda c: world.fund.explaining.explain(c, "bob", PERIOD)).corrections == [line]
    head = world.database.read(lambda c: json.loads(next(lines(c, NEXT))))
    assert head["pot"] == 4
