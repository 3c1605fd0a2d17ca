"""Pins: the product that a host shows in their room, at a price that stays while it is pinned.

One is pinned at a time. The room's log has every change, committed with it; so those who watch, those who come later
and whoever plays the room's log again see the same at the same moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from core.clock import Clock
from core.errors import NotAllowed, NotFound
from core.identity import Identity
from core.ids import new_id
from live.errors import RoomEnded
from live.goods.news import STOCK_SHOWN_MAX, UNHEARD, Pin, Pinned, RoomNews, Unpinned
from live.rooms import RoomState
from shop.errors import BadPin, NotYourProduct, TooManyPins
from shop.pins import promotion, rows
from shop.pins.rows import PinRow
from shop.products.pictures import PictureUrls, first_pictures
from shop.products.prices import PRICE_MINOR_MIN, is_currency
from shop.products.products import WITHHELD
from shop.tables import shop_pins, shop_products

FLASH_S_MIN = 30
FLASH_S_MAX = 3_600
PINS_MAX = 500  # in the life of a room

Announce = Callable[[], None]
"""To be called on the event loop after the commit."""


class KnowsRooms(Protocol):
    def row(self, connection: Connection, room: str) -> Row[*tuple[Any, ...]]: ...

    def lock_states(self, connection: Connection, ids: Collection[str]) -> Mapping[str, RoomState]: ...


class Flash(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What each piece costs for so many seconds, in minor units by currency."""

    prices: dict[str, int]
    seconds: int


