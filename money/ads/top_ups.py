"""What an advertiser may pay in, and what can go back to the card that paid."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, case, func, select

from core.http import Page
from money.ads.budgets import AdBudgets
from money.ads.vat.agreed import agreed_of
from money.errors import NotRefundable, TopUpAmount
from money.ledger.accounts import AD_CURRENCY, MICRO_PER_MINOR, ad_balance, ad_debt
from money.providers.provider import Purchase
from money.purchases import rows
from money.purchases.debts import balance
from money.purchases.state import REFUNDABLE, SETTLED, PublicState, public
from money.tables import ad_prizes, purchases
from money.vat.amounts import net_gone
from money.vat.sales import Agreed

TOP_UP_MINOR_MIN = 500
TOP_UP_MINOR_MAX = 1_000_000
NEW_DAYS = 30  # since the first payment; as long as a stolen card may go unnoticed
NEW_MINOR_MAX = 100_000  # paid in altogether until then
DAY_MS = 86_400_000


class AdBalance(msgspec.Struct, frozen=True):
    """Millionths of the currency. `available_micro` is neither held nor spent; `debt_micro` is paid first by what comes
    in, and nothing is shown meanwhile."""

    currency: str
    available_micro: int
    held_micro: int
    debt_micro: int
    top_up_minor_min: int
    top_up_minor_max: int  # now


class TopUp(msgspec.Struct, frozen=True):
    """A payment into the balance. `amount_minor`: what was paid, `vat_minor` of it was VAT. `refundable_minor`: what
    can go back to the card that paid, now, with its VAT."""

    id: str
    state: PublicState
    amount_minor: int
    vat_minor: int
    currency: str
    refunded_minor: int
    refundable_minor: int
    at: int


def ad_balance_of(connection: Connection, advertiser: str, now: int) -> AdBalance:
    return AdBalance(
        AD_CURRENCY, balance(connection, ad_balance(advertiser), lock=False),
        AdBudgets.held(connection, advertiser) + held_for_prizes(connection, advertiser),
        -balance(connection, ad_debt(advertiser), lock=False), TOP_UP_MINOR_MIN, room(connection, advertiser, now),
    )  # fmt: skip


def held_for_prizes(connection: Connection, advertiser: str) -> int:
    """What is set aside for the prizes of an advertiser's challenges, and for their fees."""
    held = case(
        (ad_prizes.c.state == "held", ad_prizes.c.prize_micro + ad_prizes.c.fee_micro), else_=ad_prizes.c.prize_micro
    )
    mine = ad_prizes.c.advertiser == advertiser, ad_prizes.c.state.in_(("held", "running"))
    return int(connection.execute(select(func.sum(held)).where(*mine)).scalar() or 0)


