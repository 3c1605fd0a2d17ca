"""Webhooks doubled, reordered, late, forged or missing: the books are as if each had come once and in time."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from core.errors import Refusal
from money.ledger.rules import Account
from money.providers import Purchase
from tests.money.providers.stripe_server import signature, webhook
from tests.money.purchases.conftest import Shop

SEED = int(os.environ.get("WEBHOOKS_SEED", time.time_ns() % 10**9))
ORDERS_MAX, PLANS_MAX = 8, 4  # of each story; a new choice in each run
Webhook = tuple[bytes, str]
Change = Callable[[Shop, Purchase], Webhook]


def _paid(shop: Shop, purchase: Purchase) -> Webhook:
    return webhook("checkout.session.completed", shop.server.pay(purchase.id), shop.clock.now)


def _refunded(shop: Shop, purchase: Purchase) -> Webhook:
    return webhook("charge.refunded", shop.server.refund(purchase.id, 100), shop.clock.now)


def _disputed(shop: Shop, purchase: Purchase) -> Webhook:
    return webhook("charge.dispute.created", shop.server.dispute(purchase.id, amount=399), shop.clock.now)


def _decided(how: str) -> Change:
    def decide(shop: Shop, purchase: Purchase) -> Webhook:
        charge = shop.server.charge_of(purchase.id)["id"]
        [dispute] = [one for one in shop.server.disputes.values() if one["charge"] == charge]
        return webhook("charge.dispute.closed", shop.server.decide(dispute, how), shop.clock.now)

    return decide


def _warned(shop: Shop, purchase: Purchase) -> Webhook:
    about = shop.server.warn(purchase.id, actionable=False)
    return webhook("radar.early_fraud_warning.created", about, shop.clock.now)


STORIES: dict[str, tuple[Change, ...]] = {
    "paid": (_paid, _warned),
    "partly refunded": (_paid, _refunded, _refunded),
    "lost": (_paid, _refunded, _disputed, _decided("lost")),
    "won": (_paid, _disputed, _decided("won"), _warned),
}


def forged(shop: Shop, true: Webhook, chance: random.Random) -> Webhook:
    """As somebody without the secret would send it, or about what Stripe does not have."""
    body, _ = true
    return chance.choice([
        (body, signature(body, shop.clock.now, "another secret")),
        (body + b" ", true[1]),
        (body, signature(body, shop.clock.now - 301_000)),
        webhook("charge.refunded", {"payment_intent": "pi_unknown"}, shop.clock.now),
        webhook("checkout.session.completed", {"id": "cs_unknown"}, shop.clock.now),
    ])  # fmt: skip


def deliver(shop: Shop, one: Webhook) -> None:
    """As the route does. A refusal is Stripe's to repeat, or a forger's to read."""
    try:
        subject = shop.stripe.event(*one)
        if subject is not None:
            asyncio.run(shop.purchases.hear(subject))
    except Refusal:
        return


def books_of(shop: Shop, person: str, before: dict[Account, int]) -> dict[Any, int]:
    """What changed, with the buyer's name taken out."""
    changed = {account: n - before.get(account, 0) for account, n in shop.books().items()}
    changed |= {account: -n for account, n in before.items() if account not in changed}
    return {("buyer" if a.owner == person else a.owner, a.kind, a.unit): n for a, n in changed.items() if n}


def told(
    shop: Shop, story: Sequence[Change], person: str, plan: Sequence[tuple[int, ...]], chance: random.Random | None
) -> Any:
    """Let everything happen; after each change its plan says which webhooks arrive then, by number. The last one always
    comes at the end. Returns the books and what became of the purchase."""
    before = shop.books()
    purchase = asyncio.run(shop.purchases.buy(person, "coins-350", person))
    sent: list[Webhook] = []
    for happens, arriving in zip(story, plan, strict=True):
        sent.append(happens(shop, purchase))
        for number in arriving:
            if chance is not None and chance.random() < 0.3:
                deliver(shop, forged(shop, sent[number], chance))
            deliver(shop, sent[number])
    deliver(shop, sent[-1])
    now = shop.now(purchase)
    became = now.state, now.refunded_minor, now.returned_minor, now.taken_coins
    return books_of(shop, person, before), became


@pytest.mark.parametrize("name", STORIES)
def test_any_order_of_late_webhooks_leads_to_the_same_books(shop: Shop, name: str) -> None:
    print(f"WEBHOOKS_SEED={SEED}")
    story = STORIES[name]
    in_time = told(shop, story, "p", [(n,) for n in range(len(story))], None)
    assert in_time[0], "something happened"
    orders = list(itertools.permutations(range(len(story))))
    for number, order in enumerate(random.Random(SEED).sample(orders, min(ORDERS_MAX, len(orders)))):
        late = [()] * (len(story) - 1) + [order]
        assert told(shop, story, f"q{number}", late, None) == in_time, (SEED, order)
    assert shop.money.database.read(shop.money.verify) == []


@pytest.mark.parametrize("name", STORIES)
def test_webhooks_doubled_missing_and_among_forged_ones_lead_to_the_same_books(shop: Shop, name: str) -> None:
    print(f"WEBHOOKS_SEED={SEED}")
    chance, story = random.Random(SEED), STORIES[name]
    in_time = told(shop, story, "p", [(n,) for n in range(len(story))], None)
    for number in range(PLANS_MAX):
        plan = [
            tuple(chance.choices(range(so_far + 1), k=chance.choice((0, 1, 1, 2, 4)))) for so_far in range(len(story))
        ]  # fmt: skip
        assert told(shop, story, f"q{number}", plan, chance) == in_time, (SEED, plan)
    assert shop.money.database.read(shop.money.verify) == []
