"""A potter's shop: approved, with a few products and drawings of them, each made once; a creator who promotes them, has
sold one, and has a coupon. One of them is shown in the potter's room and videos."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image
from sqlalchemy import Connection

from cadeau.app import Cadeau
from cadeau.demo.canvas import disc, vertical
from cadeau.demo.clip import Frame
from cadeau.demo.videos import identity
from core.errors import Refusal
from core.identity import Person
from money.providers import Purchase
from people.settings.picture import reencoded
from shop.affiliates.touches import touch
from shop.coupons.coupons import CouponDraft
from shop.orders.addresses import Address
from shop.pins.pins import Announce
from shop.products.products import Draft, VariantDraft
from shop.sellers.sellers import Details, Seller
from shop.sellers.zones import Postage, Zone, set_zones
from vod.catalogue.videos import Video

SIDE_PX = 512
COUPON, COUPON_RATE = "LUMIERE10", 1_000
COMMISSION = 1_200  # hundredths of a percent
HOME = Address("Noor", "12 rue du Port", "Nantes", "FR", postal_code="44000")
SELLER = Details(
    "Atelier Lumière", "3 quai des Lumières\n13002 Marseille", "FR", "RM 13 0512", "", "bonjour@lumiere.example"
)
ZONES = (
    Zone("France", ["FR"], {"EUR": Postage(490, 100)}),
    Zone("Everywhere else", [], {"EUR": Postage(1_290, 300), "USD": Postage(1_490, 350)}),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """`shape`: how it is drawn. `variants`: name, price in cents of a euro, and how many there are."""

    title: str
    description: str
    shape: str
    colours: tuple[str, str]
    variants: tuple[tuple[str, int, int], ...]


PIECES = (
    Piece("Evening cup", "Thrown by hand, glazed in the colours of the evening.\nHolds 300 ml.", "cup",
          ("#ff8a5c", "#7b2cbf"), (("", 2_400, 12),)),
    Piece("Tide bowl", "For soup, fruit, or keys.", "bowl", ("#4cc9f0", "#1b3a6b"),
          (("Small", 2_900, 6), ("Large", 4_200, 3))),
    Piece("Moon plate", "No two are alike. Only one of these.", "plate", ("#f6f2fa", "#8b7bff"), (("", 5_600, 1),)),
)  # fmt: skip


class DemoShop:
    def __init__(self, cadeau: Cadeau, seller: Person) -> None:
        self._cadeau = cadeau
        self._seller = seller

    def make(self, reviewer: Person, affiliate: Person, buyer: Person) -> None:
        """`affiliate` promotes what is sold; `buyer` has come by their link. Blocks."""
        database = self._cadeau.core.database
        if database.read(lambda c: self._cadeau.shop.sellers.of_person(c, self._seller.id)) is None:
            database.write(lambda c: self._open(c, reviewer))
        seller = database.read(lambda c: self._cadeau.shop.sellers.own(c, self._seller.id))
        products = self._cadeau.shop.product_views
        shown = database.read(lambda c: products.own(c, seller.id, "", 100)).items
        pictured = {card.title for card in shown if card.picture}
        made = {card.title: card.id for card in shown}
        for piece in reversed(PIECES):
            if piece.title not in made:
                made[piece.title] = database.write(
                    lambda c: self._cadeau.shop.products.create(c, seller, _draft(piece))  # noqa: B023  it runs at once
                )
            if piece.title not in pictured:
                self._cadeau.shop.pictures.add(made[piece.title], reencoded(_png(drawing(piece))))
        promoted = [made[piece.title] for piece in PIECES[:2]]
        with contextlib.suppress(Refusal):  # whoever plays with the demo has stopped the shop, or sold everything
            database.write(lambda c: self._promote(c, seller, promoted, affiliate))
            self._sell(promoted[0], affiliate, buyer)
            database.write(lambda c: self._coupon(c, seller, affiliate))

    def _promote(self, connection: Connection, seller: Seller, products: list[str], affiliate: Person) -> None:
        """Everybody may; one does."""
        shop = self._cadeau.shop
        if shop.plans.of(connection, seller.id).mode == "closed":
            shop.plans.change(connection, seller, "open", COMMISSION)
        for product in products:
            shop.promotions.pick(connection, identity(affiliate), product)

    def _coupon(self, connection: Connection, seller: Seller, affiliate: Person) -> None:
        """The affiliate's, whose sales are theirs."""
        coupons = self._cadeau.shop.coupons
        if not coupons.page(connection, seller, "", 1):
            draft = CouponDraft(COUPON, rate=COUPON_RATE, uses_max=100, uses_each=1, affiliate=affiliate.id)
            coupons.make(connection, seller, draft)

    def _sell(self, product: str, affiliate: Person, buyer: Person) -> None:
        """One piece, under a key that makes it once."""
        database, shop, now = self._cadeau.core.database, self._cadeau.shop, self._cadeau.core.clock()

        def place(connection: Connection) -> Purchase:
            touch(connection, buyer.id, affiliate.id, product, "link", now)
            [variant, *_] = shop.product_views.product(connection, product, None).variants
            who = identity(buyer)
            _, purchase = shop.placing.place(connection, who, [(variant.id, 1)], HOME, "EUR", None, "demo")
            return purchase

        asyncio.run(self._cadeau.money.purchases.check_out(database.write(place)))

    def tag(self, video: Video) -> None:
        """Name the first piece in a video of the seller's. Blocks."""
        database, tags = self._cadeau.core.database, self._cadeau.shop.tags
        who, piece = identity(self._seller), self.piece()
        if video.by.id != who.id or piece is None:
            return
        if not database.read(lambda c: tags.shown(c, [video.id], who)):
            database.write(lambda c: tags.put(c, video.id, who, [piece]))

    def pin(self, room: str) -> Announce | None:
        """Show the first piece in the seller's room while it is live and shows nothing. Blocks."""
        database, pins = self._cadeau.core.database, self._cadeau.shop.pins
        piece = self.piece()
        if piece is None or database.read(lambda c: self._cadeau.live.rooms.row(c, room)).state != "live":
            return None
        if database.read(lambda c: pins.current(c, room)) is not None:
            return None
        try:
            return database.write(lambda c: pins.pin(c, room, identity(self._seller), piece, None))[1]
        except Refusal:  # whoever plays with the demo has just ended the room, or stopped the shop
            return None

    def piece(self) -> str | None:
        """What is shown, once it is made."""
        database, shop = self._cadeau.core.database, self._cadeau.shop
        seller = database.read(lambda c: shop.sellers.of_person(c, self._seller.id))
        if seller is None:
            return None
        own = database.read(lambda c: shop.product_views.own(c, seller.id, "", 100)).items
        return next((card.id for card in own if card.title == PIECES[0].title and card.state == "offered"), None)

    def _open(self, connection: Connection, reviewer: Person) -> None:
        sellers = self._cadeau.shop.sellers
        seller = sellers.apply(connection, identity(self._seller), SELLER)
        set_zones(connection, seller.id, ZONES)
        sellers.review(connection, seller.id, "approved", "", reviewer.id)


