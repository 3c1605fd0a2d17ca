"""Products in rooms and videos over HTTP: pins, tags, and the payment methods that buy them in two taps."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.database import Database
from core.errors import InvalidRequest
from core.http import Access, Call, Operation, Page, Paging
from core.limits import Rate
from live.goods.news import Pin
from money.purchases.methods.methods import SavedMethods
from shop.orders.addresses import Address
from shop.pins.addresses import SavedAddresses
from shop.pins.pins import Flash, KnowsRooms, Pins
from shop.pins.showing import Showing
from shop.pins.tags import TAGS_MAX, VIDEOS_MAX, TaggedVideo, Tags
from shop.pins.views import PinViews, RoomPins

PIN_RATE = Rate(30, 60)
TAG_RATE = Rate(60, 60)
TOUCH_RATE = Rate(120, 60)

_Id = Annotated[str, Meta(max_length=64)]


class PinRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`flash`: a lower price for a while, of a product of one's own."""

    product: _Id
    flash: Flash | None = None


class TagsRequest(msgspec.Struct, forbid_unknown_fields=True):
    products: Annotated[list[_Id], Meta(max_length=2 * TAGS_MAX)]


class TagsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`videos`: their ids, with commas between them."""

    videos: Annotated[str, Meta(max_length=65 * VIDEOS_MAX)]


class TouchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Where it was shown: by a pin, or in a video."""

    pin: _Id = ""
    video: _Id = ""


class SentTo(msgspec.Struct, frozen=True):
    """An address as it was saved."""

    name: str
    line1: str
    line2: str
    postal_code: str
    city: str
    region: str
    country: str
    phone: str


class BuyerMethod(msgspec.Struct, frozen=True):
    """A saved payment method, and where what it buys is sent."""

    id: str
    label: str
    address: SentTo


class ShowingRoutes:
    def __init__(
        self, database: Database, rooms: KnowsRooms, pins: Pins, views: PinViews, tags: Tags, showing: Showing,
        methods: SavedMethods, addresses: SavedAddresses,
    ) -> None:  # fmt: skip
        self._database = database
        self._rooms = rooms
        self._pins = pins
        self._views = views
        self._tags = tags
        self._showing = showing
        self._methods = methods
        self._addresses = addresses

    def operations(self) -> list[Operation]:
        pins = "/api/rooms/{room}/pins"
        return [
            Operation("GET", pins, self.of_room, access=Access.ANYONE),
            Operation("POST", pins, self.pin, status=201, rate=PIN_RATE),
            Operation("DELETE", f"{pins}/{{pin}}", self.unpin, rate=PIN_RATE),
            Operation("GET", "/api/shop/tagged", self.tagged, access=Access.ANYONE),
            Operation("PUT", "/api/videos/{id}/products", self.tag, rate=TAG_RATE),
            Operation("POST", "/api/products/{id}/touches", self.touch, rate=TOUCH_RATE),
            Operation("GET", "/api/shop/methods", self.methods),
        ]

    # -- rooms -----------------------------------------------------------------------------------

    def of_room(self, room: str, query: Paging) -> RoomPins:
        """What is pinned in a room, and what was before: the last one first."""

        def read(connection: Connection) -> RoomPins:
            self._rooms.row(connection, room)
            return self._views.of_room(connection, room, query.cursor, query.limit)

        return self._database.read(read)

    async def pin(self, call: Call, room: str, body: PinRequest) -> Pin:
        """Pin a product in a room of yours: its prices stay while it is pinned. It takes the place of another one."""
        who = call.identity
        pin, announce = await self._database.write_async(
            lambda c: self._pins.pin(c, room, who, body.product, body.flash)
        )
        announce()
        return pin

    async def unpin(self, call: Call, room: str, pin: str) -> None:
        """Take a product down. The host and moderators may."""
        who = call.identity
        announce = await self._database.write_async(lambda c: self._pins.unpin(c, room, who, pin))
        announce()

    # -- videos ----------------------------------------------------------------------------------

    def tagged(self, call: Call, query: TagsQuery) -> Page[TaggedVideo]:
        """The products that are tagged in some videos: those that are for sale."""
        videos = [one for one in query.videos.split(",") if one]
        if len(videos) > VIDEOS_MAX:
            raise InvalidRequest(f"At most {VIDEOS_MAX} videos.")
        return self._database.read(lambda c: Page(self._tags.shown(c, videos, call.who)))

    def tag(self, call: Call, id: str, body: TagsRequest) -> Page[TaggedVideo]:
        """Tag products in a video of yours, in this order, instead of those before."""
        who = call.identity

        def write(connection: Connection) -> Page[TaggedVideo]:
            self._tags.put(connection, id, who, body.products)
            return Page(self._tags.shown(connection, [id], who))

        return self._database.write(write)

    # -- buyers ----------------------------------------------------------------------------------

    def touch(self, call: Call, id: str, body: TouchRequest) -> None:
        """Say that you opened a product where a creator shows it: what you buy soon may earn them a commission."""
        buyer = call.identity.id
        self._database.write(lambda c: self._showing.touch_product(c, buyer, id, pin=body.pin, video=body.video))

    def methods(self, call: Call) -> Page[BuyerMethod]:
        """What you can buy with in two taps: saved payment methods, and where each sends."""
        person = call.identity.id

        def read(connection: Connection) -> Page[BuyerMethod]:
            methods = self._methods.of(connection, person)
            addresses = self._addresses.of_all(connection, [one.id for one in methods], person)
            return Page([
                BuyerMethod(one.id, one.label, _sent_to(addresses[one.id])) for one in methods if one.id in addresses
            ])  # fmt: skip

        return self._database.read(read)


def _sent_to(address: Address) -> SentTo:
    return SentTo(**msgspec.structs.asdict(address))
