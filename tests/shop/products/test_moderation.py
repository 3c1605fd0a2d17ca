"""A product that a moderator has hidden is not told to anybody else by what names it."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Connection

import cadeau.app  # noqa: F401  so that every table is declared
from core.errors import NotFound, Refusal
from core.tables import metadata
from people.settings.picture import Picture
from shop.affiliates.views import AffiliateViews
from shop.errors import NotYourProduct, ProductWithheld
from shop.pins.views import PinViews
from shop.products.pictures import LARGE, SMALL, PictureUrls, picture_key
from tests.money.conftest import brief
from tests.shop.conftest import Market, who
from tests.shop.pins.conftest import ROOM, Stage
from tests.shop.pins.conftest import stage as stage
from trust.privacy.erasure.rows import erase_rows

PIN_S_MAX = 0.5
KEPT_MS = 183 * 86_400_000


def hide(market: Market, product: str) -> None:
    market.database.write(lambda c: market.shop.moderation.hide(c, product))


def restore(market: Market, product: str) -> None:
    market.database.write(lambda c: market.shop.moderation.restore(c, product))


def test_who_promotes_a_hidden_product_does_not_find_it_until_it_is_restored(market: Market) -> None:
    seller = market.seller()
    market.plan(seller, 1_000)
    product = market.promote("cleo", market.product(seller))

    shop = market.shop
    views = AffiliateViews(
        market.clock, brief, shop.sellers, shop.plans, shop.promotions, shop.commissions, shop.product_views
    )

    def promoted() -> list[str]:
        found = market.database.read(lambda c: views.promoted(c, "cleo"))
        return [one.product.id for one in found]

    hide(market, product)
    assert promoted() == []
    restore(market, product)
    assert promoted() == [product]


def test_a_quote_names_no_hidden_product(market: Market) -> None:
    seller = market.seller()
    hidden, mug = market.product(seller), market.product(seller, price=500)
    hide(market, market.product_of(hidden))
    quote = market.database.read(lambda c: market.shop.quotes.quote(c, {hidden: 1, mug: 1}, "FR", "EUR"))
    lines = {one.variant: one for one in quote.orders[0].lines}
    one = lines[hidden]
    assert (one.title, one.name, one.left, one.price_minor, one.total_minor) == ("", "", 0, 0, 0)
    assert (one.picture, one.problem) == (None, "not_offered")
    assert (lines[mug].title, lines[mug].problem) == ("Mug", "")


def test_a_rooms_bag_leaves_out_what_is_hidden(stage: Stage) -> None:
    hidden, mug = stage.market.product(stage.seller), stage.market.product(stage.seller)
    stage.pin(hidden)
    shown = stage.pin(mug).id

    views = PinViews(stage.market.clock, PictureUrls())

    def bag() -> list[str]:
        return [one.id for one in stage.market.database.read(lambda c: views.of_room(c, ROOM, "", 10)).items]

    assert len(bag()) == 2
    hide(stage.market, stage.product_of(hidden))
    assert bag() == [shown]
    hide(stage.market, stage.product_of(mug))
    assert stage.shown() is None, "also before its pin has ended"
    restore(stage.market, stage.product_of(hidden))
    restore(stage.market, stage.product_of(mug))
    assert len(bag()) == 2


def test_nobody_pins_a_product_while_a_moderator_hides_it(stage: Stage) -> None:
    variant = stage.market.product(stage.seller)
    refusals: list[Refusal] = []

    def pin() -> None:
        try:
            stage.pin(variant)
        except Refusal as refusal:
            refusals.append(refusal)

    pinning = Thread(target=pin)

    def hide_slowly(connection: Connection) -> None:
        stage.market.shop.moderation.hide(connection, product)
        pinning.start()
        pinning.join(PIN_S_MAX)

    product = stage.product_of(variant)
    stage.market.database.write(hide_slowly)
    pinning.join()
    assert [type(one) for one in refusals] == [NotYourProduct]


def test_a_picture_that_is_sent_while_its_product_is_hidden_is_not_served(market: Market) -> None:
    seller = market.seller()
    product, pictures = market.product_of(market.product(seller)), market.shop.pictures
    withdrawn: list[tuple[set[str], bool]] = []
    market.shop.moderation.withdraw_by(lambda _, keys, gone: withdrawn.append((set(keys), gone)))
    removed = Picture("aa", b"small", b"large")
    pictures.add(product, removed)
    pictures.remove(product, "aa")  # its files are there for a while
    hide(market, product)
    keys = {picture_key(product, "aa", px) for px in (SMALL, LARGE)}
    assert withdrawn == [(keys, True)]
    with pytest.raises(ProductWithheld):
        pictures.add(product, Picture("bb", b"small", b"large"))
    restore(market, product)
    assert withdrawn[-1] == (keys, False)
    pictures.add(product, Picture("bb", b"small", b"large"))
    seen: Any = market.database.read(lambda c: market.shop.product_views.product(c, product, who("sam").id))
    assert [one.digest for one in seen.pictures] == ["bb"]


def test_pictures_that_an_authority_wants_gone_are_kept_though_their_seller_removes_them_or_leaves(
    market: Market,
) -> None:
    product, pictures = market.product_of(market.product(market.seller())), market.shop.pictures
    other = market.product_of(market.product(market.seller("cleo")))
    for one in (product, other):
        pictures.add(one, Picture("aa", b"small", b"large"))
    keys = {picture_key(product, "aa", px) for px in (SMALL, LARGE)}

    def is_there(key: str) -> bool:
        try:
            return market.core.storage.stat(key).size > 0
        except NotFound:
            return False

    def kept() -> set[str]:
        pictures.sweep()
        return {key for key in keys if is_there(key)}

    until = market.clock() + KEPT_MS
    market.database.write(lambda c: market.shop.moderation.keep(c, product, until))
    market.database.write(lambda c: market.shop.moderation.keep(c, product, until - KEPT_MS // 2))
    hide(market, product)
    for person in ("sam", "cleo"):
        market.core.privacy.steps("content")["product pictures"](person)
        erase_rows(market.database, metadata, person, ())
    assert not is_there(picture_key(other, "aa", LARGE)), "nobody wants these"
    market.clock.now += KEPT_MS - 1
    assert kept() == keys
    market.clock.now += 1
    assert kept() == set()
