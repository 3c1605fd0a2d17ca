"""What the shop tells a room: a product is pinned or not any more, its flash price is over, pieces were sold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from chat.kinds.entry import Entry, Head
from chat.kinds.kind import Appending, Event, Kind, Notice, Stored
from chat.kinds.room_view import RoomView
from core.identity import Person
from live.goods.news import FlashEnded, Pin, Pinned, ShopNews, Unpinned


class Goods(Notice, frozen=True):
    """`buyers`: those that `news` names, as they are shown."""

    news: ShopNews
    buyers: tuple[Person, ...] = ()


class ProductPinned(Event, tag="pinned", frozen=True):
    pin: Pin


class ProductUnpinned(Event, tag="unpinned", frozen=True):
    pin: str


class FlashPriceEnded(Event, tag="flash_ended", frozen=True):
    pin: str


class PiecesSold(Event, tag="sold", frozen=True):
    """`buyers`: those who agreed to be named; the others are only counted."""

    pin: str
    count: int
    left: int
    buyers: list[Person]


class GoodsKind(Kind[Goods]):
    posts = Goods
    events = (ProductPinned, ProductUnpinned, FlashPriceEnded, PiecesSold)

    def append(self, entry: Entry[Goods], head: Head, at: int) -> Appending:
        news = entry.what.news
        fields = msgspec.to_builtins(news)
        del fields["type"]
        return Appending(_event(news, entry.what.buyers, head.seq, at, None), fields)

    @classmethod
    def people(cls, fields: Mapping[str, Any]) -> Iterable[str]:
        return tuple(fields.get("buyers", ()))

    @classmethod
    def restore(cls, stored: Stored) -> Event:
        row = stored.row
        news = msgspec.convert({"type": row.type, **row.fields}, ShopNews)
        buyers = [stored.people[one] for one in row.fields.get("buyers", ()) if one in stored.people]
        return _event(news, buyers, row.seq, row.at, stored.by)

    @classmethod
    def show(cls, view: RoomView, event: bytes) -> None:
        shown = _decode(event)
        if isinstance(shown, Pinned):
            view.pin = shown.pin
            _forget_earlier(view)
        elif view.pin is None or view.pin.id != shown.pin:
            return
        elif isinstance(shown, Unpinned):
            view.pin = None
            _forget_earlier(view)
        elif isinstance(shown, FlashEnded):
            view.pin = msgspec.structs.replace(view.pin, flash_prices={}, flash_until=None)
        else:
            view.pin = msgspec.structs.replace(view.pin, left=shown.left)


def _event(news: ShopNews, buyers: Iterable[Person], seq: int, at: int, by: Person | None) -> Event:
    if isinstance(news, Pinned):
        return ProductPinned(seq, at, by, news.pin)
    if isinstance(news, Unpinned):
        return ProductUnpinned(seq, at, by, news.pin)
    if isinstance(news, FlashEnded):
        return FlashPriceEnded(seq, at, by, news.pin)
    return PiecesSold(seq, at, by, news.pin, news.count, news.left, list(buyers))


def without_product(event: Event, *, but: str = "") -> Event:
    """The same without what the product looked like, where it says that one was pinned. `but`: not of this pin."""
    if not isinstance(event, ProductPinned) or event.pin.id == but:
        return event
    return msgspec.structs.replace(event, pin=msgspec.structs.replace(event.pin, title="", picture=None))


def _forget_earlier(view: RoomView) -> None:
    """The history that newcomers get names what is pinned now, and nothing that a moderator may have hidden since."""
    for index, event in enumerate(view.tail):
        if _PINNED not in event[:16]:
            continue
        one = _decode_pinned(event)
        if view.pin is None or one.pin.id != view.pin.id:
            view.tail[index] = _encode(without_product(one))


class _Sold(Struct, frozen=True, tag="sold"):
    pin: str
    left: int


_PINNED = b"\xa4type\xa6pinned"
_decode_pinned = msgspec.msgpack.Decoder(ProductPinned).decode
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Pinned | Unpinned | FlashEnded | _Sold).decode
