"""What sellers have sold and were paid. A balance is in minor units of the orders' currency, and nothing is rounded:
an admin sends the money, in that currency, and notes the reference."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, func, insert, select

from core.clock import Clock
from core.errors import IdempotencyKeyReused
from core.ids import new_id
from core.text.clean import clean_line
from money.errors import AnotherAdminNeeded, InsufficientCoins
from money.ledger.accounts import sales, seller_debt
from money.ledger.rules import TRANSFER_AMOUNT_MAX
from money.purchases.debts import balance
from shop.errors import BadOrder, BalanceTooLow
from shop.orders.books import Books
from shop.sellers.sellers import Seller
from shop.tables import shop_orders, shop_payments, shop_sellers

REFERENCE_CHARS_MAX = 100
_WAITING = ("paid", "sent", "delivered")


class Balance(msgspec.Struct, frozen=True):
    """In one currency. `waiting_minor`: of orders that are not settled, before fee and tax. `debt_minor`: what banks
    and late refunds took of settled orders beyond the balance."""

    currency: str
    available_minor: int
    debt_minor: int
    waiting_minor: int
    paid_minor: int


class SellerPayment(msgspec.Struct, frozen=True):
    id: str
    amount_minor: int
    currency: str
    reference: str
    at: int


class Balances:
    def __init__(self, clock: Clock, books: Books) -> None:
        self._clock = clock
        self._books = books

    def of(self, connection: Connection, seller: str) -> list[Balance]:
        """By currency; those in which nothing was ever sold are left out."""
        left = shop_orders.c.total_minor - shop_orders.c.refunded_minor - shop_orders.c.claimed_minor
        waiting = (
            select(shop_orders.c.currency, func.sum(left))
            .where(shop_orders.c.seller == seller, shop_orders.c.state.in_(_WAITING))
            .group_by(shop_orders.c.currency)
        )
        sums = {currency: int(total or 0) for currency, total in connection.execute(waiting)}
        settled = select(shop_orders.c.currency).where(shop_orders.c.seller == seller, shop_orders.c.state == "settled")
        currencies = {*sums, *connection.execute(settled.distinct()).scalars()}
        paid: dict[str, int] = {}
        for payment in self.payments(connection, seller):
            paid[payment.currency] = paid.get(payment.currency, 0) + payment.amount_minor
        return [
            Balance(
                currency, balance(connection, sales(seller, currency), lock=False),
                -balance(connection, seller_debt(seller, currency), lock=False), sums.get(currency, 0),
                paid.get(currency, 0),
            )
            for currency in sorted({*currencies, *paid})
        ]  # fmt: skip

    def payments(self, connection: Connection, seller: str) -> list[SellerPayment]:
        """Newest first."""
        found = select(*(shop_payments.c[name] for name in SellerPayment.__struct_fields__))
        rows = connection.execute(found.where(shop_payments.c.seller == seller).order_by(shop_payments.c.id.desc()))
        return [SellerPayment(*row) for row in rows]

    def pay(
        self, connection: Connection, seller: Seller, amount_minor: int, currency: str, reference: str, admin: str,
        key: str,
    ) -> SellerPayment:  # fmt: skip
        """An admin has sent money of a seller's balance. The same key again changes nothing.

        Raises AnotherAdminNeeded, BadOrder, BalanceTooLow, IdempotencyKeyReused.
        """
        if seller.person == admin:
            raise AnotherAdminNeeded
        cleaned = clean_line(reference, REFERENCE_CHARS_MAX)
        if not cleaned or type(amount_minor) is not int or not 1 <= amount_minor <= TRANSFER_AMOUNT_MAX:
            raise BadOrder(f"A payment has an amount, and a reference of at most {REFERENCE_CHARS_MAX} characters.")
        connection.execute(select(shop_sellers.c.id).where(shop_sellers.c.id == seller.id).with_for_update())
        known = select(shop_payments).where(shop_payments.c.seller == seller.id, shop_payments.c.key == key)
        earlier = connection.execute(known).first()
        if earlier is not None:
            if (earlier.amount_minor, earlier.currency, earlier.reference) != (amount_minor, currency, cleaned):
                raise IdempotencyKeyReused
            return SellerPayment(earlier.id, amount_minor, currency, cleaned, earlier.at)
        made = SellerPayment(new_id(), amount_minor, currency, cleaned, self._clock())
        row = msgspec.structs.asdict(made) | {"seller": seller.id, "by": admin, "key": key}
        connection.execute(insert(shop_payments).values(row))
        try:
            account = sales(seller.id, currency)
            self._books.pay_by_hand(connection, account, amount_minor, f"shop_payment:{made.id}", "shop_payment")
        except InsufficientCoins:
            raise BalanceTooLow from None
        return made
