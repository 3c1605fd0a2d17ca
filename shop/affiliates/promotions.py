"""Who promotes what. Creators pick products of open plans, and of sellers who invited them."""

from __future__ import annotations

import secrets
from typing import Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from core.clock import Clock
from core.errors import NotFound
from core.identity import Identity
from shop.affiliates.plans import Plans
from shop.affiliates.rates import LOWERED_MS, rate_for
from shop.errors import NotPromotable, TooManyProducts
from shop.sellers.sellers import Seller, Sellers
from shop.tables import shop_affiliates, shop_products, shop_promotions
from shop.tables.upsert import upsert

AffiliateState = Literal["invited", "joined", "ended"]
PROMOTIONS_MAX = 500  # of one creator
AFFILIATES_MAX = 10_000  # of one seller
CODE_BYTES = 9


class Promotion(msgspec.Struct, frozen=True):
    """`code`: in the creator's link. `ends_at`: the seller has ended it, and it counts until then (Unix ms)."""

    person: str
    product: str
    seller: str
    code: str
    since: int
    ends_at: int | None


_PROMOTION = select(*(shop_promotions.c[name] for name in Promotion.__struct_fields__))


class Promotions:
    def __init__(self, clock: Clock, plans: Plans, sellers: Sellers) -> None:
        self._clock = clock
        self._plans = plans
        self._sellers = sellers

    def pick(self, connection: Connection, who: Identity, product: str) -> Promotion:
        """Promote a product; again changes nothing. Raises AdultsOnly, NotFound, NotPromotable, TooManyProducts."""
        who.must_be_adult()
        now = self._clock()
        found = connection.execute(select(shop_products).where(shop_products.c.id == product)).first()
        if found is None or found.state != "offered":
            raise NotFound("There is no such product.")
        seller = self._sellers.find(connection, found.seller)
        self._check(connection, seller, who.id, product)
        earlier = self.of_product(connection, who.id, product)
        goes_on = earlier is not None and (earlier.ends_at is None or earlier.ends_at > now)
        if earlier is None:
            mine = select(func.count()).where(shop_promotions.c.person == who.id)
            if (connection.execute(mine).scalar() or 0) >= PROMOTIONS_MAX:
                raise TooManyProducts(f"At most {PROMOTIONS_MAX} products.")
        code = earlier.code if earlier else secrets.token_urlsafe(CODE_BYTES)
        since = earlier.since if earlier is not None and goes_on else now
        made = Promotion(who.id, product, seller.id, code, since, None)
        key = {"person": who.id, "product": product}
        upsert(connection, shop_promotions, key, {"seller": seller.id, "code": code, "since": since, "ends_at": None})
        key = {"seller": seller.id, "person": who.id}
        upsert(connection, shop_affiliates, key, {"state": "joined", "at": now})
        return made

    def stop(self, connection: Connection, person: str, product: str) -> None:
        """A creator does not promote it anymore: at once. Touches of before count no more. Raises NotFound."""
        own = shop_promotions.c.person == person, shop_promotions.c.product == product
        if not connection.execute(update(shop_promotions).where(*own).values(ends_at=self._clock())).rowcount:
            raise NotFound("You do not promote this product.")

    def invite(self, connection: Connection, seller: Seller, person: str) -> None:
        """Again changes nothing. Raises NotPromotable for oneself, TooManyProducts."""
        if person == seller.person:
            raise NotPromotable
        if self.state(connection, seller.id, person) in ("invited", "joined"):
            return
        many = connection.execute(select(func.count()).where(shop_affiliates.c.seller == seller.id)).scalar() or 0
        if many >= AFFILIATES_MAX:
            raise TooManyProducts(f"At most {AFFILIATES_MAX} creators.")
        values = {"state": "invited", "at": self._clock()}
        upsert(connection, shop_affiliates, {"seller": seller.id, "person": person}, values)

    def end(self, connection: Connection, seller: Seller, person: str) -> None:
        """They cannot pick more; what they promote already counts for LOWERED_DAYS. Raises NotFound."""
        now = self._clock()
        key = shop_affiliates.c.seller == seller.id, shop_affiliates.c.person == person
        if not connection.execute(update(shop_affiliates).where(*key).values(state="ended", at=now)).rowcount:
            raise NotFound("They do not promote your products.")
        theirs = shop_promotions.c.seller == seller.id, shop_promotions.c.person == person
        goes_on = update(shop_promotions).where(*theirs, shop_promotions.c.ends_at.is_(None))
        connection.execute(goes_on.values(ends_at=now + LOWERED_MS))

    def state(self, connection: Connection, seller: str, person: str) -> AffiliateState | None:
        one = shop_affiliates.c.seller == seller, shop_affiliates.c.person == person
        state: AffiliateState | None = connection.execute(select(shop_affiliates.c.state).where(*one)).scalar()
        return state

    def promotes(self, connection: Connection, seller: str, person: str) -> bool:
        """Whether somebody promotes a product of a seller now, and was not ended by them."""
        own = shop_promotions.c.seller == seller, shop_promotions.c.person == person
        found = select(shop_promotions.c.product).where(*own, self._goes_on()).limit(1)
        return self.state(connection, seller, person) == "joined" and connection.execute(found).first() is not None

    def of_product(self, connection: Connection, person: str, product: str) -> Promotion | None:
        own = shop_promotions.c.person == person, shop_promotions.c.product == product
        row = connection.execute(_PROMOTION.where(*own)).first()
        return Promotion(*row) if row else None

    def by_code(self, connection: Connection, code: str) -> Promotion:
        """Raises NotFound."""
        row = connection.execute(_PROMOTION.where(shop_promotions.c.code == code)).first()
        if row is None:
            raise NotFound("There is no such link.")
        return Promotion(*row)

    def current(self, connection: Connection, person: str) -> list[Promotion]:
        """What a creator promotes now, newest first; at most PROMOTIONS_MAX."""
        found = _PROMOTION.where(shop_promotions.c.person == person, self._goes_on())
        rows = connection.execute(found.order_by(shop_promotions.c.since.desc(), shop_promotions.c.product))
        return [Promotion(*row) for row in rows]

    def _goes_on(self) -> ColumnElement[bool]:
        return or_(shop_promotions.c.ends_at.is_(None), shop_promotions.c.ends_at > self._clock())

    def _check(self, connection: Connection, seller: Seller, person: str, product: str) -> None:
        plan, state = self._plans.of(connection, seller.id), self.state(connection, seller.id, person)
        may = state != "ended" and (plan.mode == "open" or (plan.mode == "invited" and state is not None))
        rules = self._plans.rules(connection, [seller.id], [product]).get(seller.id, [])
        pays = rate_for(rules, product, None, self._clock()) is not None
        if seller.state != "approved" or seller.person == person or not may or not pays:
            raise NotPromotable
