"""A pin keeps its price, one is shown at a time, and its room hears of everything once and in order."""

from __future__ import annotations

import asyncio
import random

import pytest

from core.errors import NotAllowed, NotFound, Refusal
from live.errors import RoomEnded
from live.goods.news import FlashEnded, Pin, Pinned, Sold, Unpinned
from shop.errors import (
    BadOrder,
    BadPin,
    NotYourProduct,
    OutOfStock,
    PinEnded,
    PinLimit,
    PriceChanged,
    TooManyOpenOrders,
)
from shop.orders.rows import checkout as checkout_row
from shop.pins.how import HELD_MS, QUICK_HELD_MS, How
from shop.pins.pins import FLASH_S_MIN, Flash
from shop.pins.showing import PIN_PIECES_MAX
from shop.products.products import Draft, VariantDraft
from tests.shop.conftest import who
from tests.shop.pins.conftest import Stage

FLASH = Flash({"EUR": 999}, FLASH_S_MIN)
SHIPPING = 500


def reprice(stage: Stage, variant: str, price: int) -> None:
    draft = Draft("Mug", [VariantDraft({"EUR": price}, id=variant)], state="offered")
    product = stage.product_of(variant)
    stage.market.database.write(lambda c: stage.market.shop.products.change(c, stage.seller, product, draft))


def total(stage: Stage, variant: str, pin: str) -> int:
    """What a piece costs through a pin now, with its shipping."""
    how = How(pin=pin)
    checkout, purchase = stage.market.place(f"b{stage.market.key()}", {variant: 1}, how=how)
    asyncio.run(stage.market.money.purchases.end_soon(purchase.id))
    return checkout.total_minor


def test_the_price_is_that_of_the_pin_whatever_the_seller_asks_since(stage: Stage) -> None:
    variant = stage.market.product(stage.seller, price=1_999)
    pin = stage.pin(variant)
    for price in (4_000, 1_000):
        reprice(stage, variant, price)
        assert total(stage, variant, pin.id) == 1_999 + SHIPPING
        assert stage.market.place("eve", {variant: 1})[0].total_minor == price + SHIPPING
    stage.unpin(pin.id)
    with pytest.raises(PinEnded):
        stage.market.place("ada", {variant: 1}, how=How(pin=pin.id))
    again = stage.pin(variant)
    assert again.prices == {"EUR": 1_000}


def test_the_flash_price_ends_by_the_servers_clock(stage: Stage) -> None:
    variant = stage.market.product(stage.seller, price=1_999)
    pin = stage.pin(variant, FLASH)
    assert (pin.flash_prices, pin.flash_until) == ({"EUR": 999}, stage.market.clock() + 1_000 * FLASH_S_MIN)
    stage.market.clock.now += 1_000 * FLASH_S_MIN - 1
    stage.tell()
    assert total(stage, variant, pin.id) == 999 + SHIPPING
    stage.market.clock.now += 1
    with pytest.raises(PriceChanged):  # also before the room is told
        stage.market.place("ada", {variant: 1}, total=999 + SHIPPING, how=How(pin=pin.id))
    assert total(stage, variant, pin.id) == 1_999 + SHIPPING
    stage.tell()
    stage.tell()
    assert stage.heard.news == [Pinned(pin), FlashEnded(pin.id)]
    shown = stage.shown()
    assert shown is not None
    assert (shown.id, shown.flash_prices, shown.flash_until) == (pin.id, {}, None)


def test_thirty_buyers_in_two_taps_get_exactly_the_five_there_are(stage: Stage) -> None:
    other = stage.market.product(stage.seller, on_hand=30)
    people = [f"buyer{number}" for number in range(30)]
    methods = {person: stage.save_method(person, other) for person in people}
    variant = stage.market.product(stage.seller, on_hand=5)
    pin = stage.pin(variant)
    named = set(people[::2])

    async def buy(person: str) -> str:
        how = How(pin=pin.id, method=methods[person], named=person in named)
        place = stage.market.shop.placing.place
        address = stage.market.database.read(lambda c: stage.market.shop.addresses.of(c, methods[person], person))
        try:
            placed, purchase = await stage.market.database.write_async(
                lambda c: place(c, who(person), [(variant, 1)], address, "EUR", 1_999 + SHIPPING, f"two-{person}", how)
            )
        except Refusal as refusal:
            return refusal.code
        await stage.market.money.purchases.check_out(purchase)
        found = stage.market.database.read(lambda c: checkout_row(c, placed.id))
        return found.state

    async def storm() -> list[str]:
        return await asyncio.gather(*map(buy, people))

    results = asyncio.run(storm())
    assert sorted(results) == sorted(["paid"] * 5 + ["out_of_stock"] * 25)
    assert stage.market.stock(variant) == (5, 5)
    stage.tell()
    stage.tell()
    [sold] = stage.sold()
    bought = {person for person, result in zip(people, results, strict=True) if result == "paid"}
    assert (sold.count, sold.left, set(sold.buyers)) == (5, 0, bought & named)
    shown = stage.shown()
    assert shown is not None
    assert shown.left == 0


