"""A pack is paid for once and credited once, whatever is repeated or forged."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import select

from core.errors import IdempotencyKeyReused, NotFound, Unavailable
from core.executors import Executors
from money.catalogue import COIN_PACKS
from money.errors import PaymentMismatch, UnknownPack
from money.ledger.accounts import MINT, cash, provider
from money.ledger.rules import Account
from money.part import Money
from money.providers import Checkout, Payment, Purchase, Refund, RefundAnswer, SavedCard, Subject
from money.providers.provider import Movement
from money.purchases.purchases import CHECKOUT_MS_MAX, Purchases
from money.tables import accounts
from tests.money.conftest import HeldClock


class Later:
    """A provider whose payments the test confirms."""

    name = "later"
    sandbox = False
    signature_header = ""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False
        self.known: Payment | None = None

    def checkout(self, purchase: Purchase) -> Checkout:
        self.asked.append(purchase.id)
        if self.away:
            raise Unavailable
        return Checkout(f"ref-{purchase.id}", f"https://pay.example/{purchase.id}")

    def begin_charge(self, purchase: Purchase, card: SavedCard) -> str | None:
        return None

    def charge(self, purchase: Purchase) -> Checkout | None:
        return None

    def forget(self, card: SavedCard) -> None:
        raise Unavailable

    def end(self, purchase: Purchase) -> Payment | None:
        return None

    def event(self, body: bytes, signature: str) -> Subject | None:
        raise NotFound

    def payment(self, subject: Subject) -> Payment | None:
        return self.known

    def refund(self, purchase: Purchase, refund: Refund) -> RefundAnswer:
        raise Unavailable

    def movements(self, since: int) -> Iterator[Sequence[Movement]]:
        yield from ()

    def subject_of(self, movement: str) -> Subject | None:
        raise NotImplementedError

    def close(self) -> None:
        return None


@pytest.fixture
def later() -> Later:
    return Later()


@pytest.fixture
def purchases(money: Money, clock: HeldClock, later: Later) -> Purchases:
    return Purchases(money.database, clock, money.ledger, money.earnings, later, Executors().payments, money.receipts)


def coins(money: Money, person: str = "ada") -> int:
    return money.database.read(lambda c: money.wallets.wallet(c, person)).coins


def balance(money: Money, account: Account) -> int:
    found = select(accounts.c.balance).where(
        accounts.c.owner == account.owner, accounts.c.kind == account.kind, accounts.c.unit == account.unit
    )
    held: int = money.database.read(lambda c: c.execute(found).scalar_one())
    return held


def paid(purchase: Purchase, **changes: object) -> Payment:
    facts = {"ref": f"ref-{purchase.id}", "amount_minor": purchase.price_minor, "currency": purchase.currency}
    return Payment(**{"purchase": purchase.id, "state": "paid", **facts, **changes})  # type: ignore[arg-type]


def record_payment(money: Money, purchases: Purchases, payment: Payment) -> Purchase | None:
    return money.database.write(lambda c: purchases.record_payment(c, payment))


@pytest.mark.parametrize("pack", COIN_PACKS)
def test_the_sandbox_credits_coins_immediately(money: Money, pack: str) -> None:
    purchase = asyncio.run(money.purchases.buy("ada", pack, "k"))
    assert (purchase.state, purchase.checkout_url) == ("paid", None)
    assert coins(money) == COIN_PACKS[pack].coins


def test_money_and_coins_are_posted_in_one_transfer(money: Money) -> None:
    asyncio.run(money.purchases.buy("ada", "coins-700", "k"))
    assert balance(money, MINT) == -700
    assert balance(money, provider("sandbox", "USD")) == -999
    assert balance(money, cash("USD")) == 999


def test_the_same_key_returns_the_same_purchase(money: Money) -> None:
    first = asyncio.run(money.purchases.buy("ada", "coins-70", "k"))
    assert asyncio.run(money.purchases.buy("ada", "coins-70", "k")) == first
    assert coins(money) == 70
    with pytest.raises(IdempotencyKeyReused):
        asyncio.run(money.purchases.buy("ada", "coins-350", "k"))
    assert asyncio.run(money.purchases.buy("bob", "coins-350", "k")).id != first.id
    assert (coins(money), coins(money, "bob")) == (70, 350)


def test_an_unknown_pack_is_refused(money: Money) -> None:
    with pytest.raises(UnknownPack):
        asyncio.run(money.purchases.buy("ada", "coins-1000000", "k"))


def test_only_the_buyer_can_read_a_purchase(money: Money) -> None:
    purchase = asyncio.run(money.purchases.buy("ada", "coins-70", "k"))
    assert money.database.read(lambda c: money.purchases.purchase(c, "ada", purchase.id)) == purchase
    with pytest.raises(NotFound):
        money.database.read(lambda c: money.purchases.purchase(c, "bob", purchase.id))


def test_coins_are_credited_once_when_the_provider_confirms(money: Money, purchases: Purchases) -> None:
    purchase = asyncio.run(purchases.buy("ada", "coins-70", "k"))
    assert (purchase.state, purchase.checkout_url) == ("pending", f"https://pay.example/{purchase.id}")
    assert coins(money) == 0
    for _ in range(3):
        settled = record_payment(money, purchases, paid(purchase))
        assert settled is not None
        assert settled.state == "paid"
    assert coins(money) == 70


@pytest.mark.parametrize("claim", [{"amount_minor": 1}, {"amount_minor": 0}, {"currency": "JPY"}, {"ref": "another"}])
def test_a_mismatched_payment_changes_nothing(money: Money, purchases: Purchases, claim: dict[str, object]) -> None:
    purchase = asyncio.run(purchases.buy("ada", "coins-70", "k"))
    with pytest.raises(PaymentMismatch):
        record_payment(money, purchases, paid(purchase, **claim))
    assert money.database.read(lambda c: purchases.purchase(c, "ada", purchase.id)) == purchase
    assert coins(money) == 0


def test_an_expired_purchase_is_paid_by_a_late_payment(money: Money, purchases: Purchases) -> None:
    purchase = asyncio.run(purchases.buy("ada", "coins-70", "k"))
    failed = record_payment(money, purchases, paid(purchase, state="expired"))
    assert failed is not None
    assert failed.state == "expired"
    record_payment(money, purchases, paid(purchase))
    assert coins(money) == 70


def test_a_paid_purchase_cannot_expire(money: Money, purchases: Purchases) -> None:
    purchase = asyncio.run(purchases.buy("ada", "coins-70", "k"))
    record_payment(money, purchases, paid(purchase))
    after = record_payment(money, purchases, paid(purchase, state="expired"))
    assert after is not None
    assert after.state == "paid"


def test_a_webhook_may_arrive_before_the_checkout_response(money: Money, purchases: Purchases, later: Later) -> None:
    later.away = True
    with pytest.raises(Unavailable):
        asyncio.run(purchases.buy("ada", "coins-70", "k"))
    [known] = later.asked  # created at the provider, but the response was lost
    record_payment(money, purchases, Payment(known, f"ref-{known}", "paid", 99, "USD"))
    later.away = False
    assert asyncio.run(purchases.buy("ada", "coins-70", "k")).state == "paid"
    assert coins(money) == 70


def test_the_same_key_resumes_a_purchase_after_an_outage(money: Money, purchases: Purchases, later: Later) -> None:
    later.away = True
    with pytest.raises(Unavailable):
        asyncio.run(purchases.buy("ada", "coins-70", "k"))
    later.away = False
    purchase = asyncio.run(purchases.buy("ada", "coins-70", "k"))
    assert later.asked == [purchase.id, purchase.id]
    assert purchase.checkout_url is not None
    assert asyncio.run(purchases.buy("ada", "coins-70", "k")) == purchase
    assert len(later.asked) == 2


def test_payments_for_other_purchases_are_ignored(money: Money, purchases: Purchases) -> None:
    assert record_payment(money, purchases, Payment("unknown", "ref", "paid", 99, "USD")) is None
    sandboxed = asyncio.run(money.purchases.buy("ada", "coins-70", "k"))
    assert record_payment(money, purchases, paid(sandboxed)) is None


def test_a_purchase_of_a_replaced_provider_is_not_resumed(money: Money, purchases: Purchases, later: Later) -> None:
    later.away = True
    with pytest.raises(Unavailable):
        asyncio.run(purchases.buy("ada", "coins-70", "k"))
    with pytest.raises(Unavailable, match="not in use"):
        asyncio.run(money.purchases.buy("ada", "coins-70", "k"))
    assert coins(money) == 0


def test_a_purchase_without_a_checkout_expires_after_a_day(
    money: Money, purchases: Purchases, later: Later, clock: HeldClock
) -> None:
    later.away = True
    with pytest.raises(Unavailable):
        asyncio.run(purchases.buy("ada", "coins-70", "k"))
    [known] = later.asked
    purchases.look_after()
    assert money.database.read(lambda c: purchases.purchase(c, "ada", known)).state == "pending"
    clock.now += CHECKOUT_MS_MAX + 1
    purchases.look_after()
    assert money.database.read(lambda c: purchases.purchase(c, "ada", known)).state == "expired"


def test_a_mismatch_that_no_event_told_of_is_noted_for_people(
    money: Money, purchases: Purchases, later: Later, clock: HeldClock
) -> None:
    purchase = asyncio.run(purchases.buy("ada", "coins-70", "k"))
    later.known = paid(purchase, amount_minor=1)
    clock.now += CHECKOUT_MS_MAX + 1
    purchases.look_after()
    [noted] = money.database.read(lambda c: purchases.differences.page(c, settled=False, cursor="", limit=9)).items
    assert (noted.kind, noted.purchase, noted.theirs_minor) == ("payment_mismatch", purchase.id, 1)
