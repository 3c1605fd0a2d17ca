"""Orders that are placed together become what they would have become one after the other."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, event, text

from core.errors import IdempotencyKeyReused, Refusal
from shop.errors import CouponNotValid, OutOfStock, PinLimit, TooManyOpenOrders
from shop.orders import rows
from shop.orders.addresses import Address
from shop.pins.how import How
from shop.placing.batch import HELD_CHECKOUTS_MAX, Placed
from shop.placing.order import NewOrder
from tests.shop.conftest import PARIS, Market, who
from tests.shop.coupons.conftest import make
from tests.shop.pins.conftest import Stage

PLACES = (PARIS, Address("Bea", "1 Main Street", "Lyon", "FR"), Address("Cid", "2 Main Street", "Berlin", "DE"))


class _Undone(Exception):
    pass


def order(person: str, items: dict[str, int], key: str = "k", how: How | None = None) -> NewOrder:
    return NewOrder(who(person), list(items.items()), PARIS, "EUR", None, key, how or How())


def place_all(market: Market, orders: Sequence[NewOrder]) -> list[Placed | Refusal]:
    return market.database.write(lambda c: market.shop.placing.place_all(c, orders))


def codes(answers: Sequence[Placed | Refusal]) -> list[str]:
    return [one.code if isinstance(one, Refusal) else "" for one in answers]


def seen(connection: Connection, answer: Placed | Refusal) -> object:
    """What became of an order, without the ids."""
    if isinstance(answer, Refusal):
        return answer.code
    checkout, purchase = answer
    orders = rows.orders_of(connection, checkout.id)
    lines = rows.lines_of(connection, [one.id for one in orders])
    return (
        checkout.total_minor, checkout.pin, checkout.state, purchase.price_minor, purchase.country, purchase.method,
        sorted(
            (one.seller, one.total_minor, one.coupon or "", one.affiliate or "", one.affiliate_source) for one in orders
        ),
        sorted(
            (one.variant or "", one.count, one.discount_minor, one.total_minor, one.tax_minor, one.commission_rate)
            for one in lines
        ),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_a_batch_decides_as_one_order_after_the_other(stage: Stage, seed: int) -> None:
    chance, market = random.Random(seed), stage.market
    other = market.seller("olga", "DE", "")
    variants = [market.product(stage.seller, on_hand=9), market.product(stage.seller, 3), market.product(other, 5)]
    market.plan(stage.seller, 1_000)
    market.promote("cleo", variants[0])
    method = stage.save_method("ada", market.product(other))
    market.touch("bea", "cleo", variants[0])
    pin = stage.pin(variants[1])
    make(market, stage.seller, rate=1_000, uses_max=3)
    make(market, other, rate=2_000, uses_each=1)
    make(market, stage.seller, "CLEO", amount_minor=150, currency="EUR", uses_each=1, affiliate="cleo")
    hows = [
        How(), How(), How(pin=pin.id), How(pin=pin.id, video="none"), How(method=method), How(coupon="spring"),
        How(coupon="spring"), How(coupon="CLEO"), How(coupon="nobody's"),
    ]  # fmt: skip

    def random_order() -> NewOrder:
        some = chance.sample(variants, chance.randint(1, 2)) if chance.random() < 0.5 else [chance.choice(variants)]
        how = chance.choice(hows)
        items = [(one, chance.choice((1, 1, 2, 3, 0))) for one in some]
        person = chance.choice(("ada", "bea", "cleo", "cid", "dan", "sam"))
        address = None if how.method and chance.random() < 0.7 else chance.choice(PLACES)
        total = chance.choice((None, None, None, 1))
        currency = chance.choice(("EUR", "EUR", "USD", "GBP", "???"))
        return NewOrder(
            who(person, adult=person != "dan"), items, address, currency, total, f"k{chance.randint(0, 9)}", how
        )

    orders = [random_order() for _ in range(60)]

    def run(connection: Connection, *, together: bool) -> list[object]:
        place = market.shop.placing.place_all
        answers = (
            place(connection, orders) if together else [one for each in orders for one in place(connection, [each])]
        )
        stocks = connection.execute(text("SELECT id, reserved FROM shop_variants ORDER BY id")).all()
        uses = connection.execute(text("SELECT id, used FROM shop_coupons ORDER BY id")).all()
        return [*(seen(connection, one) for one in answers), *map(tuple, [*stocks, *uses])]

    results: list[list[object]] = []

    def try_it(connection: Connection, together: bool) -> None:
        results.append(run(connection, together=together))
        raise _Undone

    for together in (False, True):
        with pytest.raises(_Undone):
            market.database.write(lambda c: try_it(c, together))  # noqa: B023
    assert results[0] == results[1]
    placed = [one for one in results[0][: len(orders)] if isinstance(one, tuple)]
    assert any(coupon for one in placed for _, _, coupon, _, _ in one[6])
    assert CouponNotValid.code in results[0]


def test_of_orders_that_come_together_the_first_get_the_last_pieces(market: Market) -> None:
    variant = market.product(market.seller(), 3)

    async def storm() -> list[Placed | BaseException]:
        posts = [market.shop.placing.post(order(f"b{number}", {variant: 1})) for number in range(300)]
        return await asyncio.gather(*posts, return_exceptions=True)

    answers = asyncio.run(storm())
    assert [isinstance(one, OutOfStock) for one in answers] == [False] * 3 + [True] * 297
    assert market.stock(variant) == (3, 3)


def test_the_same_request_twice_in_a_batch_is_one_order(market: Market) -> None:
    variant = market.product(market.seller(), 9)
    same, others = order("ada", {variant: 1}), order("ada", {variant: 2})
    first, again, other = place_all(market, [same, same, others])
    assert first == again
    assert isinstance(other, IdempotencyKeyReused)
    assert place_all(market, [same]) == [first]
    assert market.stock(variant) == (9, 1)


def test_what_one_person_may_hold_counts_within_a_batch(stage: Stage) -> None:
    market = stage.market
    variant = market.product(stage.seller, 50)
    mine = [order("ada", {variant: 1}, f"k{number}") for number in range(HELD_CHECKOUTS_MAX + 2)]
    assert codes(place_all(market, mine)) == [""] * HELD_CHECKOUTS_MAX + [TooManyOpenOrders.code] * 2
    how = How(pin=stage.pin(variant).id)
    through = [order("eve", {variant: count}, f"k{count}", how) for count in (2, 3, 4)]
    assert codes(place_all(market, through)) == ["", TooManyOpenOrders.code, PinLimit.code]


def test_a_batch_needs_as_many_statements_whatever_its_size(market: Market) -> None:
    variant = market.product(market.seller(), 500)
    counted: list[int] = []
    for size in (2, 150):
        statements: list[str] = []
        listener = lambda _c, _cursor, sql, *_: statements.append(sql)  # noqa: B023, E731
        event.listen(market.database.engine, "before_cursor_execute", listener)
        answers = place_all(market, [order(f"s{size}.{number}", {variant: 1}) for number in range(size)])
        event.remove(market.database.engine, "before_cursor_execute", listener)
        assert codes(answers) == [""] * size
        counted.append(len(statements))
    assert counted[0] == counted[1]
