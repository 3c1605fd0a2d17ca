"""What a coupon takes off the lines of an order. Pure.

It is divided over the lines that it is for by their totals, so each line keeps its own exact part: refunds use that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from shop.orders.shares import WHOLE

COUPON_RATE_MAX = 9_000  # hundredths of a percent: something is left to pay and to refund

CouponState = Literal["open", "ended"]
CouponProblem = Literal[
    "", "unknown", "not_yet", "ended", "used_up", "used_by_you", "too_little", "other_currency", "not_for_these"
]


class Coupon(msgspec.Struct, frozen=True):
    """Either a `rate` in hundredths of a percent, or an amount in `currency`. `min_minor`: of the goods before it.
    `products`: none: all. Times are Unix ms; null: without an end, without a limit."""

    id: str
    seller: str
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
    affiliate: str | None
    state: CouponState
    at: int


class Goods(NamedTuple):
    """A line before its coupon."""

    variant: str
    product: str
    total_minor: int


class Reduction(NamedTuple):
    """Minor units by variant, or why there are none."""

    problem: CouponProblem
    by_variant: Mapping[str, int]


def reduction(coupon: Coupon, goods: Sequence[Goods], currency: str, mine: int, now: int) -> Reduction:
    """Of one order. `mine`: how often the buyer has used it."""
    problem = _problem(coupon, goods, currency, mine, now)
    if problem:
        return Reduction(problem, {})
    chosen = [one for one in goods if _is_for(coupon, one)]
    total = sum(one.total_minor for one in chosen)
    most = total * COUPON_RATE_MAX // WHOLE
    whole = total * coupon.rate // WHOLE if coupon.rate else min(coupon.amount_minor, most)
    if whole <= 0:
        return Reduction("too_little", {})
    return Reduction("", divided(whole, {one.variant: one.total_minor for one in chosen}))


def _problem(coupon: Coupon, goods: Sequence[Goods], currency: str, mine: int, now: int) -> CouponProblem:
    if coupon.state == "ended" or (coupon.ends_at is not None and coupon.ends_at <= now):
        return "ended"
    if coupon.starts_at > now:
        return "not_yet"
    if coupon.uses_each is not None and mine >= coupon.uses_each:
        return "used_by_you"
    if coupon.uses_max is not None and coupon.used >= coupon.uses_max:
        return "used_up"
    if coupon.currency not in ("", currency):
        return "other_currency"
    if not any(_is_for(coupon, one) for one in goods):
        return "not_for_these"
    return "too_little" if sum(one.total_minor for one in goods) < coupon.min_minor else ""


def _is_for(coupon: Coupon, one: Goods) -> bool:
    return not coupon.products or one.product in coupon.products


def divided(whole: int, weights: Mapping[str, int]) -> dict[str, int]:
    """An amount by weight: rounded down, and the rest to the largest remainders, ties by name. No part is above its
    weight while the whole is not above their sum."""
    total = sum(weights.values())
    parts = {name: whole * weight // total for name, weight in weights.items()}
    order = sorted(weights, key=lambda name: (-(whole * weights[name] % total), name))
    for name in order[: whole - sum(parts.values())]:
        parts[name] += 1
    return parts
