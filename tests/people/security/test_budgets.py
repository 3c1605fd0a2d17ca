"""Budgets for passwords: shared by all processes, bounded, and never what keeps an owner out."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable

import httpx
import pytest

from cadeau.app import Cadeau
from core.clock import system_clock
from core.database import Database
from core.errors import RateExceeded
from core.limits import BUCKETS_MAX, Limiter, Rate
from people.devices import ACCOUNT_RATE, Attempts
from people.security.budgets import Budget, Budgets
from tests.people.security.conftest import sign_in
from tests.served import PASSWORD

STRANGERS = 100_000


def refusals(attempt: Callable[[], None], times: int) -> int:
    refused = 0
    for _ in range(times):
        try:
            attempt()
        except RateExceeded:
            refused += 1
    return refused


def test_all_processes_count_together_and_time_fills_a_budget_again(database: Database) -> None:
    now = [1_800_000_000_000]
    one, other = (Budgets(database, lambda: now[0]) for _ in range(2))
    budget = Budget("password for an account", "ada", Rate(10, 100))
    assert refusals(lambda: one.spend(budget), 6) == 0
    assert refusals(lambda: other.spend(budget), 6) == 2
    now[0] += 20_000
    assert refusals(lambda: one.spend(budget), 3) == 1, "a fifth of the time, a fifth of the budget"
    assert refusals(lambda: one.spend(Budget("password for an account", "bob", Rate(10, 100))), 10) == 0


def test_what_one_budget_refuses_costs_the_others_nothing(database: Database) -> None:
    budgets = Budgets(database, lambda: 1_800_000_000_000)
    small, large = Budget("network", "a", Rate(2, 100)), Budget("account", "ada", Rate(5, 100))
    assert refusals(lambda: budgets.spend(small, large), 50) == 48
    assert refusals(lambda: budgets.spend(large), 5) == 2


def test_full_budgets_are_forgotten(database: Database) -> None:
    now = [1_800_000_000_000]
    budgets = Budgets(database, lambda: now[0])
    for number in range(30):
        budgets.spend(Budget("account", str(number), Rate(1, 10 if number < 20 else 1_000)))
    now[0] += 10_000
    budgets.forget_full()
    assert budgets.count() == 10


async def test_after_100_000_guesses_the_owners_device_still_gets_in(cadeau: Cadeau, http: httpx.AsyncClient) -> None:
    joined = await http.post("/api/people", json={"handle": "ada", "password": PASSWORD, "birthdate": "1990-05-17"})
    device = {"Cookie": f"cadeau_device={joined.cookies['cadeau_device']}"}
    http.cookies.clear()
    budgets = Budgets(cadeau.core.database, system_clock)
    limiter = Limiter()
    attempts = Attempts(limiter, budgets)  # another process of the same site
    numbers = iter(range(STRANGERS))
    refused = refusals(lambda: attempts.count("ada", f"2001:db8:{next(numbers):x}::", ""), STRANGERS)
    assert STRANGERS - 2 * ACCOUNT_RATE.count < refused <= STRANGERS - ACCOUNT_RATE.count
    assert len(limiter._buckets) <= BUCKETS_MAX
    assert budgets.count() <= 2 * ACCOUNT_RATE.count, "what is refused in memory writes nothing"
    assert (await sign_in(http, "ada")).status_code == 429, "a stranger, even with the right password"
    body = {"handle": "ada", "password": PASSWORD}
    assert (await http.post("/api/sessions", json=body, headers=device)).status_code == 201


async def test_long_names_and_passwords_are_refused_before_anything_is_kept(
    cadeau: Cadeau, http: httpx.AsyncClient
) -> None:
    budgets = Budgets(cadeau.core.database, system_clock)
    cadeau.asgi.state.gate.limiter.enabled = False  # what refuses the guesser by address, before any of this

    async def flood(times: int) -> None:
        for number in range(times):
            long = f"{number}" + "a" * 60_000
            body = {"handle": long, "password": PASSWORD, "birthdate": "1990-05-17"}
            assert (await http.post("/api/people", json=body)).status_code == 400
            for name, password in ((long, "x"), ("ada", long)):
                body = {"handle": name, "password": password}
                assert (await http.post("/api/sessions", json=body)).status_code == 400

    await flood(20)  # what is imported and cached once
    tracemalloc.start()
    await flood(100)
    gc.collect()
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 20 * 60_000, "of 300 names"
    assert budgets.count() == 0


def test_a_wrong_code_is_counted_by_itself(database: Database) -> None:
    attempts = Attempts(Limiter(), Budgets(database, system_clock))
    assert refusals(lambda: attempts.count_code("ada", ""), 10) == 5
    attempts.count_code("ada", "a device")
    with pytest.raises(RateExceeded):
        attempts.count_code("ada", "")
