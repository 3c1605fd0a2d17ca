"""What it means for an order that it comes from a pin or a tag."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection, select

from core.clock import Clock
from core.database.many import Pairs
from shop.affiliates.touches import Promoter, Touch, TouchSource, note, promoter_of
from shop.cart.offers import Pricing
from shop.errors import BadOrder, PinEnded, PinLimit
from shop.pins import rows
from shop.pins.how import How
from shop.pins.pins import Pins
from shop.pins.rows import PinRow
from shop.pins.tags import Tags
from shop.tables import shop_variants

PIN_PIECES_MAX = 5  # of one person through one pin: nobody buys a room empty

_BOUGHT = Pairs(
    "SELECT c.person, c.pin, sum(l.count) FROM {pairs} AS k JOIN shop_checkouts c ON c.person = k.a AND c.pin = k.b "
    'JOIN shop_orders o ON o.checkout = c.id JOIN shop_lines l ON l."order" = o.id '
    "WHERE l.stock IN ('held', 'taken', 'shipped') GROUP BY c.person, c.pin"
)


class Showing:
    def __init__(self, clock: Clock, pins: Pins, tags: Tags) -> None:
        self._clock = clock
        self._pins = pins
        self._tags = tags

    def shown(self, connection: Connection, asked: Sequence[tuple[str, How]]) -> Shown:
        """What there is to know for orders of these buyers."""
        through = sorted({(buyer, how.pin) for buyer, how in asked if how.pin})
        bought = {(buyer, pin): int(count) for buyer, pin, count in _BOUGHT.read(connection, through)}
        pins = rows.find_all(connection, {pin for _, pin in through})
        return Shown(connection, self._clock(), self._tags, pins, bought)

    def pricing(self, connection: Connection, pin: str, wanted: Mapping[str, int]) -> Pricing:
        """The prices of a pin now. Raises BadOrder, PinEnded, PinLimit."""
        found = select(shop_variants.c.product).where(shop_variants.c.id.in_(wanted)).distinct()
        products = list(connection.execute(found).scalars())
        return _pricing(rows.find(connection, pin), products, sum(wanted.values()), self._clock())

    def touch_product(self, connection: Connection, buyer: str, product: str, *, pin: str, video: str) -> None:
        """The buyer looks at what somebody shows. A source that does not show the product is no source."""
        shown = self.shown(connection, [(buyer, How(pin=pin))])
        note(connection, [(buyer, one) for one in shown.touches(buyer, How(pin, video), [product])])


class Shown:
    """What a batch of orders needs to know of pins and tags, read once."""

    def __init__(
        self, connection: Connection, now: int, tags: Tags, pins: Mapping[str, PinRow],
        bought: dict[tuple[str, str], int],
    ) -> None:  # fmt: skip
        """`bought`: the pieces that somebody has had through a pin, or holds."""
        self._connection = connection
        self._now = now
        self._tags = tags
        self._pins = pins
        self._bought = bought
        self._creators: dict[tuple[str, str], str | None] = {}
        self._promoters: dict[tuple[str, str], Promoter] = {}

    def pricing(self, buyer: str, how: How, products: Collection[str], wanted: Mapping[str, int]) -> Pricing | None:
        """The prices that count; None: today's. Raises BadOrder, PinEnded, PinLimit."""
        if not how.pin:
            return None
        if how.video:
            raise BadOrder("Either through a pin or through a video.")
        pieces = self._bought.get((buyer, how.pin), 0) + sum(wanted.values())
        return _pricing(self._pins.get(how.pin), products, pieces, self._now)

    def take(self, buyer: str, how: How, wanted: Mapping[str, int]) -> None:
        """The buyer holds so many from now on."""
        if how.pin:
            one = buyer, how.pin
            self._bought[one] = self._bought.get(one, 0) + sum(wanted.values())

    def touches(self, buyer: str, how: How, products: Collection[str]) -> list[Touch]:
        """By what somebody shows the buyer comes to these products."""
        return [
            Touch(creator, product, source, self._now)
            for product in products
            for creator, source in self._sources(how, product)
            if self._promoter(creator, product).counts_for(buyer)
        ]

    def _promoter(self, creator: str, product: str) -> Promoter:
        one = creator, product
        if one not in self._promoters:
            self._promoters[one] = promoter_of(self._connection, creator, product, self._now)
        return self._promoters[one]

    def _sources(self, how: How, product: str) -> Iterator[tuple[str, TouchSource]]:
        found = self._pins.get(how.pin)
        if found is not None and found.product == product:
            yield found.host, "pin"
        if how.video:
            one = how.video, product
            if one not in self._creators:
                self._creators[one] = self._tags.creator(self._connection, *one)
            creator = self._creators[one]
            if creator is not None:
                yield creator, "tag"


def _pricing(found: PinRow | None, products: Collection[str], pieces: int, now: int) -> Pricing:
    """`pieces`: of this buyer through this pin, altogether."""
    if len(products) != 1:
        raise BadOrder("Through a pin only what is pinned can be bought.")
    if found is None or found.ended_at is not None or found.product not in products:
        raise PinEnded
    if pieces > PIN_PIECES_MAX:
        raise PinLimit(f"At most {PIN_PIECES_MAX} pieces.")
    return partial(found.price, now=now)
