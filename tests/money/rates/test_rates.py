"""An earned coin is never worth more than the worst pack left of it, and each rate holds from its time on."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection

from core.database import Database
from core.settings import SettingsError
from money.catalogue import CoinPack
from money.errors import CurrencyNotPaid, InvalidRate, RateTooHigh
from money.rates import Assumptions, BreakEven, Rates
from money.rates.rates import coins_for, worth
from tests.money.conftest import START, HeldClock


def break_even(**given: Any) -> BreakEven:
    told: dict[str, Any] = {
        "vat_percent": 20,
        "fee_basis_points": 290,
        "fee_minor": 30,
        "share_percent": 50,
        "exchange": {},
    }
    return BreakEven(Assumptions(**(told | given)))


def test_the_worst_pack_limits_the_rate() -> None:
    """The figures of the smallest pack: 0.99 with 20 % VAT, 2.9 % and 30 cents, and half of the coins earned."""
    found = break_even()
    worst = found.results()[0]
    assert (worst.pack.pack, round(float(worst.vat), 2), round(float(worst.fees), 2)) == ("coins-70", 16.5, 32.87)
    assert round(float(found.limit("USD") or 0)) == 1418
    assert found.refusal("USD", 1_417) == ""
    assert "break-even of 1418" in found.refusal("USD", 1_419)
    assert "coins-70: 99 - 16.50 VAT - 32.87 fees" in found.refusal("USD", 1_419)


def test_a_larger_share_lowers_the_limit_and_none_lifts_it() -> None:
    assert break_even(share_percent=100).limit("USD") == (break_even().limit("USD") or 0) / 2
    assert break_even(share_percent=0).limit("USD") is None


def test_another_currency_needs_an_exchange_rate() -> None:
    with pytest.raises(SettingsError, match="CADEAU_EXCHANGE_RATES"):
        break_even().limit("EUR")
    assert round(float(break_even(exchange={"EUR": Fraction("0.9")}).limit("EUR") or 0)) == 1276


def test_a_pack_that_loses_money_allows_no_rate() -> None:
    told = break_even().assumptions
    assert BreakEven(told, [CoinPack("tiny", 10, 20, "USD")]).refusal("USD", 1)


@pytest.mark.parametrize(("coins", "rate"), [(1, 1), (999, 7), (4_000, 500), (3_993, 501), (10**9, 333)])
def test_rounding_never_pays_more_than_was_earned(coins: int, rate: int) -> None:
    most = worth(coins, rate)
    assert coins_for(most, rate) <= coins
    assert coins_for(most + 1, rate) > coins


def test_rates_hold_from_their_time_on(database: Database, clock: HeldClock) -> None:
    rates = Rates(clock, break_even(), {"USD": 500})

    def now() -> int:
        return database.read(lambda c: rates.now(c, "USD"))

    assert now() == 500
    database.write(lambda c: rates.add(c, "USD", 600, START + 10, "root"))
    database.write(lambda c: rates.add(c, "USD", 550, 0, "root"))  # from now on: never before
    assert now() == 550
    clock.now += 10
    assert now() == 600
    assert [(one.per_thousand, one.by) for one in database.read(rates.all)] == [(600, "root"), (550, "root"), (500, "")]
    with pytest.raises(CurrencyNotPaid):
        database.read(lambda c: rates.now(c, "EUR"))


@pytest.mark.parametrize(
    ("currency", "rate", "refusal"),
    [("USD", 1_419, RateTooHigh), ("USD", 0, InvalidRate), ("usd", 5, InvalidRate), ("EUR", 5, InvalidRate)],
)
def test_rates_that_cannot_be_are_refused(
    database: Database, clock: HeldClock, currency: str, rate: int, refusal: type[Exception]
) -> None:
    rates = Rates(clock, break_even(), {"USD": 500})
    with pytest.raises(refusal):
        database.write(lambda c: rates.add(c, currency, rate, 0, "root"))


def test_two_rates_cannot_begin_at_once(database: Database, clock: HeldClock) -> None:
    rates = Rates(clock, break_even(), {})
    database.write(lambda c: rates.add(c, "USD", 500, 0, "root"))
    with pytest.raises(InvalidRate):
        database.write(lambda c: rates.add(c, "USD", 501, 0, "root"))


def test_of_two_admins_who_add_a_rate_of_the_same_moment_one_is_refused(database: Database, clock: HeldClock) -> None:
    rates, added, go_on = Rates(clock, break_even(), {}), Event(), Event()

    def first(connection: Connection) -> None:
        rates.add(connection, "USD", 500, 0, "root")
        added.set()
        assert go_on.wait(20)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(database.write, first)
        assert added.wait(20)
        two = pool.submit(database.write, lambda c: rates.add(c, "USD", 500, 0, "ann"))
        with pytest.raises(TimeoutError):
            two.result(0.3)  # it waits for the first one's commit
        go_on.set()
        one.result()
        with pytest.raises(InvalidRate):
            two.result()
    assert [rate.by for rate in database.read(rates.all)] == ["root"]


def test_a_rate_that_the_settings_overtook_keeps_the_server_from_starting(database: Database, clock: HeldClock) -> None:
    database.write(lambda c: Rates(clock, break_even(), {}).add(c, "USD", 1_400, 0, "root"))
    with pytest.raises(SettingsError, match="too high"):
        database.read(Rates(clock, break_even(share_percent=60), {}).check)
    database.read(Rates(clock, break_even(), {}).check)
    with pytest.raises(SettingsError, match="CADEAU_COIN_RATES"):
        Rates(clock, break_even(), {"USD": 1_419})
