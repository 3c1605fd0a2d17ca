"""Gifts of new accounts and of first purchases are held longer, and what is due is judged by the clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from core.database import Database
from core.settings import Settings
from money import part as money_part
from money.earnings import DAY_MS, RELEASE_GRACE_MS, Holds
from money.earnings.hold import GIVERS_REMEMBERED_MAX, NEW_GIVER_DAYS
from money.gifts import GiftOrder, GiftReceipt
from money.ledger.accounts import MINT, cash, debt, payable, provider, wallet
from money.ledger.rules import Posted, Transfer
from money.part import Money
from money.tables import purchases
from tests.coins import add_coins
from tests.cores import core_over
from tests.money.conftest import START, HeldClock, brief

MIDNIGHT = (START // DAY_MS + 1) * DAY_MS
JOINED = {"new": START - DAY_MS, "old": START - 400 * DAY_MS}


def joined(_: Connection, ids: Collection[str]) -> Mapping[str, int]:
    return {who: at for who, at in JOINED.items() if who in ids}


@pytest.fixture
def money(database: Database, clock: HeldClock, tmp_path: Path) -> Iterator[Money]:
    settings = Settings(data_dir=tmp_path, commission_percent=40)
    core = core_over(database, tmp_path, settings=settings, clock=clock)
    part = money_part.open(core, brief=brief, joined=joined)
    yield part.api
    assert database.read(part.api.verify) == []
    part.close()


def pay(money: Money, person: str, at: int, state: str = "paid") -> None:
    row = {
        "id": f"{person}-{at}", "person": person, "pack": "coins-70", "coins": 70, "price_minor": 99, "currency": "USD",
        "provider": "sandbox", "state": state, "key": f"{at}", "at": at, "settled_at": at,
    }  # fmt: skip
    entries = {provider("sandbox", "USD"): -99, cash("USD"): 99, MINT: -70, wallet(person): 70}

    def write(connection: Connection) -> None:
        connection.execute(insert(purchases).values(row))
        if state == "paid":
            money.ledger.post(connection, [Transfer(f"purchase:{row['id']}", "purchase", at, person, entries, {})])

    money.database.write(write)


def give(money: Money, giver: str, key: str = "k", at: int = START) -> None:
    money.database.write(lambda c: add_coins(c, giver, 10, f"{giver}{key}"))
    order = GiftOrder(key=key, giver=giver, creator="bob", gift="coffee", count=1, room="room", at=at)
    [receipt] = money.database.write(lambda c: money.gifts.give(c, [order]))
    assert isinstance(receipt, GiftReceipt)


def classes(money: Money, *givers: str, now: int = START) -> list[str]:
    holds = Holds(joined, standard_days=7, new_days=30)
    found = money.database.read(lambda c: holds.classes(c, givers, now))
    return [found[giver] for giver in givers]


def test_a_new_account_is_new_for_thirty_days(money: Money) -> None:
    end = JOINED["new"] + NEW_GIVER_DAYS * DAY_MS
    assert classes(money, "new", "old", now=end - 1) == ["new", "standard"]
    assert classes(money, "new", "old", now=end) == ["standard", "standard"]


def test_a_first_purchase_makes_an_old_account_new(money: Money) -> None:
    pay(money, "old", START - DAY_MS)
    pay(money, "old", START - 2 * DAY_MS, state="pending")
    assert classes(money, "old") == ["new"]
    assert classes(money, "old", now=START + 29 * DAY_MS) == ["standard"]
    pay(money, "old", START + 28 * DAY_MS)
    assert classes(money, "old", now=START + 29 * DAY_MS) == ["standard"], "only the first one counts"


def test_only_payers_are_remembered_and_only_so_many(money: Money) -> None:
    holds = Holds(joined, standard_days=7, new_days=30)
    holds._known.update({f"p{n}": 0 for n in range(GIVERS_REMEMBERED_MAX)})
    pay(money, "old", START - DAY_MS)
    assert money.database.read(lambda c: holds.classes(c, ["old", "new"], START)) == {"old": "new", "new": "new"}
    assert "old" in holds._known
    assert "new" not in holds._known
    assert len(holds._known) == GIVERS_REMEMBERED_MAX


def test_each_class_of_a_day_is_released_when_it_is_due(money: Money, clock: HeldClock) -> None:
    give(money, "new")
    give(money, "old")
    [first, second] = money.database.read(lambda c: money.earnings.held(c, "bob"))
    assert (first.reason, first.coins, first.due_at) == ("standard", 6, MIDNIGHT + 7 * DAY_MS + RELEASE_GRACE_MS)
    assert (second.reason, second.coins, second.due_at) == ("new", 6, MIDNIGHT + 30 * DAY_MS + RELEASE_GRACE_MS)
    for due, left in ((first.due_at, 6), (second.due_at, 0)):
        clock.now = due - 1
        assert money.database.write(money.earnings.release) == 0
        clock.now = due
        assert money.database.write(money.earnings.release) == 1
        assert money.database.read(lambda c: money.wallets.wallet(c, "bob")).earnings.pending == left


def test_what_is_due_counts_as_payable_before_anything_swept(money: Money, clock: HeldClock) -> None:
    give(money, "old")
    clock.now = MIDNIGHT + 7 * DAY_MS + RELEASE_GRACE_MS - 1
    earnings = money.database.read(lambda c: money.wallets.wallet(c, "bob")).earnings
    assert (earnings.pending, earnings.payable) == (6, 0)
    clock.now += 1
    earnings = money.database.read(lambda c: money.wallets.wallet(c, "bob")).earnings
    assert (earnings.pending, earnings.payable) == (0, 6)
    assert money.database.read(lambda c: money.earnings.held(c, "bob")) == []
    assert money.database.write(lambda c: money.earnings.release_of(c, "bob")) == 1
    assert money.database.write(money.earnings.release) == 0


@pytest.mark.parametrize(("owed", "left", "paid"), [(4, 0, 2), (6, 0, 0), (10, -4, 0)])
def test_a_release_pays_a_debt_first(money: Money, clock: HeldClock, owed: int, left: int, paid: int) -> None:
    give(money, "old")
    taken = Transfer("owed", "purchase", START, "", {debt("bob"): -owed, MINT: owed}, {})
    bought = Transfer("bought", "purchase", START, "", {wallet("x"): 100, MINT: -100}, {})
    verdicts = money.database.write(lambda c: money.ledger.post(c, [bought, taken]))
    assert all(isinstance(verdict, Posted) for verdict in verdicts)
    clock.now = MIDNIGHT + 7 * DAY_MS + RELEASE_GRACE_MS
    assert money.database.write(lambda c: money.earnings.release_of(c, "bob")) == 1
    balances = money.database.write(
        lambda c: money.ledger.post(c, [Transfer("look", "x", 0, "", {debt("bob"): 0, payable("bob"): 0}, {})])
    )
    assert isinstance(balances[0], Posted)
    assert list(balances[0].balances.values()) == [left, paid]


def test_the_new_hold_is_never_shorter_than_the_other() -> None:
    with pytest.raises(ValueError, match="CADEAU_EARNINGS_NEW_HOLD_DAYS"):
        Settings(earnings_hold_days=31)
