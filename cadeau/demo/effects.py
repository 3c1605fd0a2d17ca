"""The bakery's sponsored effect: a loaf that is booked, paid in the sandbox, reviewed, and offered in the studio."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy import Connection

from cadeau.app import Cadeau
from core.identity import Identity
from money.ledger.accounts import MICRO_PER_MINOR
from vod.ads.campaigns.advertisers import Account
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.review import Verdict
from vod.ads.effects import pictures
from vod.ads.effects.bookings import NewEffect
from vod.ads.effects.look import Colour, Logo, Look, Spot

DAYS = 30
SIDE_PX = 480
CRUST, CRUMB = "#b5702f", "#f0c98b"


def loaf() -> bytes:
    """A loaf of bread with three cuts, on a see-through ground: a PNG."""
    picture = Image.new("RGBA", (SIDE_PX, SIDE_PX * 5 // 8))
    pen = ImageDraw.Draw(picture)
    pen.rounded_rectangle((20, 60, 460, 280), 110, fill=CRUST, outline="#7a4518", width=8)
    for left in (110, 210, 310):
        pen.line((left, 210, left + 70, 120), fill=CRUMB, width=26)
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def offer_effect(cadeau: Cadeau, owner: Identity, account: Account, reviewer: Identity) -> None:
    """Book it once, from today on. Blocks."""
    effects, database, clock = cadeau.vod.effects, cadeau.core.database, cadeau.core.clock
    if database.read(lambda c: effects.bookings.page(c, account.id, owner, "", 1)).items:
        return
    picture = pictures.drawn(loaf())

    def store(connection: Connection) -> None:
        pictures.store(connection, account.id, picture, clock())

    database.write(store)
    begins = today(account.zone, clock())
    look = Look(colour=Colour(warmth=0.25), logo=Logo(0.34, place=Spot(0.78, 0.15, sway_degrees=8, sway_seconds=3)))
    asked = NewEffect(
        advertiser=account.id, name="Fresh bread", template="sticker", look=look, picture=picture.digest,
        category="food", starts_on=begins, ends_on=begins + timedelta(days=DAYS - 1),
    )  # fmt: skip
    draft = effects.bookings.create(owner, asked)
    price = draft.total_micro // MICRO_PER_MINOR
    asyncio.run(cadeau.money.purchases.pay_in(owner.id, account.id, price, f"demo effect:{account.id}"))
    waiting = effects.bookings.submit(draft.id, owner)
    effects.review.decide(waiting.id, reviewer, Verdict(True, waiting.revision))