def room(connection: Connection, advertiser: str, now: int) -> int:
    """The most that may be paid in at once, in minor units. A new advertiser's sum is limited; what is not paid yet
    counts, too, so that many checkouts at once do not pass the limit."""
    since = select(func.min(purchases.c.settled_at)).where(
        purchases.c.advertiser == advertiser, purchases.c.state.in_(SETTLED)
    )
    first = connection.execute(since).scalar()
    if first is not None and first <= now - NEW_DAYS * DAY_MS:
        return TOP_UP_MINOR_MAX
    left = purchases.c.coins * (purchases.c.price_minor - purchases.c.refunded_minor)  # and without its VAT
    paid = select(func.sum(left // (purchases.c.price_minor * MICRO_PER_MINOR))).where(
        purchases.c.advertiser == advertiser, purchases.c.state != "expired"
    )
    return max(0, min(TOP_UP_MINOR_MAX, NEW_MINOR_MAX - int(connection.execute(paid).scalar() or 0)))


def check_amount(connection: Connection, advertiser: str, amount_minor: int, now: int) -> None:
    """Whether so much may be paid in, before VAT. Raises TopUpAmount. Until the transaction ends nobody else asks for
    this advertiser: payments that are opened at once would not know of each other."""
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        lock = func.pg_advisory_xact_lock(func.hashtext("ad top-ups"), func.hashtext(advertiser))
        connection.execute(select(lock))
    most = room(connection, advertiser, now)
    if type(amount_minor) is not int or not TOP_UP_MINOR_MIN <= amount_minor <= most:
        raise TopUpAmount(f"Pay in between {TOP_UP_MINOR_MIN} and {most} cents.")


def offer(advertiser: str, amount_minor: int, vat_minor: int) -> dict[str, object]:
    """A purchase's columns for paying in so much, and the VAT on it."""
    return {
        "pack": "", "coins": amount_minor * MICRO_PER_MINOR, "price_minor": amount_minor + vat_minor,
        "currency": AD_CURRENCY, "advertiser": advertiser,
    }  # fmt: skip


def refundable(connection: Connection, purchase: Purchase, *, lock: bool = False) -> int:
    """How much of a payment can go back, in minor units: what the balance still has, and the payment has not returned,
    with the VAT on it.

    `lock` the balance, so that it holds until the transaction ends.
    """
    return _refundable(connection, purchase, _vat_in(connection, purchase), lock=lock)


def micro_for(connection: Connection, purchase: Purchase, minor: int) -> int:
    """What of the balance so much of a payment has bought, in millionths: all but the VAT in it."""
    return net_gone(purchase.price_minor, _vat_in(connection, purchase), minor) * MICRO_PER_MINOR


def _refundable(connection: Connection, purchase: Purchase, vat_minor: int, *, lock: bool = False) -> int:
    if purchase.advertiser is None or purchase.state not in REFUNDABLE:
        return 0
    left = balance(connection, ad_balance(purchase.advertiser), lock=lock)
    net = min(left, purchase.coins - purchase.taken_coins) // MICRO_PER_MINOR
    before, price = purchase.refunded_minor, purchase.price_minor
    gone = net_gone(price, vat_minor, before)

    def net_of(amount: int) -> int:
        return net_gone(price, vat_minor, before + amount) - gone

    return bisect_right(range(price - before + 1), net, key=net_of) - 1 if net > 0 else 0


def _vat_in(connection: Connection, purchase: Purchase) -> int:
    return _vat_of(purchase, agreed_of(connection, [purchase.id]))


def _vat_of(purchase: Purchase, agreed: Mapping[str, Agreed]) -> int:
    terms = agreed.get(purchase.id)
    return terms.vat_minor if terms else 0


def check_refund(connection: Connection, purchase: Purchase, amount_minor: int) -> int:
    """The millionths to take for a refund. Raises NotRefundable."""
    if not 1 <= amount_minor <= refundable(connection, purchase, lock=True):
        raise NotRefundable
    before = micro_for(connection, purchase, purchase.refunded_minor)
    return micro_for(connection, purchase, purchase.refunded_minor + amount_minor) - before


def is_disputed(connection: Connection, advertiser: str) -> bool:
    """Whether a payment of an advertiser is disputed, or a dispute was lost."""
    found = select(purchases.c.id).where(
        purchases.c.advertiser == advertiser, purchases.c.state.in_(("disputed", "lost"))
    )
    return connection.execute(found.limit(1)).first() is not None


def top_ups(connection: Connection, advertiser: str, cursor: str, limit: int) -> Page[TopUp]:
    """Payments into a balance, newest first; those that were never paid are left out."""
    found = rows.PURCHASE.where(purchases.c.advertiser == advertiser, purchases.c.state != "expired")
    if cursor:
        found = found.where(purchases.c.id < cursor)
    newest = connection.execute(found.order_by(purchases.c.id.desc()).limit(limit + 1)).all()
    shown = [Purchase(*row) for row in newest[:limit]]
    agreed = agreed_of(connection, [one.id for one in shown])
    items = [_top_up(connection, one, _vat_of(one, agreed)) for one in shown]
    return Page(items, items[-1].id if len(newest) > limit else None)


def _top_up(connection: Connection, purchase: Purchase, vat_minor: int) -> TopUp:
    return TopUp(
        purchase.id, public(purchase.state), purchase.price_minor, vat_minor, purchase.currency,
        purchase.refunded_minor, _refundable(connection, purchase, vat_minor), purchase.at,
    )  # fmt: skip
