"""A room with a shop in it: its host sells, and the test hears what the room is told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import Connection, Row

from core.database import Database
from core.errors import NotFound
from core.identity import Identity
from live.goods.news import Pin, ShopNews, Sold
from live.rooms import RoomState
from shop.orders.rows import Checkout
from shop.pins.how import How
from shop.pins.pins import Flash
from shop.sellers.sellers import Seller
from tests.money.conftest import HeldClock
from tests.money.providers.stripe_server import StripeServer
from tests.shop.conftest import Market, open_market, who

ROOM = "room"
SAM = who("sam")


class OneRoom:
    """It belongs to sam."""

    def __init__(self) -> None:
        self.state: RoomState = "live"

    def row(self, _: Connection, room: str) -> Row[*tuple[Any, ...]]:
        if room != ROOM:
            raise NotFound
        return cast("Row[*tuple[Any, ...]]", SimpleNamespace(host="sam"))

    def lock_states(self, _: Connection, ids: Collection[str]) -> Mapping[str, RoomState]:
        return {room: self.state for room in ids if room == ROOM}


class Heard:
    """`RoomNews`: what is told after a commit, in order."""

    def __init__(self) -> None:
        self.news: list[ShopNews] = []

    def lock(self, connection: Connection, rooms: Sequence[str]) -> None:
        """There is one test at a time."""

    def tell(self, _: Connection, room: str, news: Sequence[ShopNews]) -> Callable[[], None]:
        assert room == ROOM
        return lambda: self.news.extend(news)

    def forget(self, connection: Connection, room: str, products: Collection[str]) -> None:
        """Nobody is erased here."""


class Stage:
    def __init__(self, market: Market, room: OneRoom) -> None:
        self.market = market
        self.room = room
        self.heard = Heard()
        self.pins = market.shop.pins
        self.pins.open_log(self.heard)
        self.seller: Seller = market.seller("sam")

    def product_of(self, variant: str) -> str:
        read = self.market.database.read
        return read(lambda c: self.market.shop.product_views.of_variant(c, variant, "sam").id)

    def pin(self, variant: str, flash: Flash | None = None, host: Identity = SAM) -> Pin:
        product = self.product_of(variant)
        pin, announce = self.market.database.write(lambda c: self.pins.pin(c, ROOM, host, product, flash))
        announce()
        return pin

    def unpin(self, pin: str, host: Identity = SAM) -> None:
        self.market.database.write(lambda c: self.pins.unpin(c, ROOM, host, pin))()

    def change_state(self, state: RoomState) -> None:
        self.market.database.write(lambda c: self.pins.room_changed(c, ROOM, state))()
        self.room.state = state

    def tell(self) -> None:
        asyncio.run(self.market.shop.telling.tell())

    def shown(self) -> Pin | None:
        return self.market.database.read(lambda c: self.pins.current(c, ROOM))

    def sold(self) -> list[Sold]:
        return [news for news in self.heard.news if isinstance(news, Sold)]

    def save_method(self, person: str, variant: str) -> str:
        """Somebody buys a piece at the checkout page, and lets it keep the card."""
        _, purchase = self.market.place(person, {variant: 1}, how=How(save=True))
        self.market.pay(purchase)
        methods = self.market.money.purchases.methods
        return self.market.database.read(lambda c: methods.of(c, person))[0].id

    def buy(self, person: str, variant: str, how: How, count: int = 1) -> Checkout:
        placed, _ = self.market.place(person, {variant: count}, how=how)
        return placed


@pytest.fixture
def stage(database: Database, tmp_path: Path, stripe: StripeServer, clock: HeldClock) -> Iterator[Stage]:
    """Everything must add up at a test's end."""
    room = OneRoom()
    market = open_market(database, tmp_path, stripe, clock, room)
    stripe.bank = ""
    yield Stage(market, room)
    assert market.findings() == []
    market.close()
