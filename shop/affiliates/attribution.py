"""Whose work an order is: of all creators who led the buyer to its products, the last one within a week; or whose
coupon it was. One creator for an order, so that it is divided in one transfer.

Judged when the order is placed, and frozen on it. Nobody earns on what they buy themselves, nor their household: who
ever had something sent to the same address.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import msgspec
from sqlalchemy import Connection

from core.clock import Clock
from core.database.many import Pairs
from shop.affiliates.plans import Plans
from shop.affiliates.promotions import Promotion, Promotions
from shop.affiliates.rates import RateRule, rate_for
from shop.affiliates.touches import Touch, touches_by
from shop.orders.addresses import Address

Source = Literal["link", "tag", "pin", "coupon"]
_HOMES = Pairs(
    "SELECT DISTINCT o.person, o.household FROM {pairs} AS k JOIN shop_orders o ON o.person = k.a AND o.household = k.b"
)
_SIGNS = re.compile(r"[^\w\n]+|_+")
_PLACE = ("line1", "line2", "postal_code", "city", "country")


class Attribution(msgspec.Struct, frozen=True):
    """`rules`: by product; products that are not in it earn nothing."""

    creator: str
    source: Source
    rules: Mapping[str, RateRule]


class Seeking(msgspec.Struct, frozen=True):
    """An order whose work is sought. `home`: the digest of where it goes; `shown`: by what its buyer comes to it right
    now; `coupon_of`: the creator whose coupon is on it, who comes before all touches."""

    buyer: str
    home: str
    shown: Sequence[Touch] = ()
    coupon_of: str = ""


NOBODYS = Seeking("", "")


class Attributions:
    def __init__(self, clock: Clock, plans: Plans, promotions: Promotions) -> None:
        self._clock = clock
        self._plans = plans
        self._promotions = promotions

    def among(
        self, connection: Connection, seeking: Sequence[Seeking], sellers: Collection[str], products: Collection[str]
    ) -> Attributing:
        """All that these orders, of these products of these sellers, can be the work of."""
        now = self._clock()
        rules = self._plans.rules(connection, sellers, products)
        touches = touches_by(connection, sorted({one.buyer for one in seeking}), now) if rules else {}
        places = {
            (creator, one.home)
            for one in seeking if rules
            for creator in {one.coupon_of, *(known.creator for known in (*one.shown, *touches.get(one.buyer, ())))}
        } - {("", one.home) for one in seeking}  # fmt: skip
        homes = {(person, home) for person, home in _HOMES.read(connection, sorted(places))}
        creators = sorted({creator for creator, _ in places})
        promoted = {
            creator: {one.product: one for one in self._promotions.current(connection, creator)} for creator in creators
        }
        return Attributing(now, self._plans.rate_max, rules, touches, homes, promoted)


class Attributing:
    """Whose work the orders of a batch are, out of what was read for all of them."""

    def __init__(
        self, now: int, rate_max: int, rules: Mapping[str, Collection[RateRule]], touches: dict[str, list[Touch]],
        homes: set[tuple[str, str]], promoted: Mapping[str, Mapping[str, Promotion]],
    ) -> None:  # fmt: skip
        """`rules` by seller, `touches` by buyer, `promoted` by creator and product. `homes`: which creators have had
        something sent where."""
        self._now = now
        self._rate_max = rate_max
        self._rules = rules
        self._touches = touches
        self._homes = homes
        self._promoted = promoted

    def place(self, one: Seeking) -> None:
        """It is ordered: what was shown are touches, and its buyer has something sent there from now on."""
        if one.shown:
            known = [*self._touches.get(one.buyer, ()), *one.shown]
            newest = {(touch.creator, touch.product): touch for touch in known}
            self._touches[one.buyer] = sorted(newest.values(), key=lambda touch: (-touch.at, touch.creator))
        self._homes.add((one.buyer, one.home))

    def of(self, one: Seeking, seller: str, products: Collection[str]) -> Attribution | None:
        """Of an order of these products of a seller."""
        rules = self._rules.get(seller, ())
        if one.coupon_of and self._may_earn(one.coupon_of, one):
            return self._attribution(one.coupon_of, "coupon", products, rules)
        for touch in self._touches.get(one.buyer, ()) if rules else ():
            if touch.product in products and self._may_earn(touch.creator, one):
                found = self._attribution(touch.creator, touch.source, products, rules)
                if found is not None:
                    return found
        return None

    def _may_earn(self, creator: str, one: Seeking) -> bool:
        return creator != one.buyer and (creator, one.home) not in self._homes

    def _attribution(
        self, creator: str, source: Source, products: Collection[str], rules: Collection[RateRule]
    ) -> Attribution | None:
        """What a creator earns of these products: those that they promote, and with a coupon all of them."""
        theirs, found = self._promoted.get(creator, {}), dict[str, RateRule]()
        for product in products:
            promotion = theirs.get(product)
            if promotion is None and source != "coupon":
                continue
            rule = rate_for(rules, product, promotion.since if promotion is not None else None, self._now)
            if rule is not None:
                found[product] = msgspec.structs.replace(rule, rate=min(rule.rate or 0, self._rate_max))
        return Attribution(creator, source, found) if found else None


def household(address: Address) -> str:
    """A digest of a place, however it is spelled: accents, case, spaces and signs do not count, nor who lives there."""
    spelled = unicodedata.normalize("NFKD", "\n".join(getattr(address, name) for name in _PLACE)).casefold()
    return hashlib.blake2b(_SIGNS.sub("", spelled).encode(), digest_size=16).hexdigest()
