"""Tags: the products that creators name in their videos."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
from sqlalchemy import Connection, delete, insert, select

from core.clock import Clock
from core.errors import NotAllowed, NotFound
from core.identity import Identity
from shop.errors import BadTags
from shop.pins import promotion
from shop.products.views import ProductCard, ProductViews
from shop.tables import shop_tags

TAGS_MAX = 5  # in one video
VIDEOS_MAX = 30  # asked about at once

VideoCreators = Callable[[Connection, Collection[str], Identity | None], Mapping[str, str]]
"""Who made these videos: those that the viewer may see."""


def no_videos(_: Connection, __: Collection[str], ___: Identity | None) -> Mapping[str, str]:
    """Without videos."""
    return {}


class TaggedVideo(msgspec.Struct, frozen=True):
    """What is for sale of what a video's creator tagged in it."""

    video: str
    products: list[ProductCard]


class Tags:
    def __init__(self, clock: Clock, views: ProductViews) -> None:
        self._clock = clock
        self._views = views
        self._creators: VideoCreators = no_videos

    def open_videos(self, creators: VideoCreators) -> None:
        """Ask the videos' domain."""
        self._creators = creators

    def put(self, connection: Connection, video: str, who: Identity, products: Sequence[str]) -> None:
        """In this order, instead of those before. Raises NotFound, NotAllowed, BadTags, NotYourProduct."""
        creator = self._creators(connection, [video], who).get(video)
        if creator is None:
            raise NotFound("There is no such video.")
        if creator != who.id:
            raise NotAllowed("Only its creator may tag products in a video.")
        if len(products) > TAGS_MAX or len(set(products)) < len(products):
            raise BadTags(f"At most {TAGS_MAX} products, each once.")
        kept = set(self._of(connection, [video]).get(video, ()))
        for product in products:
            if product not in kept:  # what is sold out or withdrawn meanwhile may stay
                promotion.check(connection, creator, product, self._clock())
        connection.execute(delete(shop_tags).where(shop_tags.c.video == video))
        rows = [
            {"video": video, "product": product, "position": position, "creator": creator, "at": self._clock()}
            for position, product in enumerate(products)
        ]
        if rows:
            connection.execute(insert(shop_tags), rows)

    def shown(self, connection: Connection, videos: Sequence[str], who: Identity | None) -> list[TaggedVideo]:
        """Of those of these videos that have any."""
        visible = self._creators(connection, videos, who)
        tagged = self._of(connection, visible)
        cards = self._views.cards(connection, {product for some in tagged.values() for product in some})
        found = [
            TaggedVideo(video, [cards[product] for product in tagged.get(video, ()) if product in cards])
            for video in dict.fromkeys(videos)
        ]
        return [one for one in found if one.products]

    def creator(self, connection: Connection, video: str, product: str) -> str | None:
        """Who tagged a product in a video; None: nobody has."""
        found = select(shop_tags.c.creator).where(shop_tags.c.video == video, shop_tags.c.product == product)
        return connection.execute(found).scalar()

    def _of(self, connection: Connection, videos: Collection[str]) -> dict[str, list[str]]:
        found = select(shop_tags.c.video, shop_tags.c.product).where(shop_tags.c.video.in_(videos))
        products: dict[str, list[str]] = {}
        for video, product in connection.execute(found.order_by(shop_tags.c.position)) if videos else ():
            products.setdefault(video, []).append(product)
        return products
