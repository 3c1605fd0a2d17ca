"""Whatever happens to a challenge, in any order: its prize is somewhere, once, and the states are those there are."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable
from datetime import date

import pytest

from core.errors import Refusal
from core.identity import Identity
from money.rates.rates import coins_for
from tests.vod.ads.campaigns.conftest import EURO
from tests.vod.ads.challenges.conftest import PER_THOUSAND, Bakery
from tests.vod.conftest import House
from vod.ads.challenges.states import TRANSITIONS

STEPS = 30
PAID_IN, PRIZE = 500 * EURO, 100 * EURO
COINS = coins_for(10_000, PER_THOUSAND)
HELD = ("review", "ready", "running", "judging", "decided")


class Run:
    """One challenge, and everything that may happen to it."""

    def __init__(self, house: House, seed: int) -> None:
        self.random = random.Random(seed)
        self.bakery = Bakery(house)
        self.people = [house.person() for _ in range(3)]
        self.entries: list[tuple[str, Identity]] = []
        self.challenge = self.bakery.draft(choice=self.random.choice(["sponsor", "sponsor", "likes"]))
        self.state = "draft"

    def deeds(self) -> list[Callable[[], object]]:
        bakery, part = self.bakery, self.bakery.open
        advertisers, ada = bakery.studio.advertisers, bakery.ada
        return [
            lambda: bakery.submit(self.challenge),
            lambda: bakery.approve(bakery.now(self.challenge)),
            lambda: bakery.approve(bakery.now(self.challenge)),
            lambda: bakery.reject(bakery.now(self.challenge)),
            lambda: part.challenges.cancel(self.challenge.id, ada) if self.random.random() < 0.2 else None,
            lambda: part.review.stop(self.challenge.id, bakery.root, "Fraud.") if self.random.random() < 0.1 else None,
            self.enter, self.enter, self.enter, self.withdraw, self.like, self.choose, self.choose,
            lambda: bakery.pass_days(self.random.choice([0, 0.5, 1, 3, 10])),
            lambda: advertisers.stop(bakery.bakery.id, bakery.root, stopped=self.random.random() < 0.3),
            lambda: advertisers.stop(bakery.bakery.id, bakery.root, stopped=False),
            self.grow_younger,
        ]  # fmt: skip

    def grow_younger(self) -> None:
        """As good as gone: somebody who may not win."""
        if self.random.random() < 0.2:
            self.bakery.born(self.random.choice(self.people), date(2015, 1, 1))

    def enter(self) -> None:
        person = self.random.choice([*self.people, self.bakery.ada])
        self.entries.append((self.bakery.enter(person), person))

    def withdraw(self) -> None:
        if self.entries:
            video, person = self.entries.pop(self.random.randrange(len(self.entries)))
            if self.random.random() < 0.5:
                self.bakery.house.vod.videos.delete(video, person)
            else:
                self.bakery.house.vod.videos.edit(video, person, None, "private")

    def like(self) -> None:
        if self.entries:
            self.bakery.like(self.random.choice(self.entries)[0], self.random.choice(self.people))

    def choose(self) -> None:
        if self.entries:
            self.bakery.choose(self.challenge, self.random.choice(self.entries)[0])

    def step(self) -> None:
        with contextlib.suppress(Refusal):
            self.random.choice(self.deeds())()
        self.check()

    def check(self) -> None:
        now = self.bakery.now(self.challenge)
        assert now.state in {self.state, *reachable(self.state)}, (self.state, now.state)
        self.state = now.state
        held, earned = self.bakery.held(now), [self.bakery.earned(one) for one in self.people]
        assert held == (PRIZE if now.state in HELD else 0), now.state
        assert self.bakery.left + held == (PAID_IN - PRIZE if now.state == "paid" else PAID_IN)
        assert sorted(earned)[-1] == sum(earned) == (COINS if now.state == "paid" else 0)
        if now.state == "paid":
            assert now.winner is not None
            assert now.winner.person is not None
            assert earned[[one.id for one in self.people].index(now.winner.person.id)] == COINS


def reachable(state: str) -> set[str]:
    """By any number of transitions."""
    found, more = set[str](), [state]
    while more:
        for after in TRANSITIONS[more.pop()]:  # type: ignore[index]
            if after not in found:
                found.add(after)
                more.append(after)
    return found


@pytest.mark.parametrize("seed", range(4))
def test_a_prize_is_in_one_place_whatever_happens(house: House, seed: int) -> None:
    run = Run(house, seed)
    for _ in range(STEPS):
        run.step()
    run.bakery.studio.advertisers.stop(run.bakery.bakery.id, run.bakery.root, stopped=False)
    run.bakery.pass_days(90)
    run.check()
    assert run.state in ("draft", "paid", "unwon", "cancelled")
    assert run.bakery.proved()
