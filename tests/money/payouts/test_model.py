"""Thousands of random steps against a model: the books add up after each, and no payout ever moves back."""

from __future__ import annotations

import contextlib
import os
import random

import pytest

from core.errors import Refusal
from money.earnings.earnings import debts
from money.ledger.accounts import MINT, debt
from money.payouts.rails import Refused
from money.payouts.rails.rail import Returned
from money.payouts.sending import RETRY_MS, SILENCE_MS
from money.payouts.states import FROM, Payout
from tests.money.payouts.conftest import IBAN, OTHER_IBAN, Told, World

STEPS = int(os.environ.get("MODEL_STEPS", "300"))
VERIFY_EVERY = 25
PEOPLE = ("bob", "tom", "ann")
ADMINS = ("root", "other", "bob")


def reachable(earlier: str, later: str) -> bool:
    """Whether transitions lead from one state to the other."""
    return earlier == later or any(reachable(earlier, state) for state in FROM[later])  # type: ignore[index]


@pytest.mark.parametrize("seed", [1, 2])
def test_random_steps_keep_the_books_and_move_forward_only(world: World, told: Told, seed: int) -> None:
    print(f"seed {seed}")
    dice = random.Random(seed)
    earned = dict.fromkeys(PEOPLE, 50_000)
    for n, person in enumerate(PEOPLE):
        world.creator(person, earned[person], iban=(IBAN, OTHER_IBAN, IBAN)[n])
    known: dict[str, Payout] = {}
    seen: set[str] = set()
    for number in range(STEPS):
        person, admin = dice.choice(PEOPLE), dice.choice(ADMINS)
        one = dice.choice(sorted(known)) if known else ""
        with contextlib.suppress(Refusal):
            step(world, told, dice, person, admin, one, known)
        for name, before in known.items():
            after = world.see(name)
            assert reachable(before.state, after.state), (seed, number, name)
            known[name] = after
            seen.add(after.state)
        for payout in known:  # paid at most once, and only what was sent
            keys = [key for key in told.paid if key.startswith(payout)]
            assert len(keys) <= 1, (seed, number, payout)
            assert known[payout].state not in ("paid", "returned") or keys or known[payout].ref == "bank"
        if number % VERIFY_EVERY == 0:
            assert world.database.read(world.money.verify) == [], (seed, number)
    assert seen >= {"checked", "approved", "paid", "returned", "cancelled"}, "the dice reached the ends"


def step(
    world: World, told: Told, dice: random.Random, person: str, admin: str, one: str, known: dict[str, Payout]
) -> None:
    match dice.randrange(10):
        case 0 | 1:
            made = world.ask(dice.choice((1_000, 2_000, 30_000)), person, key=f"k{dice.randrange(200)}")
            known.setdefault(made.id, made)
        case 2 | 3 if one:
            world.approve(one, admin)
        case 4 if one:
            world.write(lambda c: world.part.payouts.cancel(c, known[one].person, one))
        case 5 if one and known[one].state in ("paid", "returned"):
            world.write(lambda c: world.part.sending.record(c, one, Returned("bank", "closed"), 1))
        case 6:
            world.judge(person, dice.choice(("verified", "verified", "verified", "restricted")))
        case 7:
            if owed := world.database.read(lambda c: debts(c, [person])).get(person):
                world.post(f"repaid:{person}:{dice.random()}", {MINT: -owed, debt(person): owed})
            elif dice.random() < 0.3:
                world.owe(person, dice.randrange(1, 500))
            world.earn(person, 20_000)
        case 8:
            told.plan = [dice.choice(("before", "after", "deaf", Refused("x", again=True), Refused("y")))]
        case _:
            world.round(dice.choice((0, SILENCE_MS, RETRY_MS, 86_400_000)))
