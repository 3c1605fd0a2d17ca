"""What a provider reports becomes transfers and a state: whatever was missed is made up for, and nothing goes back.

A report is all that the provider knows now, never one event. So it does not matter which events came, how often or in
which order: each part of a report is compared with what was recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import structlog
from sqlalchemy import Connection, insert, select, update

from core.clock import Clock
from core.errors import Refusal
from money.ads.top_ups import micro_for
from money.errors import PaymentMismatch
from money.ledger import Ledger
from money.ledger.accounts import cash, checkout, fees, losses, provider, vat
from money.ledger.rules import Account, Transfer
from money.providers.provider import Dispute, Movement, Payment, Purchase
from money.purchases import rows
from money.purchases.checkouts import NO_SHOP, Shop
from money.purchases.debts import credit, pocket_of
from money.purchases.methods.methods import SavedMethods
from money.purchases.take_back import TakeBack
from money.receipts.receipts import Receipts
from money.reconciliation.movements import remember
from money.tables import disputes
from money.vat.sales import Sale

Listener = Callable[[Connection, Purchase], None]
"""Called in the transaction in which a dispute is opened or decided; the purchase's state says which."""

log = structlog.get_logger("purchases")


class Outcomes:
    def __init__(
        self, clock: Clock, ledger: Ledger, take_back: TakeBack, receipts: Receipts, provider_name: str,
        methods: SavedMethods,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._ledger = ledger
        self._take_back = take_back
        self._receipts = receipts
        self._provider = provider_name
        self._methods = methods
        self._listeners: list[Listener] = []
        self._shop: Shop = NO_SHOP

    def listen(self, listener: Listener) -> None:
        """Hear of disputes."""
        self._listeners.append(listener)

    def open_shop(self, shop: Shop) -> None:
        """Tell the shop of what becomes of its checkouts."""
        self._shop = shop

    def expire(self, connection: Connection, purchase: Purchase, **values: object) -> Purchase:
        """It was not paid. The purchase is locked, and pending."""
        moved = rows.move(connection, purchase, "expired", **values)
        if moved.checkout is not None:
            self._shop.expired(connection, moved)
        return moved

    def record(self, connection: Connection, payment: Payment) -> Purchase | None:
        """Move a purchase forward to what its provider reports. A repeated report changes nothing.

        Returns None for a purchase that is not ours. Raises PaymentMismatch, and changes nothing, when the payment does
        not match the purchase.
        """
        purchase = rows.find(connection, payment.purchase, lock=True)
        if purchase is None or purchase.provider != self._provider:
            return None
        _check(purchase, payment)
        at = (
            self._clock()
        )  # of everything that the report changes: transfers, VAT and receipts agree to the millisecond
        if purchase.checkout is not None:
            self._shop.lock(connection, purchase)
        if payment.state != "paid":
            if payment.state == "expired" and purchase.state == "pending":
                return self.expire(connection, purchase, provider_ref=payment.ref, settled_at=at)
            return purchase
        if purchase.checkout is None and _is_news(purchase, payment):
            self._receipts.lock(connection, at)
        if payment.disputes or payment.refunded_minor > purchase.refunded_minor:
            self._take_back.lock(connection, purchase)
        purchase = self._settle(connection, purchase, payment, at)
        purchase = self._refund(connection, purchase, payment.refunded_minor, at)
        for dispute in payment.disputes:
            purchase = self._dispute(connection, purchase, dispute, at)
        for movement in payment.movements:
            self._note(connection, purchase, movement, at)
        return purchase

    def _settle(self, connection: Connection, purchase: Purchase, payment: Payment, at: int) -> Purchase:
        """What was bought, the money and its VAT in one transfer: every unit sums to zero. A debt is paid first."""
        if purchase.state not in ("pending", "expired"):
            if purchase.payment_ref is None and payment.payment_ref is not None:
                return rows.change(connection, purchase, payment_ref=payment.payment_ref)
            return purchase
        country, card_country = payment.countries
        country = _declared(purchase, country)
        sale, document = self._sold(connection, purchase, country, card_country, at)
        taxed = {vat(sale.country, sale.currency): sale.vat_minor} if sale else {}
        pocket = pocket_of(purchase)
        entries = {
            pocket.source: -purchase.coins,
            **(credit(connection, pocket, purchase.coins) if purchase.coins else {}),
            provider(purchase.provider, purchase.currency): -purchase.price_minor,
            _received(purchase): purchase.price_minor - sum(taxed.values()),
            **taxed,
        }
        detail: dict[str, str | int] = {
            "purchase": purchase.id,
            "pack": purchase.pack,
            "price_minor": purchase.price_minor,
            "currency": purchase.currency,
            **(sale.detail if sale else {}),
            **document,
        }
        self._post(connection, f"purchase:{purchase.id}", "purchase", purchase.id, entries, detail, at)
        method = purchase.method
        if purchase.saves and payment.saved is not None:
            method = self._methods.keep(connection, purchase.person, payment.saved)
        paid = rows.move(
            connection, purchase, "paid", provider_ref=payment.ref, payment_ref=payment.payment_ref,
            settled_at=at, country=country, card_country=card_country, method=method,
        )  # fmt: skip
        if paid.checkout is not None:
            self._shop.paid(connection, paid)
        return paid

    def _sold(
        self, connection: Connection, purchase: Purchase, country: str | None, card: str | None, at: int
    ) -> tuple[Sale | None, dict[str, str]]:
        """Its VAT, and the document that its transfer names. What the shop sells are its sellers' own goods: they have
        neither here."""
        if purchase.checkout is not None:
            return None, {}
        if purchase.advertiser is None:
            return self._receipts.sell(connection, purchase, country, card, at), {}
        sale, number = self._receipts.ad_vat.sell(connection, purchase, card, at)
        return sale, {"document": number}

    def _refund(self, connection: Connection, purchase: Purchase, refunded: int, at: int) -> Purchase:
        more = refunded - purchase.refunded_minor
        if more <= 0:
            return purchase
        ours = min(more, purchase.price_minor - purchase.returned_minor)
        cause = f"refund:{purchase.id}:{refunded}"
        self._pay_back(connection, purchase, cause, "refund", more, purchase.currency, ours, at)
        coins = self.take_refunded(connection, purchase, refunded, cause)
        return rows.move(
            connection, purchase, "refunded" if refunded >= purchase.price_minor else "partly_refunded",
            refunded_minor=refunded, returned_minor=purchase.returned_minor + ours,
            taken_coins=purchase.taken_coins + coins,
        )  # fmt: skip

    def take_refunded(self, connection: Connection, purchase: Purchase, refunded: int, cause: str) -> int:
        """Take what the refunded money had bought, and no withdrawal took when it was asked for; returns how much."""
        wanted = self._bought(connection, purchase, min(refunded, purchase.price_minor))
        coins = max(0, wanted - purchase.taken_coins)
        self._take_back.take(connection, purchase, coins, cause)
        return coins

    def _dispute(self, connection: Connection, purchase: Purchase, dispute: Dispute, at: int) -> Purchase:
        known = connection.execute(select(disputes).where(disputes.c.ref == dispute.ref)).first()
        if known is None:
            purchase = self._told(connection, self._open_dispute(connection, purchase, dispute, at))
        elif known.state != "open" or known.purchase != purchase.id:
            return purchase
        if dispute.state == "open":
            return purchase
        closed = (
            update(disputes)
            .where(disputes.c.ref == dispute.ref, disputes.c.state == "open")
            .values(state=dispute.state, settled_at=at)
            .returning(disputes.c.amount_minor, disputes.c.currency, disputes.c.cash_minor)
        )
        row = connection.execute(closed).one()
        if dispute.state == "lost":
            if purchase.checkout is not None:
                self._shop.lost(connection, purchase, f"dispute:{dispute.ref}")
            self._credit(connection, purchase, f"dispute:{dispute.ref}", "dispute", row.cash_minor, at)
            return self._told(connection, rows.move(connection, purchase, "lost"))
        cause = f"dispute:{dispute.ref}"
        self._pay_back(
            connection, purchase, f"won:{cause}", "dispute_won", -row.amount_minor, row.currency, -row.cash_minor, at
        )
        restored = self._take_back.restore(connection, purchase, cause)
        if purchase.checkout is not None:
            self._shop.won(connection, purchase, cause)
        won = rows.move(
            connection, purchase, "won", returned_minor=purchase.returned_minor - row.cash_minor,
            taken_coins=purchase.taken_coins - restored,
        )  # fmt: skip
        return self._told(connection, won)

    def _told(self, connection: Connection, purchase: Purchase) -> Purchase:
        for listener in self._listeners:
            listener(connection, purchase)
        return purchase

    def _open_dispute(self, connection: Connection, purchase: Purchase, dispute: Dispute, at: int) -> Purchase:
        """What it takes beyond the payment is our loss: exchange rates moved, or the payment was refunded before."""
        left = purchase.price_minor - purchase.returned_minor
        ours = min(dispute.amount_minor, left) if dispute.currency == purchase.currency else 0
        cause = f"dispute:{dispute.ref}"
        connection.execute(
            insert(disputes).values(
                ref=dispute.ref, purchase=purchase.id, state="open", amount_minor=dispute.amount_minor,
                currency=dispute.currency, cash_minor=ours, reason=dispute.reason, due_at=dispute.due_at,
                at=at,
            )
        )  # fmt: skip
        self._pay_back(connection, purchase, cause, "dispute", dispute.amount_minor, dispute.currency, ours, at)
        returned = purchase.returned_minor + ours
        foreign = dispute.currency != purchase.currency
        wanted = purchase.coins if foreign else self._bought(connection, purchase, returned)
        coins = max(0, wanted - purchase.taken_coins)
        self._take_back.take(connection, purchase, coins, cause)
        return rows.move(
            connection, purchase, "disputed", returned_minor=returned, taken_coins=purchase.taken_coins + coins
        )

    def _bought(self, connection: Connection, purchase: Purchase, minor: int) -> int:
        """What so much of the price has bought: of coins in proportion, of a balance what is left without the VAT."""
        if purchase.advertiser is None:
            return purchase.coins * minor // purchase.price_minor
        return micro_for(connection, purchase, minor)

    def _pay_back(
        self, connection: Connection, purchase: Purchase, key: str, kind: str, amount: int, currency: str, ours: int,
        at: int,
    ) -> None:  # fmt: skip
        """Money leaves the provider: `ours` of it is what the buyer had paid, with its VAT, the rest a loss. Negative:
        it returns."""
        if purchase.checkout is not None:
            self._shop.cover(connection, purchase, key, ours)
        tax = self._receipts.sales.give_back(connection, purchase, key, kind, ours, at)
        if kind == "refund":
            self._credit(connection, purchase, key, "refund", ours, at)
        entries = {
            (_received(purchase) if ours else cash(currency)): -ours - sum(tax.values()),
            **tax,
            losses(currency): ours - amount,
            provider(purchase.provider, currency): amount,
        }
        self._post(connection, key, kind, f"{amount}", entries, {"purchase": purchase.id, "amount_minor": amount}, at)

    def _credit(
        self, connection: Connection, purchase: Purchase, transfer: str, reason: Literal["refund", "dispute"],
        ours: int, at: int,
    ) -> None:  # fmt: skip
        if purchase.advertiser is not None:
            self._receipts.ad_vat.credit(connection, purchase, transfer, reason, ours, at)
        else:
            self._receipts.credit(connection, purchase, transfer, reason, ours, at)

    def _note(self, connection: Connection, purchase: Purchase, movement: Movement, at: int) -> None:
        """Remember what moved at the provider, for the reconciliation, and post what was kept of it."""
        if remember(connection, purchase.provider, movement, purchase.id) and movement.fee_minor:
            self._post_fee(connection, movement, purchase.id, at)

    def _post_fee(self, connection: Connection, movement: Movement, purchase: str, at: int) -> None:
        entries = {
            provider(self._provider, movement.currency): movement.fee_minor,
            fees(movement.currency): -movement.fee_minor,
        }
        detail: dict[str, str | int] = {"purchase": purchase, "movement": movement.ref}
        self._post(connection, f"fee:{self._provider}:{movement.ref}", "fee", movement.ref, entries, detail, at)

    def _post(
        self, connection: Connection, key: str, kind: str, request: str, entries: dict[Account, int],
        detail: dict[str, str | int], at: int,
    ) -> None:  # fmt: skip
        wanted = {account: amount for account, amount in entries.items() if amount}
        if not wanted:
            return
        [verdict] = self._ledger.post(connection, [Transfer(key, kind, at, request, wanted, detail)])
        if isinstance(verdict, Refusal):
            raise verdict


def _declared(purchase: Purchase, given: str | None) -> str | None:
    """The country of the buyer's address. That of an advertiser is the one that its VAT was agreed for, not the one
    that somebody gives when they pay."""
    return (purchase.country or given) if purchase.advertiser is not None else (given or purchase.country)


def _received(purchase: Purchase) -> Account:
    """Where the money that a buyer pays goes."""
    return checkout(purchase.checkout, purchase.currency) if purchase.checkout else cash(purchase.currency)


def _is_news(purchase: Purchase, payment: Payment) -> bool:
    """Whether a paid payment may have something to post."""
    unpaid = purchase.state in ("pending", "expired")
    return unpaid or bool(payment.disputes) or payment.refunded_minor > purchase.refunded_minor


def _check(purchase: Purchase, payment: Payment) -> None:
    if purchase.provider_ref not in (None, payment.ref):
        raise PaymentMismatch("The payment belongs to another checkout.")
    if purchase.payment_ref is not None and payment.payment_ref not in (None, purchase.payment_ref):
        raise PaymentMismatch("The payment is another one.")
    if payment.paid and (payment.amount_minor, payment.currency) != (purchase.price_minor, purchase.currency):
        raise PaymentMismatch("The amount paid does not match the price.")
