"""What a cart costs now: by seller, with shipping and the VAT in it, and what keeps it from being ordered."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from money.vat.rules import Terms
from shop.cart.offers import VARIANTS, Offers, Pricing, Quote, prices_of
from shop.coupons.coupons import Entered
from shop.flashes.flashes import Flashes
from shop.products.pictures import PictureUrls, first_pictures
from shop.products.products import WITHHELD
from shop.sellers.sellers import Sellers
from shop.sellers.zones import zones_of
from shop.tables import shop_variants


class Quotes:
    def __init__(self, terms: Terms, sellers: Sellers, urls: PictureUrls, flashes: Flashes) -> None:
        self._terms = terms
        self._sellers = sellers
        self._urls = urls
        self._flashes = flashes

    def lock(self, connection: Connection, variants: Collection[str]) -> None:
        """Nobody else takes pieces at the flash prices of these until the transaction ends."""
        self._flashes.lock(connection, variants)

    def quote(
        self, connection: Connection, wanted: Mapping[str, int], country: str, currency: str,
        pin: Pricing | None = None, entered: Entered | None = None,
    ) -> Quote:  # fmt: skip
        """See `Offers.quote`."""
        return self.offers(connection, wanted).quote(wanted, country, currency, pin, entered)

    def offers(self, connection: Connection, variants: Collection[str]) -> Offers:
        """What there is to say of these variants, in a constant number of statements."""
        found = connection.execute(VARIANTS.where(shop_variants.c.id.in_(variants)))
        rows = {row.id: row for row in found}
        seen = {row.id: row.product for row in rows.values() if row.state != WITHHELD}
        products = set(seen.values())
        sellers = self._sellers.selling(connection, {row.seller for row in rows.values()})
        zones, digests = zones_of(connection, sorted(sellers)), first_pictures(connection, products)
        pictures = {product: self._urls.small(product, digests.get(product)) for product in products}
        flashes = self._flashes.on(connection, products)
        return Offers(self._terms, rows, prices_of(connection, seen), sellers, zones, pictures, flashes)
