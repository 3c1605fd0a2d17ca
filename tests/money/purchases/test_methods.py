"""A saved card is charged once, only for its owner, and not any more once it is removed."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import Unavailable
from core.privacy import NotYet
from money.leaving import forget_cards
from money.part import Money
from money.providers import Sandbox, SavedCard
from money.purchases.methods.methods import METHODS_MAX
from money.purchases.rows import NewCheckout

CARD = SavedCard("cus", "pm", "Visa 4242")


def keep(money: Money, person: str, card: SavedCard = CARD) -> str:
    return money.database.write(lambda c: money.purchases.methods.keep(c, person, card))


def labels(money: Money, person: str) -> list[str]:
    return [one.label for one in money.database.read(lambda c: money.purchases.methods.of(c, person))]


def test_the_same_card_is_kept_once_and_the_oldest_gives_way(money: Money) -> None:
    assert keep(money, "ada") == keep(money, "ada")
    for number in range(METHODS_MAX):
        keep(money, "ada", SavedCard("cus", f"pm{number}", f"Card {number}"))
    assert labels(money, "ada") == [f"Card {number}" for number in reversed(range(METHODS_MAX))]
    assert labels(money, "eve") == []


def test_a_card_that_is_removed_before_it_is_charged_leads_to_the_checkout_page(money: Money) -> None:
    """The sandbox's page pays at once, so what is seen is that the method is not the payment's any more."""
    method = keep(money, "ada")
    purchases = money.purchases
    new = NewCheckout("ada", "checkout", 1_000, "EUR", "FR", method)
    [opened] = money.database.write(lambda c: purchases.open_checkouts(c, [new]))
    assert money.database.write(lambda c: purchases.methods.remove(c, "eve", method)) is None
    assert money.database.write(lambda c: purchases.methods.remove(c, "ada", method)) == CARD
    paid = asyncio.run(purchases.check_out(opened))
    assert (paid.state, paid.method) == ("paid", None)


def test_the_provider_forgets_cards_of_who_leaves_before_we_do(money: Money, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        keep(money, "ada", SavedCard("cus", f"pm{number}", "Visa 4242"))
    keep(money, "eve")
    provider, asked = Sandbox(), list[str]()
    forget = forget_cards(money.database, money.purchases.methods, provider)

    def answer(card: SavedCard) -> None:
        asked.append(card.method)
        if len(asked) == 2:
            raise Unavailable

    monkeypatch.setattr(provider, "forget", answer)
    with pytest.raises(NotYet):
        forget("ada")
    assert len(labels(money, "ada")) == 1
    forget("ada")
    assert (labels(money, "ada"), labels(money, "eve")) == ([], ["Visa 4242"])
    assert asked == ["pm0", "pm1", "pm1"]
