"""What a provider reports becomes transfers and a state: whatever was missed is made up for, and nothing goes back.

A report is all that the provider knows now, never one event. So it does not matter which events came, how often or in
which order: each part of a report is compared with what was recorded.
"""

from __future__ import annotations

import structlog
from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.errors import Refusal
from money.errors import PaymentMismatch
from money.ledger import Ledger
from money.ledger.accounts import MINT, cash, fees, losses, provider
from money.ledger.rules import Account, Transfer
from money.providers.provider import Dispute, Movement, Payment, Purchase
from money.purchases import rows
from money.purchases.debts import credit
from money.purchases.take_back import TakeBack
from money.tables import disputes, movements

log = structlog.get_logger("purchases")

_INSERT = {dialect.dialect.name: dialect.insert for dialect in (sqlite, postgresql)}


class Outcomes:
    def __init__(self, clock: Clock, ledger: Ledger, take_back: TakeBack, provider_name: str) -> None:
        self._clock = clock
        self._ledger = ledger
        self._take_back = take_back
        self._provider = provider_name

    def record(self, connection: Connection, payment: Payment) -> Purchase | None:
        """Move a purchase forward to what its provider reports. A repeated report changes nothing.

        Returns None for a purchase that is not ours. Raises PaymentMismatch, and changes nothing, when the payment does
        not match the purchase.
        """
        purchase = rows.find(connection, payment.purchase, lock=True)
        if purchase is None or purchase.provider != self._provider:
            return None
        _check(purchase, payment)
        if payment.state != "paid":
            if payment.state == "expired" and purchase.state == "pending":
                return rows.move(connection, purchase, "expired", provider_ref=payment.ref, settled_at=self._clock())
            return purchase
        purchase = self._settle(connection, purchase, payment)
        purchase = self._refund(connection, purchase, payment.refunded_minor)
        for dispute in payment.disputes:
            purchase = self._dispute(connection, purchase, dispute)
        for movement in payment.movements:
            self._note(connection, purchase, movement)
        return purchase

    def _settle(self, connection: Connection, purchase: Purchase, payment: Payment) -> Purchase:
        """Coins and money in one transfer: both units sum to zero. A debt is paid first."""
        if purchase.state not in ("pending", "expired"):
            if purchase.payment_ref is None and payment.payment_ref is not None:
                return rows.change(connection, purchase, payment_ref=payment.payment_ref)
            return purchase
        entries = {
            MINT: -purchase.coins,
            **credit(connection, purchase.person, purchase.coins),
            provider(purchase.provider, purchase.currency): -purchase.price_minor,
            cash(purchase.currency): purchase.price_minor,
        }
        detail: dict[str, str | int] = {
            "purchase": purchase.id,
            "pack": purchase.pack,
            "price_minor": purchase.price_minor,
            "currency": purchase.currency,
        }
        self._post(connection, f"purchase:{purchase.id}", "purchase", purchase.id, entries, detail)
        country, card_country = payment.countries
        return rows.move(
            connection, purchase, "paid", provider_ref=payment.ref, payment_ref=payment.payment_ref,
            settled_at=self._clock(), country=country, card_country=card_country,
        )  # fmt: skip

    def _refund(self, connection: Connection, purchase: Purchase, refunded: int) -> Purchase:
        more = refunded - purchase.refunded_minor
        if more <= 0:
            return purchase
        ours = min(more, purchase.price_minor - purchase.returned_minor)
        cause = f"refund:{purchase.id}:{refunded}"
        self._pay_back(connection, purchase, cause, "refund", more, purchase.currency, ours)
        wanted = purchase.coins * min(refunded, purchase.price_minor) // purchase.price_minor
        coins = max(0, wanted - purchase.taken_coins)  # a withdrawal took them when it was asked for
        self._take_back.take(connection, purchase, coins, cause)
        return rows.move(
            connection, purchase, "refunded" if refunded >= purchase.price_minor else "partly_refunded",
            refunded_minor=refunded, returned_minor=purchase.returned_minor + ours,
            taken_coins=purchase.taken_coins + coins,
        )  # fmt: skip

    def _dispute(self, connection: Connection, purchase: Purchase, dispute: Dispute) -> Purchase:
        known = connection.execute(select(disputes).where(disputes.c.ref == dispute.ref)).first()
        if known is None:
            purchase = self._open_dispute(connection, purchase, dispute)
        elif known.state != "open" or known.purchase != purchase.id:
            return purchase
        if dispute.state == "open":
            return purchase
        closed = (
            update(disputes)
            .where(disputes.c.ref == dispute.ref, disputes.c.state == "open")
            .values(state=dispute.state, settled_at=self._clock())
            .returning(disputes.c.amount_minor, disputes.c.currency, disputes.c.cash_minor)
        )
        row = connection.execute(closed).one()
        if dispute.state == "lost":
            return rows.move(connection, purchase, "lost")
        cause = f"dispute:{dispute.ref}"
        self._pay_back(
            connection, purchase, f"won:{cause}", "dispute_won", -row.amount_minor, row.currency, -row.cash_minor
        )
        restored = self._take_back.restore(connection, purchase, cause)
        return rows.move(
            connection, purchase, "won", returned_minor=purchase.returned_minor - row.cash_minor,
            taken_coins=purchase.taken_coins - restored,
        )  # fmt: skip

    def _open_dispute(self, connection: Connection, purchase: Purchase, dispute: Dispute) -> Purchase:
        """What it takes beyond the payment is our loss: exchange rates moved, or the payment was refunded before."""
        left = purchase.price_minor - purchase.returned_minor
        ours = min(dispute.amount_minor, left) if dispute.currency == purchase.currency else 0
        cause = f"dispute:{dispute.ref}"
        connection.execute(
            _INSERT[connection.dialect.name](disputes).values(
                ref=dispute.ref, purchase=purchase.id, state="open", amount_minor=dispute.amount_minor,
                currency=dispute.currency, cash_minor=ours, reason=dispute.reason, due_at=dispute.due_at,
                at=self._clock(),
            )
        )  # fmt: skip
        self._pay_back(connection, purchase, cause, "dispute", dispute.amount_minor, dispute.currency, ours)
        returned = purchase.returned_minor + ours
        foreign = dispute.currency != purchase.currency
        wanted = purchase.coins if foreign else purchase.coins * returned // purchase.price_minor
        coins = max(0, wanted - purchase.taken_coins)
        self._take_back.take(connection, purchase, coins, cause)
        return rows.move(
            connection, purchase, "disputed", returned_minor=returned, taken_coins=purchase.taken_coins + coins
        )

    def _pay_back(
        self, connection: Connection, purchase: Purchase, key: str, kind: str, amount: int, currency: str, ours: int
    ) -> None:
        """Money leaves the provider: `ours` of it is what the buyer had paid, the rest a loss. Negative: it returns."""
        entries = {
            cash(currency): -ours,
            losses(currency): ours - amount,
            provider(purchase.provider, currency): amount,
        }
        self._post(connection, key, kind, f"{amount}", entries, {"purchase": purchase.id, "amount_minor": amount})

    def _note(self, connection: Connection, purchase: Purchase, movement: Movement) -> None:
        """Remember what moved at the provider, for the reconciliation, and post what was kept of it."""
        row = {"provider": purchase.provider, "purchase": purchase.id, **_fields(movement)}
        fresh = _INSERT[connection.dialect.name](movements).values(row).on_conflict_do_nothing()
        added = connection.execute(fresh.returning(movements.c.ref)).first() is not None
        if added and movement.fee_minor:
            self.post_fee(connection, movement, purchase.id)

    def post_fee(self, connection: Connection, movement: Movement, purchase: str = "") -> None:
        entries = {
            provider(self._provider, movement.currency): movement.fee_minor,
            fees(movement.currency): -movement.fee_minor,
        }
        detail: dict[str, str | int] = {"purchase": purchase, "movement": movement.ref}
        self._post(connection, f"fee:{self._provider}:{movement.ref}", "fee", movement.ref, entries, detail)

    def _post(
        self, connection: Connection, key: str, kind: str, request: str, entries: dict[Account, int],
        detail: dict[str, str | int],
    ) -> None:  # fmt: skip
        wanted = {account: amount for account, amount in entries.items() if amount}
        if not wanted:
            return
        [verdict] = self._ledger.post(connection, [Transfer(key, kind, self._clock(), request, wanted, detail)])
        if isinstance(verdict, Refusal):
            raise verdict


def _check(purchase: Purchase, payment: Payment) -> None:
    if purchase.provider_ref not in (None, payment.ref):
        raise PaymentMismatch("The payment belongs to another checkout.")
    if purchase.payment_ref is not None and payment.payment_ref not in (None, purchase.payment_ref):
        raise PaymentMismatch("The payment is another one.")
    if payment.paid and (payment.amount_minor, payment.currency) != (purchase.price_minor, purchase.currency):
        raise PaymentMismatch("The amount paid does not match the price.")


def _fields(movement: Movement) -> dict[str, object]:
    return {name: getattr(movement, name) for name in Movement.__struct_fields__}
