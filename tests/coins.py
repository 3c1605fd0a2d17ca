"""Coins as if they had been bought: what creators earn of them becomes payable, unlike that of granted ones."""

from __future__ import annotations

from sqlalchemy import Connection

from core.errors import Refusal
from money.ledger import Ledger
from money.ledger.accounts import MINT, wallet
from money.ledger.rules import Transfer


def add_coins(connection: Connection, person: str, coins: int, key: str) -> None:
    """An opening balance. A repeated key changes nothing."""
    entries = {MINT: -coins, wallet(person): coins}
    [verdict] = Ledger().post(connection, [Transfer(f"opening:{key}", "opening", 0, person, entries, {})])
    if isinstance(verdict, Refusal):
        raise verdict