def _draft(piece: Piece) -> Draft:
    variants = [
        VariantDraft({"EUR": price, "USD": price + 200}, name=name, on_hand=count)
        for name, price, count in piece.variants
    ]
    return Draft(piece.title, variants, piece.description, "offered")


def drawing(piece: Piece) -> Frame:
    """The piece on a table, in its two colours."""
    bright, dark = piece.colours
    frame = vertical("#2a2236", "#171022", height=SIDE_PX, width=SIDE_PX)
    middle = SIDE_PX / 2
    if piece.shape == "plate":
        disc(frame, middle, middle, 200, dark)
        disc(frame, middle, middle, 165, bright)
        disc(frame, middle + 20, middle - 10, 110, dark, 0.25, 40)
        return frame
    round_ = piece.shape == "bowl"
    across, down = np.meshgrid(np.arange(SIDE_PX), np.arange(SIDE_PX))
    depth = (down - 200) / 200
    half = (190 * np.sqrt(np.clip(1 - depth**2, 0, 1))) if round_ else 130 - 25 * depth
    body = (np.abs(across - middle) < half) & (depth > 0) & (depth < 0.95)
    glaze = vertical(bright, dark, height=SIDE_PX, width=SIDE_PX)
    if not round_:  # a handle beside the cup
        disc(frame, middle + 135, 290, 75, dark)
        disc(frame, middle + 135, 290, 45, "#201931")
    frame[body] = glaze[body]
    rim = ((across - middle) / (190 if round_ else 130)) ** 2 + ((down - 200) / 28) ** 2 < 1
    frame[rim] = vertical(dark, bright, height=SIDE_PX, width=SIDE_PX)[rim]
    return frame


def _png(frame: Frame) -> bytes:
    file = BytesIO()
    Image.fromarray(frame).save(file, "PNG")
    return file.getvalue()
