"""A seller's coupons over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.database import Database
from core.errors import NotFound
from core.http import Call, Operation, Page, Paging
from core.identity import Person
from core.limits import Rate
from shop.coupons.coupons import CODE_CHARS_MAX, COUPON_PRODUCTS_MAX, CouponDraft, Coupons
from shop.coupons.discounts import Coupon, CouponState
from shop.errors import BadCoupon
from shop.products.views import Brief
from shop.routes.products import ByHandle
from shop.sellers.sellers import Sellers

COUPON_RATE = Rate(60, 60)


class CouponRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Either a `rate` in hundredths of a percent, or an amount. `currency`: of the amount and the minimum. `products`:
    none: all. Times are Unix ms. `uses_each`: of one person. `affiliate`: the handle of a creator whose sale it is."""

    code: Annotated[str, Meta(max_length=4 * CODE_CHARS_MAX)]
    rate: int = 0
    amount_minor: int = 0
    currency: Annotated[str, Meta(max_length=3)] = ""
    min_minor: int = 0
    products: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=COUPON_PRODUCTS_MAX)] = []
    starts_at: int | None = None
    ends_at: int | None = None
    uses_max: int | None = None
    uses_each: int | None = None
    affiliate: Annotated[str, Meta(max_length=64)] = ""


class CouponView(msgspec.Struct, frozen=True):
    """`used`: by orders that are paid, or being paid. `affiliate` is null for nobody, and for a deleted account."""

    id: str
    code: str
    rate: int
    amount_minor: int
    currency: str
    min_minor: int
    products: list[str]
    starts_at: int
    ends_at: int | None
    uses_max: int | None
    uses_each: int | None
    used: int
    affiliate: Person | None
    state: CouponState
    at: int


class CouponRoutes:
    def __init__(
        self, database: Database, brief: Brief, by_handle: ByHandle, sellers: Sellers, coupons: Coupons
    ) -> None:
        self._database = database
        self._brief = brief
        self._by_handle = by_handle
        self._sellers = sellers
        self._coupons = coupons

    def operations(self) -> list[Operation]:
        path = "/api/shop/coupons"
        return [
            Operation("GET", path, self.coupons),
            Operation("POST", path, self.make, status=201, rate=COUPON_RATE),
            Operation("DELETE", f"{path}/{{id}}", self.end),
        ]

    def coupons(self, call: Call, query: Paging) -> Page[CouponView]:
        """Your coupons, newest first."""

        def read(connection: Connection) -> Page[CouponView]:
            seller = self._sellers.own(connection, call.identity.id)
            found = self._coupons.page(connection, seller, query.cursor, query.limit + 1)
            items = self._views(connection, found[: query.limit])
            return Page(items, items[-1].id if len(found) > query.limit else None)

        return self._database.read(read)

    def make(self, call: Call, body: CouponRequest) -> CouponView:
        """Make a coupon. What it takes off is never changed."""

        def write(connection: Connection) -> CouponView:
            seller = self._sellers.own(connection, call.identity.id)
            values = msgspec.structs.asdict(body) | {"affiliate": self._person(connection, body.affiliate)}
            return self._views(connection, [self._coupons.make(connection, seller, CouponDraft(**values))])[0]

        return self._database.write(write)

    def end(self, call: Call, id: str) -> None:
        """Let nobody order with a coupon any more."""

        def write(connection: Connection) -> None:
            self._coupons.end(connection, self._sellers.own(connection, call.identity.id), id)

        self._database.write(write)

    def _person(self, connection: Connection, handle: str) -> str:
        """Raises BadCoupon."""
        if not handle:
            return ""
        try:
            return self._by_handle(connection, handle).id
        except NotFound:
            raise BadCoupon("There is no such creator.") from None

    def _views(self, connection: Connection, coupons: list[Coupon]) -> list[CouponView]:
        people = self._brief(connection, {one.affiliate for one in coupons if one.affiliate})
        names = [name for name in CouponView.__struct_fields__ if name != "affiliate"]
        return [
            CouponView(
                **{name: getattr(one, name) for name in names},
                affiliate=people.get(one.affiliate) if one.affiliate else None,
            )
            for one in coupons
        ]  # fmt: skip
