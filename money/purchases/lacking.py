"""Just the coins that a gift lacks, as an offer.

They cost what the smallest pack's coins cost each, rounded up, but never more than the cheapest pack that has as many.
A provider charges no less than `CHARGE_MINOR_MIN`, so a very small lack is rounded up to the coins that this buys.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, select

from money.catalogue import COIN_PACKS, GIFTS
from money.errors import BadCount, NothingLacking, UnknownGift
from money.gifts import count_max
from money.ledger.rules import COINS
from money.tables import accounts

CHARGE_MINOR_MIN = 50  # Stripe's least charge in dollars and in euros


class Lack(msgspec.Struct, frozen=True):
    """`coins` for `price_minor`: what the gift lacks and, first, what the person owes."""

    gift: str
    count: int
    coins: int
    price_minor: int
    currency: str


def lack(connection: Connection, person: str, gift: str, count: int) -> Lack:
    """Raises UnknownGift, BadCount, NothingLacking."""
    if gift not in GIFTS:
        raise UnknownGift
    if type(count) is not int or not 1 <= count <= count_max(gift):
        raise BadCount
    found = select(accounts.c.kind, accounts.c.balance).where(accounts.c.owner == person, accounts.c.unit == COINS)
    held = {row.kind: row.balance for row in connection.execute(found)}
    coins = GIFTS[gift].coins * count - sum(held.get(kind, 0) for kind in ("wallet", "bonus", "debt"))
    if coins <= 0:
        raise NothingLacking
    return priced(gift, count, coins)


def priced(gift: str, count: int, coins: int) -> Lack:
    smallest = min(COIN_PACKS.values(), key=lambda pack: pack.coins)
    coins = max(coins, CHARGE_MINOR_MIN * smallest.coins // smallest.price_minor)
    price = max(CHARGE_MINOR_MIN, -(-coins * smallest.price_minor // smallest.coins))
    covering = [pack.price_minor for pack in COIN_PACKS.values() if pack.coins >= coins]
    return Lack(gift, count, coins, min([price, *covering]), smallest.currency)
