"""A creator, an agency, and what they agree on."""

from __future__ import annotations

import itertools

from sqlalchemy import Connection, select

from core.errors import Refusal
from money.agreements import BEGINS_AFTER_MS, Agreement
from money.gifts import GiftOrder, GiftReceipt
from money.part import Money
from money.tables import accounts
from tests.coins import add_coins
from tests.money.conftest import HeldClock

COINS_MAX = 50_000
_numbers = itertools.count()


def agree(
    money: Money, clock: HeldClock, platform: int, agencys: int, *, creator: str = "bob", agency: str = "zoe"
) -> Agreement:
    """An agency is proposed and accepted, and in force when this returns."""
    proposals = money.agreements.proposals

    def both(connection: Connection) -> Agreement:
        made = proposals.propose(connection, creator, agency, platform, agencys, 0, "root")
        return proposals.accept(connection, creator, made.id)

    made = money.database.write(both)
    clock.now = max(clock.now + BEGINS_AFTER_MS, made.valid_from)
    return made


def rate(money: Money, platform: int, at: int = 0, *, creator: str = "bob") -> Agreement:
    return money.database.write(lambda c: money.agreements.agreements.set_rate(c, creator, platform, at, "root"))


def held(money: Money, creator: str, at: int) -> tuple[int, str | None, int]:
    """The platform's percentage, the agency and its percentage at a moment."""
    found = money.database.read(lambda c: money.agreements.agreements.at(c, creator, at))
    return (40, None, 0) if found is None else (found.platform_percent, found.agency, found.agency_percent)


def order(gift: str, at: int, *, creator: str = "bob", giver: str = "ada", count: int = 1) -> GiftOrder:
    return GiftOrder(f"k{next(_numbers)}", giver, creator, gift, count, "room", at)


def give(money: Money, *orders: GiftOrder) -> list[GiftReceipt | Refusal]:
    """In one batch, out of coins that the givers get first."""
    for giver in sorted({one.giver for one in orders}):
        money.database.write(lambda c: add_coins(c, giver, COINS_MAX, f"{next(_numbers)}"))  # noqa: B023
    return money.database.write(lambda c: money.gifts.give(c, orders))


def balances(money: Money) -> dict[tuple[str, str], int]:
    rows = money.database.read(lambda c: c.execute(select(accounts.c.owner, accounts.c.kind, accounts.c.balance)).all())
    return {(owner, kind): balance for owner, kind, balance in rows}