def test_a_card_that_the_bank_wants_to_see_goes_on_at_the_checkout_page(stage: Stage) -> None:
    """The first payment is ended for sure, the page has the full time, and the piece is sold once."""
    market, server = stage.market, stage.market.server
    variant = market.product(stage.seller, on_hand=2)
    method = stage.save_method("ada", variant)
    pin = stage.pin(variant)
    server.bank = "authentication_required"
    placed, purchase = market.place("ada", {variant: 1}, how=How(pin=pin.id, method=method))
    assert placed.held_until == market.clock() + QUICK_HELD_MS
    assert server.intent(purchase.id)["status"] == "canceled"
    assert purchase.checkout_url is not None
    assert purchase.state == "pending"
    market.database.write(lambda c: market.shop.placing.hold_longer(c, placed.id))
    market.clock.now += HELD_MS - 1
    market.look()
    market.pay(purchase)
    assert [order.state for order in market.orders(placed)] == ["paid"]
    assert market.stock(variant) == (2, 2)


def test_a_payment_that_nobody_answers_ends_with_its_hold_or_is_an_order(stage: Stage) -> None:
    market, server = stage.market, stage.market.server
    variant = market.product(stage.seller, on_hand=3)
    method = stage.save_method("ada", variant)
    pin = stage.pin(variant)
    how = How(pin=pin.id, method=method)
    for lost in (False, True):  # the charge never began, or only its answer was lost
        key = market.key()
        place = market.shop.placing.place
        address = market.database.read(lambda c: market.shop.addresses.of(c, method, "ada"))
        placed, purchase = market.database.write(
            lambda c: place(c, who("ada"), [(variant, 1)], address, "EUR", None, key, how)  # noqa: B023
        )
        server.trouble = [200, *(["lost"] * 3 if lost else [500] * 3)]
        with pytest.raises(Refusal):
            asyncio.run(market.money.purchases.check_out(purchase))
        market.clock.now += QUICK_HELD_MS + 1
        market.look()
        [order] = market.orders(placed)
        assert order.state == ("paid" if lost else "cancelled")
    assert market.stock(variant) == (3, 2)  # the one at the page, and the one whose answer was lost


def test_nobody_hoards_what_is_pinned(stage: Stage) -> None:
    variant = stage.market.product(stage.seller, on_hand=50)
    method = stage.save_method("ada", variant)
    pin = stage.pin(variant)
    with pytest.raises(PinLimit):
        stage.buy("ada", variant, How(pin=pin.id, method=method), PIN_PIECES_MAX + 1)
    stage.buy("ada", variant, How(pin=pin.id, method=method), PIN_PIECES_MAX - 1)
    stage.buy("ada", variant, How(pin=pin.id, method=method))
    with pytest.raises(PinLimit):
        stage.buy("ada", variant, How(pin=pin.id, method=method))
    stage.buy("eve", variant, How(pin=pin.id))
    with pytest.raises(TooManyOpenOrders):  # one unpaid order through a pin
        stage.buy("eve", variant, How(pin=pin.id))


def test_what_is_bought_with_a_saved_card_goes_where_its_first_order_went(stage: Stage) -> None:
    variant = stage.market.product(stage.seller)
    method = stage.save_method("ada", variant)
    addresses = stage.market.shop.addresses
    with pytest.raises(NotFound):  # another person's
        stage.market.database.read(lambda c: addresses.of(c, method, "eve"))
    with pytest.raises(NotFound):
        stage.buy("eve", variant, How(method=method))
    stage.market.database.write(lambda c: stage.market.money.purchases.methods.remove(c, "ada", method))
    with pytest.raises(NotFound):
        stage.market.database.read(lambda c: addresses.of(c, method, "ada"))


