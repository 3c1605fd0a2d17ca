"""Coupons, of a seller on a real database or just as values."""

from __future__ import annotations

from typing import Any

from shop.coupons.coupons import CouponDraft
from shop.coupons.discounts import Coupon
from shop.sellers.sellers import Seller
from tests.shop.conftest import Market


def coupon(**more: Any) -> Coupon:
    values: dict[str, Any] = {
        "id": "c", "seller": "s", "code": "SPRING", "rate": 0, "amount_minor": 0, "currency": "", "min_minor": 0,
        "products": [], "starts_at": 0, "ends_at": None, "uses_max": None, "uses_each": None, "used": 0,
        "affiliate": None, "state": "open", "at": 0,
    }  # fmt: skip
    return Coupon(**values | more)


def make(market: Market, seller: Seller, code: str = "SPRING", **more: Any) -> Coupon:
    return market.database.write(lambda c: market.shop.coupons.make(c, seller, CouponDraft(code, **more)))


def used(market: Market, seller: Seller, coupon: Coupon) -> int:
    return market.database.read(lambda c: market.shop.coupons.find(c, seller, coupon.id)).used
