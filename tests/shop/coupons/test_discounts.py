"""What a coupon takes off is exact, whatever the prices."""

from __future__ import annotations

import random

import pytest

from shop.coupons.discounts import COUPON_RATE_MAX, Coupon, CouponProblem, Goods, divided, reduction
from tests.shop.coupons.conftest import coupon


def test_what_is_divided_adds_up_and_no_part_is_above_its_weight() -> None:
    chance = random.Random(15)
    for _ in range(2_000):
        weights = {str(name): chance.choice((0, 1, 7, 333, 1_999, 10**7)) for name in range(chance.randint(1, 9))}
        total = sum(weights.values())
        if total == 0:
            continue
        whole = chance.randint(0, total)
        parts = divided(whole, weights)
        assert sum(parts.values()) == whole
        for name, part in parts.items():
            assert whole * weights[name] // total <= part <= min(weights[name], whole * weights[name] // total + 1)
        assert divided(whole, dict(reversed(weights.items()))) == parts


@pytest.mark.parametrize(
    ("one", "currency", "mine", "expected"),
    [
        (coupon(rate=1_000), "EUR", 0, ""), (coupon(rate=1_000), "USD", 9, ""),
        (coupon(rate=1_000, state="ended"), "EUR", 0, "ended"), (coupon(rate=1_000, ends_at=100), "EUR", 0, "ended"),
        (coupon(rate=1_000, starts_at=101), "EUR", 0, "not_yet"), (coupon(rate=1_000, starts_at=100), "EUR", 0, ""),
        (coupon(rate=1_000, uses_max=3, used=3), "EUR", 0, "used_up"),
        (coupon(rate=1_000, uses_each=2), "EUR", 2, "used_by_you"),
        (coupon(amount_minor=500, currency="USD"), "EUR", 0, "other_currency"),
        (coupon(rate=1_000, products=["other"]), "EUR", 0, "not_for_these"),
        (coupon(rate=1_000, currency="EUR", min_minor=3_001), "EUR", 0, "too_little"),
        (coupon(rate=1_000, currency="EUR", min_minor=3_000), "EUR", 0, ""),
    ],
)  # fmt: skip
def test_a_coupon_counts_under_its_terms_only(one: Coupon, currency: str, mine: int, expected: CouponProblem) -> None:
    goods = [Goods("v1", "p1", 1_000), Goods("v2", "p2", 2_000)]
    found = reduction(one, goods, currency, mine, 100)
    assert found.problem == expected
    assert bool(found.by_variant) == (expected == "")


def test_an_amount_leaves_something_to_pay_and_stays_on_its_products() -> None:
    goods = [Goods("v1", "p1", 1_000), Goods("v2", "p2", 2_000)]
    whole = reduction(coupon(amount_minor=9_999, currency="EUR"), goods, "EUR", 0, 100).by_variant
    assert sum(whole.values()) == 3_000 * COUPON_RATE_MAX // 10_000
    some = reduction(coupon(amount_minor=500, currency="EUR", products=["p2"]), goods, "EUR", 0, 100).by_variant
    assert some == {"v2": 500}
    free = [Goods("v1", "p1", 1)]
    assert reduction(coupon(rate=1_000), free, "EUR", 0, 100).problem == "too_little"