@pytest.mark.parametrize(
    "flash",
    [
        Flash({"EUR": 999}, FLASH_S_MIN - 1),
        Flash({"EUR": 999}, 10**9),
        Flash({"EUR": 1_999}, 60),
        Flash({"EUR": 0}, 60),
        Flash({"EUR": -1}, 60),
        Flash({"XXX": 1}, 60),
        Flash({"CHF": 1}, 60),
        Flash({}, 60),
    ],
)
def test_a_flash_price_that_makes_no_sense_is_refused(stage: Stage, flash: Flash) -> None:
    variant = stage.market.product(stage.seller)
    with pytest.raises(BadPin):
        stage.pin(variant, flash)
    assert stage.heard.news == []


def test_only_the_host_pins_only_what_they_sell_and_only_while_there_is_a_room(stage: Stage) -> None:
    variant = stage.market.product(stage.seller)
    others = stage.market.product(stage.market.seller("olga"))
    with pytest.raises(NotYourProduct):
        stage.pin(others)
    with pytest.raises(NotAllowed):
        stage.pin(variant, host=who("eve"))
    pin = stage.pin(variant)
    with pytest.raises(NotAllowed):
        stage.unpin(pin.id, host=who("eve"))
    with pytest.raises(PinEnded):  # another product's
        stage.buy("ada", others, How(pin=pin.id))
    with pytest.raises(BadOrder):
        stage.market.place("ada", {variant: 1, others: 1}, how=How(pin=pin.id))
    assert stage.pin(variant) == pin  # the same again is the same pin
    stage.change_state("ended")
    assert stage.shown() is None
    with pytest.raises(RoomEnded):
        stage.pin(variant)
    assert stage.heard.news == [Pinned(pin), Unpinned(pin.id)]


def test_a_product_that_is_hidden_is_pinned_no_more(stage: Stage) -> None:
    hidden = stage.market.product(stage.seller)
    pin = stage.pin(hidden)
    product = stage.product_of(hidden)
    stage.market.database.write(lambda c: stage.pins.end(c, product))()
    assert stage.shown() is None
    assert stage.heard.news[-1] == Unpinned(pin.id)
    stage.market.database.write(lambda c: stage.pins.end(c, product))()  # once more changes nothing
    other = stage.pin(stage.market.product(stage.seller))
    stage.market.database.write(lambda c: stage.pins.end(c, product))()
    assert stage.shown() == other


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_the_room_hears_what_the_shop_has(stage: Stage, seed: int) -> None:
    """A model: what is shown, at which price, and how many were sold, follow from what the room heard alone."""
    chance = random.Random(seed)
    market = stage.market
    variants = [market.product(stage.seller, on_hand=6, price=price) for price in (1_500, 2_500)]
    method = stage.save_method("ada", market.product(stage.seller))
    paid: dict[str, int] = {}
    for step in range(60):
        shown = stage.shown()
        match chance.choice(("pin", "pin", "flash", "unpin", "buy", "buy", "buy", "reprice", "wait", "tell", "state")):
            case "pin":
                stage.pin(chance.choice(variants))
            case "flash":
                stage.pin(chance.choice(variants), Flash({"EUR": chance.randint(1, 400)}, chance.randint(30, 90)))
            case "unpin" if shown is not None:
                stage.unpin(shown.id)
            case "buy" if shown is not None:
                variant = next(one for one in variants if stage.product_of(one) == shown.product)
                buyer = f"b{step}"
                wanted = shown.flash_prices.get("EUR", shown.prices["EUR"]) + SHIPPING
                try:
                    _, purchase = market.place(buyer, {variant: 1}, total=wanted, how=How(pin=shown.id))
                except OutOfStock:
                    assert shown.left == 0
                else:
                    market.pay(purchase)
                    paid[shown.id] = paid.get(shown.id, 0) + 1
            case "reprice":
                reprice(stage, chance.choice(variants), chance.randint(500, 9_000))
            case "wait":
                market.clock.now += chance.randint(1, 45_000)
            case "tell":
                stage.tell()
            case "state":
                stage.change_state("idle")
                stage.room.state = "live"
    market.clock.now += 90_000
    stage.tell()
    assert method
    told: Pin | None = None
    counted: dict[str, int] = {}
    for news in stage.heard.news:
        if isinstance(news, Pinned):
            told = news.pin
        elif isinstance(news, Sold):
            counted[news.pin] = counted.get(news.pin, 0) + news.count
        elif told is not None and news.pin == told.id and isinstance(news, Unpinned):
            told = None
    shown = stage.shown()
    assert (told and told.id) == (shown and shown.id)
    assert shown is None or shown.prices == (told and told.prices)
    assert counted == paid
