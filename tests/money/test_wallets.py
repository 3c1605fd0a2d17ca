"""A statement lists every change of a wallet once, newest first, and only for its owner."""

from __future__ import annotations

import asyncio
import csv

import pytest

from core.errors import IdempotencyKeyReused, InvalidRequest
from core.identity import Person
from money.earnings import DAY_MS
from money.gifts import GiftOrder
from money.part import Money
from money.wallets import EXPORT_PAGE_LINES, Line, LineKind
from tests.coins import add_coins
from tests.money.conftest import START, HeldClock


def grant(money: Money, person: str, coins: int, key: str = "") -> int:
    return money.database.write(lambda c: money.grant(c, person, coins, key or f"{person}:{coins}", "welcome"))


def give(money: Money, *gifts: tuple[str, str, str]) -> None:
    orders = [
        GiftOrder(key=f"{giver}{creator}{n}", giver=giver, creator=creator, gift=gift, count=2, room="r", at=START + n)
        for n, (giver, creator, gift) in enumerate(gifts)
    ]
    money.database.write(lambda c: money.gifts.give(c, orders))


def lines(money: Money, person: str, kind: LineKind | None = None, limit: int = 100) -> list[Line]:
    """All statement lines, read page by page as a client does."""
    found: list[Line] = []
    cursor: str | None = ""
    while cursor is not None:
        at = cursor
        page = money.database.read(lambda c: money.wallets.statement(c, person, kind, at, limit))  # noqa: B023
        assert len(page.items) <= limit
        found += page.items
        cursor = page.next
    return found


@pytest.fixture
def history(money: Money, clock: HeldClock) -> None:
    """Ada gives, Bob receives and gives; then his earnings are released, and he receives more."""
    money.database.write(lambda c: add_coins(c, "ada", 1_000, "ada"))
    grant(money, "bob", 50)
    asyncio.run(money.purchases.buy("ada", "coins-70", "buy"))
    give(money, ("ada", "bob", "cake"), ("bob", "ada", "coffee"), ("ada", "bob", "coffee"), ("ada", "gone", "heart"))
    clock.now = START + 9 * DAY_MS
    money.database.write(money.earnings.release)
    grant(money, "bob", 5)


def test_statement_lines_have_a_balance_and_a_counterparty(money: Money, history: None) -> None:
    told = [(line.kind, line.account, line.amount, line.balance) for line in lines(money, "bob")]
    assert told == [
        ("grant", "bonus", 5, 35),
        ("release", "payable", 48, 48),
        ("release", "pending", -48, 0),
        ("gift_received", "pending", 12, 48),
        ("gift_sent", "bonus", -20, 30),
        ("gift_received", "pending", 36, 36),
        ("grant", "bonus", 50, 50),
    ]
    received, sent = lines(money, "bob")[3], lines(money, "bob")[4]
    assert received.other == sent.other == Person("ada", "handle.ada", "Ada")
    assert received.detail == {"gift": "coffee", "count": 2, "coins": 20, "commission_percent": 40, "room": "r"}
    assert received.at == START + 2


def test_a_purchase_line_shows_the_price(money: Money, history: None) -> None:
    [line] = lines(money, "ada", "purchase")
    assert (line.amount, line.detail["price_minor"], line.detail["currency"]) == (70, 99, "USD")
    assert line.other is None


def test_a_deleted_counterparty_is_not_named(money: Money, history: None) -> None:
    [line] = [line for line in lines(money, "ada", "gift_sent") if line.detail["gift"] == "heart"]
    assert line.other is None
    assert "gone" not in line.detail.values()


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
@pytest.mark.parametrize("kind", [None, "purchase", "gift_sent", "gift_received", "release", "grant", "other"])
def test_any_page_size_gives_the_same_lines(money: Money, history: None, kind: LineKind | None, limit: int) -> None:
    for person in ("ada", "bob", "nobody"):
        expected = [line for line in lines(money, person) if kind in (None, line.kind)]
        assert lines(money, person, kind, limit) == expected
    assert lines(money, "bob", "release") != []


@pytest.mark.parametrize("cursor", ["x", "1", "1.", ".1", "-1.1", "1.1.1", "9" * 19 + ".1", "١.١", "1.1; DROP"])
def test_an_invalid_cursor_is_refused(money: Money, cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        money.database.read(lambda c: money.wallets.statement(c, "ada", None, cursor, 10))


def test_the_csv_export_has_the_same_lines(money: Money, history: None) -> None:
    text = b"".join(money.wallets.export("bob", None)).decode()
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["id"], row["kind"], row["amount"], row["balance"]) for row in rows] == [
        (line.id, line.kind, str(line.amount), str(line.balance)) for line in lines(money, "bob")
    ]
    assert rows[3]["with"] == "handle.ada"
    assert rows[3]["at"] == "2023-11-14T22:13:20.002+00:00"


def test_a_long_csv_export_is_streamed_in_chunks(money: Money) -> None:
    grant(money, "ada", 100_000)
    give(money, *[("ada", "bob", "rose")] * (EXPORT_PAGE_LINES + 7))
    pieces = list(money.wallets.export("ada", None))
    assert len(pieces) == 3
    assert b"".join(pieces).count(b"\r\n") == 1 + EXPORT_PAGE_LINES + 8


def test_an_unused_wallet_is_empty(money: Money) -> None:
    wallet = money.database.read(lambda c: money.wallets.wallet(c, "nobody"))
    assert (wallet.coins, wallet.earnings.pending, wallet.earnings.payable) == (0, 0, 0)


def test_a_grant_is_posted_once_per_key(money: Money) -> None:
    assert grant(money, "ada", 10, "k") == 10
    assert grant(money, "ada", 5, "l") == 15
    assert grant(money, "ada", 10, "k") == 10
    with pytest.raises(IdempotencyKeyReused):
        grant(money, "bob", 10, "k")


@pytest.mark.parametrize("coins", [0, -5, 10**13])
def test_the_size_of_a_grant_is_checked(money: Money, coins: int) -> None:
    with pytest.raises(Exception, match=r"grant|transfer"):
        grant(money, "ada", coins)
