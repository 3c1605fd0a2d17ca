"""The platform's revenue is the sum of its entries, its equations hold, and what is owed is what people hold."""

from __future__ import annotations

import csv
import io

from sqlalchemy import text

from money.ledger.accounts import AD_CURRENCY, AD_UNIT, MICRO_PER_MINOR
from money.ledger.journals import decimal
from money.rates.rates import worth
from money.reports.months import shifted
from money.reports.revenue import OWED, OWED_FOR_ADS, Line, Revenue, RevenueReport
from money.reports.revenue_text import revenue_csv, revenue_table
from tests.money.reports.conftest import Winter

_FOR_ADS = "SELECT id FROM purchases WHERE advertiser IS NOT NULL"


def months_of(winter: Winter) -> list[Revenue]:
    world = winter.world
    world.money.sums.bring_up_all()
    report = RevenueReport(world.clock, world.money.rates)
    return world.database.read(lambda c: report.months(c, winter.months[-1]))


def named(lines: list[Line]) -> dict[str, int]:
    return {line.name: line.amount for line in lines}


def test_every_line_of_money_is_the_sum_of_its_entries(winter: Winter) -> None:
    seen = 0
    for month in months_of(winter):
        for money in month.money:
            now = [e for e in winter.entries if (e.month, e.unit) == (month.month, money.currency)]

            def net(account: str, *kinds: str) -> int:
                return sum(e.amount for e in now if e.account == account and (not kinds or e.what in kinds))  # noqa: B023

            for_ads = sum(line.amount for line in month.ads.lines if line.name == "paid_in") if month.ads else 0
            ads = {"ad_payments": for_ads // MICRO_PER_MINOR} if money.currency == AD_CURRENCY and for_ads else {}
            assert named(money.lines) == {
                **ads,
                "purchases": net("cash", "purchase") - sum(ads.values()),
                "refunds": net("cash", "refund"),
                "disputes": net("cash", "dispute", "dispute_won"),
                "losses": net("losses"),
                "provider_fees": net("fees"),
                "payouts": net("cost"),
                "payout_fees": net("cash", "payout", "payout_back"),
            }
            assert money.kept == sum(named(money.lines).values())
            assert money.at_providers == -net("provider")
            assert money.in_transit == net("in_transit")
            assert money.kept == money.at_providers - money.in_transit
            seen += len(now)
    assert seen == sum(e.unit not in ("coins", AD_UNIT) for e in winter.entries)


def test_what_advertisers_pay_in_is_no_sale_of_coins(winter: Winter) -> None:
    months = months_of(winter)
    found = [
        line.amount for month in months for money in month.money for line in money.lines if line.name == "purchases"
    ]
    for_ads = {e.transfer for e in winter.entries if e.unit == AD_UNIT}
    coins = [e for e in winter.entries if (e.account, e.what) == ("cash", "purchase") and e.transfer not in for_ads]
    assert sum(found) == sum(e.amount for e in coins) > 0
    read = winter.world.database.read
    assert (
        read(lambda c: c.execute(text(f"SELECT count(*) FROM receipts r WHERE r.purchase IN ({_FOR_ADS})")).scalar())
        == 0
    )
    assert (
        read(lambda c: c.execute(text(f"SELECT count(*) FROM vat_lines v WHERE v.purchase IN ({_FOR_ADS})")).scalar())
        == 0
    )


def test_what_advertisers_have_left_is_what_they_paid_in_and_neither_spent_nor_got_back(winter: Winter) -> None:
    earlier = 0
    for month in months_of(winter):
        if month.ads is None:
            assert not [e for e in winter.entries if e.unit == AD_UNIT and e.month <= month.month]
            continue
        until = [e for e in winter.entries if e.unit == AD_UNIT and e.month <= month.month]
        held = {kind: sum(e.amount for e in until if e.account == kind) for kind in (*OWED_FOR_ADS, "debt")}
        now = [e for e in until if e.month == month.month]
        lines = named(month.ads.lines)
        assert named(month.ads.owed) == {kind: held[kind] for kind in OWED_FOR_ADS}
        assert (month.ads.opening, month.ads.debts) == (earlier, -held["debt"])
        assert month.ads.opening + sum(lines.values()) == month.ads.closing == sum(named(month.ads.owed).values())
        assert lines["ad_revenue"] == -sum(e.amount for e in now if e.account == "ad_revenue")
        assert lines["prizes"] == -sum(e.amount for e in now if e.account == "prizes")
        assert "other" not in lines
        earlier = month.ads.closing
    assert earlier > 0


def test_what_is_owed_is_what_people_hold_and_its_equation_holds(winter: Winter) -> None:
    earlier = 0
    months = months_of(winter)
    for month in months:
        coins = month.coins
        held = {
            kind: sum(e.amount for e in winter.entries if e.account == kind and e.month <= month.month)
            for kind in (*OWED, "bonus", "promoted", "debt")
        }
        assert named(coins.owed) == {kind: held[kind] for kind in OWED}
        assert (coins.bonus, coins.promoted, coins.debts) == (held["bonus"], held["promoted"], -held["debt"])
        assert coins.opening == earlier
        assert coins.opening + sum(named(coins.lines).values()) == coins.closing == sum(named(coins.owed).values())
        earlier = coins.closing
    [usd] = [value for value in months[-1].coins.values if value.currency == "USD"]
    assert (usd.minor, usd.per_thousand) == (worth(months[-1].coins.closing, 500), 500)
    assert months[-1].coins.closing > 0


def test_every_line_of_coins_is_the_sum_of_its_entries(winter: Winter) -> None:
    for month in months_of(winter):
        now = [e for e in winter.entries if (e.month, e.unit) == (month.month, "coins")]

        def net(account: str, *kinds: str) -> int:
            return sum(e.amount for e in now if e.account == account and (not kinds or e.what in kinds))  # noqa: B023

        lines = named(month.coins.lines)
        assert lines["sold"] == -net("mint", "purchase")
        assert lines["taken_back"] == -net("mint", "take_back", "restore", "gift_reversed", "gift_restored")
        assert lines["commission"] == -net("commission")
        assert lines["paid_out"] == -net("redeemed")
        assert lines["debts"] == -net("debt")
        assert lines["prizes"] == -net("cost")
        assert lines.get("other", 0) == -net("mint", "test"), "what the test itself has posted"
        assert month.coins.granted == net("bonus", "grant")


def test_months_without_entries_are_there_too(winter: Winter) -> None:
    months = months_of(winter)
    assert [month.month for month in months] == [shifted(winter.months[-1], -n) for n in range(11, -1, -1)]
    assert months[0].money == []
    assert (months[0].coins.opening, months[0].coins.closing) == (0, 0)
    assert [month.complete for month in months] == [True] * 11 + [False]


def test_equations_hold_however_much_of_them_is_stored(winter: Winter) -> None:
    """Nothing, or some accounts only, as when gifts go on between summing and reading."""
    world = winter.world
    report = RevenueReport(world.clock, world.money.rates)
    unstored = world.database.read(lambda c: report.months(c, winter.months[-1]))
    world.money.sums.bring_up("bob")
    world.money.sums.bring_up("platform")
    assert world.database.read(lambda c: report.months(c, winter.months[-1])) == unstored == months_of(winter)


def test_the_first_months_of_all_have_none_before(winter: Winter) -> None:
    report = RevenueReport(winter.world.clock, winter.world.money.rates)
    months = winter.world.database.read(lambda c: report.months(c, "1970-02"))
    assert [month.month for month in months] == ["1970-01", "1970-02"]


def test_the_file_and_the_table_say_the_same(winter: Winter) -> None:
    month = months_of(winter)[-2]
    rows = list(csv.reader(io.StringIO(revenue_csv([month]))))
    assert rows[0] == ["month", "unit", "line", "amount"]
    table = revenue_table(month)
    assert all(line in table for _, _, line, _ in rows[1:])
    for money in month.money:
        found = {row[2]: row[3] for row in rows[1:] if row[1] == money.currency}
        expected = {**named(money.lines), "kept": money.kept, "at_providers": money.at_providers}
        expected["in_transit"] = money.in_transit
        assert found == {name: str(decimal(amount, money.currency)) for name, amount in expected.items()}
        assert f"{decimal(money.kept, money.currency):,}" in table
