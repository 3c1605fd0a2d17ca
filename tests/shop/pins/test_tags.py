"""Creators tag what they sell in their own videos; whoever comes by a tag is counted for them."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest
from sqlalchemy import Connection

from core.errors import NotAllowed, NotFound
from core.identity import Identity
from shop.affiliates.touches import touches_by
from shop.errors import BadTags, NotYourProduct
from shop.pins.how import How
from shop.pins.tags import TAGS_MAX
from tests.shop.conftest import who
from tests.shop.pins.conftest import SAM, Stage


def creators(_: Connection, videos: Collection[str], viewer: Identity | None) -> Mapping[str, str]:
    """Sam's are public, olga's draft is for her alone."""
    made = {"film": "sam", "clip": "sam", "draft": "olga"}
    return {one: made[one] for one in videos if one in made and (one != "draft" or (viewer and viewer.id == "olga"))}


@pytest.fixture
def tagged(stage: Stage) -> Stage:
    stage.market.shop.tags.open_videos(creators)
    return stage


def put(stage: Stage, video: str, products: list[str], person: Identity = SAM) -> None:
    stage.market.database.write(lambda c: stage.market.shop.tags.put(c, video, person, products))


def shown(stage: Stage, *videos: str) -> dict[str, list[str]]:
    found = stage.market.database.read(lambda c: stage.market.shop.tags.shown(c, videos, None))
    return {one.video: [card.id for card in one.products] for one in found}


def test_a_creator_tags_what_they_sell_and_only_in_their_own_videos(tagged: Stage) -> None:
    products = [tagged.product_of(tagged.market.product(tagged.seller)) for _ in range(TAGS_MAX + 1)]
    foreign = tagged.product_of(tagged.market.product(tagged.market.seller("olga")))
    put(tagged, "film", products[1::-1])
    assert shown(tagged, "film", "clip", "draft", "nothing") == {"film": products[1::-1]}
    for wrong in (products, [products[0]] * 2):
        with pytest.raises(BadTags):
            put(tagged, "film", wrong)
    for other in (foreign, "nothing"):
        with pytest.raises(NotYourProduct):
            put(tagged, "film", [other])
    with pytest.raises(NotAllowed):
        put(tagged, "film", [], who("olga"))
    for video in ("draft", "nothing"):
        with pytest.raises(NotFound):
            put(tagged, video, [])
    tagged.market.database.write(
        lambda c: tagged.market.shop.sellers.review(c, tagged.seller.id, "stopped", "", "root")
    )
    assert shown(tagged, "film") == {}  # what nobody can buy is not shown
    put(tagged, "film", [])


def test_whoever_buys_by_a_tag_or_a_pin_was_brought_by_its_creator(tagged: Stage) -> None:
    """Sam promotes a mug of olga's, and shows it."""
    market = tagged.market
    olga = market.seller("olga")
    variant = market.product(olga)
    product = tagged.product_of(variant)
    market.plan(olga, 1_200)
    with pytest.raises(NotYourProduct):
        put(tagged, "film", [product])
    market.promote("sam", variant)
    put(tagged, "film", [product])
    pin = tagged.pin(variant)

    def brought(buyer: str, how: How) -> list[tuple[str, str]]:
        tagged.buy(buyer, variant, how)
        return [
            (one.creator, one.source)
            for one in market.database.read(lambda c: touches_by(c, [buyer], market.clock()).get(buyer, []))
            if one.product == product
        ]

    assert brought("ada", How(video="film")) == [("sam", "tag")]
    assert brought("eve", How(pin=pin.id)) == [("sam", "pin")]
    assert brought("mia", How(video="clip")) == [], "it does not show it"
