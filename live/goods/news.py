"""What the shop tells a room: `shop` says it, `chat` writes it into the room's log. Neither knows the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from sqlalchemy import Connection

STOCK_SHOWN_MAX = 9_999  # more are shown as so many


class Pin(Struct, frozen=True):
    """A product that is pinned in a room. `prices`: the lowest of its variants in minor units by currency, frozen as
    long as it is pinned. `flash_prices`: what it costs instead until `flash_until` (Unix ms, by the server's clock).
    `left`: how many can be bought."""

    id: str
    product: str
    title: str
    picture: str | None
    prices: dict[str, int]
    flash_prices: dict[str, int]
    flash_until: int | None
    left: int


class Pinned(Struct, frozen=True, tag="pinned"):
    """It takes the place of an earlier one."""

    pin: Pin


class Unpinned(Struct, frozen=True, tag="unpinned"):
    pin: str


class FlashEnded(Struct, frozen=True, tag="flash_ended"):
    pin: str


class Sold(Struct, frozen=True, tag="sold"):
    """So many pieces were paid since the last one. `buyers`: those who agreed to be named."""

    pin: str
    count: int
    left: int
    buyers: Sequence[str]


ShopNews = Pinned | Unpinned | FlashEnded | Sold


class RoomGoods(Protocol):
    """What a room's log asks the shop."""

    def current(self, connection: Connection, room: str) -> Pin | None:
        """What is pinned in a room now."""
        ...

    def left(self, connection: Connection, pins: Collection[str]) -> Mapping[str, int]:
        """How many can be bought through each of these pins."""
        ...

    def hidden(self, connection: Connection, products: Collection[str]) -> Collection[str]:
        """Those of these products that a moderator has hidden."""
        ...


class RoomNews(Protocol):
    """What the shop asks a room's log."""

    def lock(self, connection: Connection, rooms: Sequence[str]) -> None:
        """Nobody else appends to these rooms until the transaction ends."""

    def tell(self, connection: Connection, room: str, news: Sequence[ShopNews]) -> Callable[[], None]:
        """Append to a room's log, in the caller's transaction. Call what it returns on the event loop after that."""
        ...

    def forget(self, connection: Connection, room: str, products: Collection[str]) -> None:
        """Take out of a room's log what these products looked like: their seller is erased."""


class _NoGoods:
    """Without a shop."""

    def current(self, connection: Connection, room: str) -> Pin | None:  # noqa: ARG002
        return None

    def left(self, connection: Connection, pins: Collection[str]) -> Mapping[str, int]:  # noqa: ARG002
        return {}

    def hidden(self, connection: Connection, products: Collection[str]) -> Collection[str]:  # noqa: ARG002
        return ()


class _Unheard:
    """Without a room log."""

    def lock(self, connection: Connection, rooms: Sequence[str]) -> None:
        pass

    def tell(self, connection: Connection, room: str, news: Sequence[ShopNews]) -> Callable[[], None]:  # noqa: ARG002
        return lambda: None

    def forget(self, connection: Connection, room: str, products: Collection[str]) -> None:
        pass


NO_GOODS: RoomGoods = _NoGoods()
UNHEARD: RoomNews = _Unheard()
