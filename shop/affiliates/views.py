"""Plans and promotions as sellers and creators see them."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, or_, select

from core.clock import Clock
from core.http import Page
from core.identity import Person
from shop.affiliates.commissions import CommissionDay, Commissions
from shop.affiliates.plans import PlanMode, Plans
from shop.affiliates.promotions import AffiliateState, Promotions
from shop.affiliates.rates import rate_for
from shop.products.views import Brief, ProductCard, ProductViews
from shop.sellers.sellers import Sellers
from shop.tables import shop_affiliates, shop_plans, shop_products, shop_sellers

INVITATIONS_SHOWN_MAX = 100


class PlanView(msgspec.Struct, frozen=True):
    """`rate`: in hundredths of a percent, of all products that are not in `rates`."""

    mode: PlanMode
    rate: int
    rate_max: int
    rates: dict[str, int]


class SoldSum(msgspec.Struct, frozen=True):
    """`sold_minor`: without VAT and shipping."""

    currency: str
    orders: int
    sold_minor: int
    commission_minor: int


class AffiliateRow(msgspec.Struct, frozen=True):
    """A creator of a seller. `person` is null for a deleted account."""

    person: Person | None
    state: AffiliateState
    since: int
    sums: list[SoldSum]


class Report(msgspec.Struct, frozen=True):
    """By day, in one currency. All days, today last."""

    currency: str
    days: list[CommissionDay]


class Promotable(msgspec.Struct, frozen=True):
    """A product that a creator may promote, or does. `rate`: what they get now, in hundredths of a percent. `code` is
    null for those that they do not promote; `ends_at`: until when it counts, if the seller has ended it."""

    product: ProductCard
    seller_name: str
    seller: Person | None
    rate: int
    code: str | None
    ends_at: int | None


class AffiliateViews:
    def __init__(
        self, clock: Clock, brief: Brief, sellers: Sellers, plans: Plans, promotions: Promotions,
        commissions: Commissions, products: ProductViews,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._brief = brief
        self._sellers = sellers
        self._plans = plans
        self._promotions = promotions
        self._commissions = commissions
        self._products = products

    def plan(self, connection: Connection, seller: str) -> PlanView:
        plan = self._plans.of(connection, seller)
        own = connection.execute(select(shop_products.c.id).where(shop_products.c.seller == seller)).scalars().all()
        rates = self._plans.own_rates(connection, seller, own)
        return PlanView(plan.mode, plan.rate, self._plans.rate_max, rates)

    def affiliates(self, connection: Connection, seller: str, cursor: str, limit: int) -> Page[AffiliateRow]:
        """Who promotes a seller's products, or was invited to."""
        found = select(shop_affiliates).where(shop_affiliates.c.seller == seller, shop_affiliates.c.person > cursor)
        rows = connection.execute(found.order_by(shop_affiliates.c.person).limit(limit + 1)).all()
        people = self._brief(connection, {row.person for row in rows})
        sums = self._commissions.by_creator(connection, seller)
        items = [
            AffiliateRow(
                people.get(row.person), row.state, row.at,
                [SoldSum(currency, *of_it) for currency, of_it in sorted(sums.get(row.person, {}).items())],
            )
            for row in rows[:limit]
        ]  # fmt: skip
        return Page(items, rows[limit - 1].person if len(rows) > limit else None)

    def promotable(self, connection: Connection, person: str, cursor: str, limit: int) -> Page[Promotable]:
        """What a creator may promote and does not yet, newest first: of open plans, and of sellers who invited them."""
        theirs = select(shop_affiliates.c.seller).where(
            shop_affiliates.c.person == person, shop_affiliates.c.state.in_(("invited", "joined"))
        )
        ended = select(shop_affiliates.c.seller).where(
            shop_affiliates.c.person == person, shop_affiliates.c.state == "ended"
        )
        plan = or_(shop_plans.c.mode == "open", (shop_plans.c.mode == "invited") & shop_plans.c.seller.in_(theirs))
        found = (
            select(shop_products.c.id)
            .join(shop_plans, shop_plans.c.seller == shop_products.c.seller)
            .join(shop_sellers, shop_sellers.c.id == shop_products.c.seller)
            .where(
                shop_products.c.state == "offered", shop_sellers.c.state == "approved", plan,
                shop_sellers.c.person != person, shop_products.c.seller.not_in(ended),
            )
        )  # fmt: skip
        if cursor:
            found = found.where(shop_products.c.id < cursor)
        ids = list(connection.execute(found.order_by(shop_products.c.id.desc()).limit(limit + 1)).scalars())
        mine = {one.product for one in self._promotions.current(connection, person)}
        shown = [one for one in self._shown(connection, person, ids[:limit]) if one.rate and one.product.id not in mine]
        return Page(shown, ids[limit - 1] if len(ids) > limit else None)

    def promoted(self, connection: Connection, person: str) -> list[Promotable]:
        """What a creator promotes, without what a moderator has hidden."""
        return self._shown(connection, person, [one.product for one in self._promotions.current(connection, person)])

    def invitations(self, connection: Connection, person: str) -> list[Person]:
        """Sellers who invited somebody that has not picked anything yet."""
        found = (
            select(shop_sellers.c.person)
            .join(shop_affiliates, shop_affiliates.c.seller == shop_sellers.c.id)
            .where(shop_affiliates.c.person == person, shop_affiliates.c.state == "invited")
            .limit(INVITATIONS_SHOWN_MAX)
        )
        return list(self._brief(connection, list(connection.execute(found).scalars())).values())

    def _shown(self, connection: Connection, person: str, ids: list[str]) -> list[Promotable]:
        cards = {card.id: card for card in self._products.all_cards(connection, ids)}
        of = select(shop_products.c.id, shop_products.c.seller).where(shop_products.c.id.in_(ids))
        sold_by = {row.id: row.seller for row in connection.execute(of)} if ids else {}
        sellers = self._sellers.by_ids(connection, set(sold_by.values()))
        people = self._brief(connection, {seller.person for seller in sellers.values()})
        rules = self._plans.rules(connection, sorted(sellers), ids)
        mine = {one.product: one for one in self._promotions.current(connection, person)}
        found = []
        for product in (one for one in ids if one in cards):
            seller, own = sellers[sold_by[product]], mine.get(product)
            rule = rate_for(rules.get(seller.id, []), product, own.since if own else None, self._clock())
            rate = min(rule.rate or 0, self._plans.rate_max) if rule else 0
            found.append(
                Promotable(
                    cards[product], seller.name, people.get(seller.person), rate, own.code if own else None,
                    own.ends_at if own else None,
                )
            )  # fmt: skip
        return found