class Pins:
    """`live.goods.news.RoomGoods`."""

    def __init__(self, clock: Clock, urls: PictureUrls, rooms: KnowsRooms) -> None:
        self._clock = clock
        self._urls = urls
        self._rooms = rooms
        self._news = UNHEARD

    def open_log(self, news: RoomNews) -> None:
        """Tell the rooms' logs."""
        self._news = news

    @property
    def news(self) -> RoomNews:
        return self._news

    def pin(
        self, connection: Connection, room: str, who: Identity, product: str, flash: Flash | None
    ) -> tuple[Pin, Announce]:
        """The prices of this moment count from now on; what was pinned before is not any more.

        Raises NotFound, NotAllowed, RoomEnded, NotYourProduct, BadPin, TooManyPins.
        """
        self._check_host(connection, room, who)
        self._news.lock(connection, [room])  # before the room, as everywhere
        if self._rooms.lock_states(connection, [room]).get(room, "ended") == "ended":
            raise RoomEnded
        promotion.keep(connection, product)
        promotion.check(connection, who.id, product, self._clock())
        prices = rows.prices_now(connection, product)
        made = PinRow(new_id(), room, who.id, product, prices, {}, None, self._clock(), None)
        if flash is not None:
            if not promotion.sells(connection, who.id, product):
                raise NotYourProduct("Only the seller may lower the price.")
            until = self._clock() + 1_000 * _checked(flash, made.lowest()).seconds
            made = msgspec.structs.replace(made, flash=flash.prices, flash_until=until)
        earlier = rows.open_in(connection, room)
        if earlier is not None and flash is None and earlier.flash_until is None and _same(earlier, made):
            return self._view(connection, earlier), lambda: None  # the same request again
        many = connection.execute(select(func.count()).where(shop_pins.c.room == room)).scalar() or 0
        if many >= PINS_MAX:
            raise TooManyPins(f"At most {PINS_MAX} in one room.")
        self._close(connection, room)
        connection.execute(insert(shop_pins).values(msgspec.structs.asdict(made)))
        shown = self._view(connection, made)
        return shown, self._news.tell(connection, room, [Pinned(shown)])

    def unpin(self, connection: Connection, room: str, who: Identity, pin: str) -> Announce:
        """Moderators may, too. What is not pinned any more is left alone. Raises NotFound, NotAllowed."""
        if not who.moderates:
            self._check_host(connection, room, who)
        self._news.lock(connection, [room])
        found = rows.open_in(connection, room)
        if found is None or found.id != pin:
            return lambda: None
        return self._end(connection, found)

    def end(self, connection: Connection, product: str) -> Announce:
        """A product is not shown any more, in whatever rooms it is pinned."""
        found = rows.open_of(connection, product)
        self._news.lock(connection, sorted(pin.room for pin in found))
        told = [self._end(connection, one) for one in found if rows.open_in(connection, one.room) == one]

        def announce() -> None:
            for tell in told:
                tell()

        return announce

    def room_changed(self, connection: Connection, room: str, state: RoomState) -> Announce:
        """For `Rooms.record`: what is pinned does not outlast the host's time on air."""
        if state == "live":
            return lambda: None
        self._news.lock(connection, [room])
        found = rows.open_in(connection, room)
        return self._end(connection, found) if found is not None else lambda: None

    # -- for the room's log ----------------------------------------------------------------------

    def current(self, connection: Connection, room: str) -> Pin | None:
        found = rows.seen_in(connection, room)
        return self._view(connection, found) if found is not None else None

    def left(self, connection: Connection, pins: Collection[str]) -> Mapping[str, int]:
        found = select(shop_pins.c.id, shop_pins.c.product).where(shop_pins.c.id.in_(pins))
        products = {row.id: row.product for row in connection.execute(found)} if pins else {}
        counts = rows.left_of(connection, set(products.values()))
        return {pin: min(STOCK_SHOWN_MAX, counts[product]) for pin, product in products.items()}

    def hidden(self, connection: Connection, products: Collection[str]) -> Collection[str]:
        withheld = shop_products.c.id.in_(products), shop_products.c.state == WITHHELD
        return set(connection.execute(select(shop_products.c.id).where(*withheld)).scalars()) if products else ()

    # --------------------------------------------------------------------------------------------

    def _check_host(self, connection: Connection, room: str, who: Identity) -> None:
        if self._rooms.row(connection, room).host != who.id:
            raise NotAllowed("Only the host may do this.")

    def _end(self, connection: Connection, found: PinRow) -> Announce:
        self._close(connection, found.room)
        return self._news.tell(connection, found.room, [Unpinned(found.id)])

    def _close(self, connection: Connection, room: str) -> None:
        ended = update(shop_pins).where(shop_pins.c.room == room, shop_pins.c.ended_at.is_(None))
        connection.execute(ended.values(ended_at=self._clock(), flash_until=None))

    def _view(self, connection: Connection, found: PinRow) -> Pin:
        title = connection.execute(select(shop_products.c.title).where(shop_products.c.id == found.product)).scalar()
        picture = self._urls.small(found.product, first_pictures(connection, [found.product]).get(found.product))
        flashes = found.flashes(self._clock())
        left = min(STOCK_SHOWN_MAX, rows.left_of(connection, [found.product])[found.product])
        return Pin(
            found.id, found.product, title or "", picture, found.lowest(), found.flash if flashes else {},
            found.flash_until if flashes else None, left,
        )  # fmt: skip


class NoRooms:
    """For tools that open the shop without rooms."""

    def row(self, connection: Connection, room: str) -> Row[*tuple[Any, ...]]:  # noqa: ARG002
        raise NotFound("There is no such room.")

    def lock_states(self, connection: Connection, ids: Collection[str]) -> Mapping[str, RoomState]:  # noqa: ARG002
        return {}


NO_ROOMS: KnowsRooms = NoRooms()


def _same(one: PinRow, other: PinRow) -> bool:
    return (one.host, one.product, one.prices) == (other.host, other.product, other.prices)


def _checked(flash: Flash, lowest: Mapping[str, int]) -> Flash:
    """Raises BadPin."""
    if type(flash.seconds) is not int or not FLASH_S_MIN <= flash.seconds <= FLASH_S_MAX:
        raise BadPin(f"A flash price lasts between {FLASH_S_MIN} and {FLASH_S_MAX} seconds.")
    if not flash.prices:
        raise BadPin("A flash price has at least one currency.")
    for currency, price in flash.prices.items():
        if not is_currency(currency) or currency not in lowest:
            raise BadPin("The product has no price in this currency.")
        if type(price) is not int or not PRICE_MINOR_MIN <= price < lowest[currency]:
            raise BadPin(f"A flash price is lower than the price, and at least {PRICE_MINOR_MIN} minor units.")
    return flash
