"""What somebody leaves behind with money who asks to be erased: open business, and cards that a provider keeps."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from core.database import Database
from core.errors import Unavailable
from core.privacy import Hold, NotYet
from core.privacy.hooks import Erase
from money.ledger.rules import COINS
from money.payouts.states import OPEN
from money.providers.provider import Provider
from money.purchases.methods.methods import SavedMethods
from money.tables import accounts, disputes, payouts, purchases


def open_business(connection: Connection, person: str) -> Iterator[Hold]:
    """Payouts on their way and debts keep what is needed to end them; coins that are left are lost, which is said."""
    waiting = select(func.count()).where(payouts.c.person == person, payouts.c.state.in_(OPEN))
    if count := connection.execute(waiting).scalar_one():
        yield Hold("payouts", "payouts_open", count)
    balances = select(accounts.c.kind, accounts.c.balance).where(accounts.c.owner == person, accounts.c.unit == COINS)
    held = {row.kind: int(row.balance) for row in connection.execute(balances)}
    if (debt := -held.get("debt", 0)) > 0:
        yield Hold("debt", "debt", debt)
    bank = select(func.count()).select_from(disputes.join(purchases, purchases.c.id == disputes.c.purchase))
    if count := connection.execute(bank.where(purchases.c.person == person, disputes.c.state == "open")).scalar_one():
        yield Hold("debt", "disputes_open", count)
    if (coins := held.get("wallet", 0) + held.get("bonus", 0)) > 0:
        yield Hold("", "coins_lost", coins)
    if (earned := held.get("pending", 0) + held.get("payable", 0)) > 0:
        yield Hold("", "earnings_lost", earned)
    sums = select(func.count()).where(
        accounts.c.owner == person, accounts.c.kind.in_(("affiliate", "ad_share")), accounts.c.balance > 0
    )
    if count := connection.execute(sums).scalar_one():
        yield Hold("", "money_lost", count)


def has_money(connection: Connection, person: str) -> bool:
    """Whether any account of theirs, in any unit, is not at zero."""
    mine = select(accounts.c.owner).where(accounts.c.owner == person, accounts.c.balance != 0)
    return connection.execute(mine.limit(1)).first() is not None


def forget_cards(database: Database, methods: SavedMethods, provider: Provider) -> Erase:
    """Have the provider forget what it keeps for a person, before we forget how it calls them."""

    def forget(person: str) -> None:
        for method, card in database.read(lambda c: methods.cards(c, person)).items():
            try:
                provider.forget(card)
            except Unavailable:
                raise NotYet("the payment provider does not answer") from None
            database.write(lambda c: methods.remove(c, person, method))  # noqa: B023  it runs at once

    return forget
