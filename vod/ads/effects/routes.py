"""Sponsored effects over HTTP: what is offered, and what advertisers book."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, select
from starlette.responses import Response

from core.clock import Clock
from core.database import Database
from core.errors import NotFound, UnsupportedMediaType
from core.executors import BoundedExecutor, Executors
from core.http import Access, Call, Operation, Page, Paging, media_type, read_body
from core.limits import Rate
from money.ledger.accounts import AD_CURRENCY
from people.settings.picture import MEDIA_TYPES, PICTURE_BYTES_MAX
from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.campaigns.review import Verdict
from vod.ads.campaigns.tables import advertisers as accounts
from vod.ads.effects import pictures
from vod.ads.effects.bookings import DAYS_MAX, EffectBookings, EffectTerms, EffectView, NewEffect
from vod.ads.effects.review import EffectReview, WaitingEffect
from vod.ads.effects.uses import EffectUses, OfferedEffect

PICTURE_RATE = Rate(30, 3_600)
BOOKING_RATE = Rate(60, 3_600)
YEAR_S = 31_536_000


class Offered(msgspec.Struct):
    items: list[OfferedEffect]


class EffectPicture(msgspec.Struct):
    """A picture that an effect may draw. `picture`: its digest, to book with."""

    picture: str
    url: str
    width: int
    height: int


class EffectPrice(msgspec.Struct):
    """Millionths of `currency`."""

    day_micro: int
    currency: str
    days_max: int


class EffectsQuery(Paging, forbid_unknown_fields=True, kw_only=True):
    advertiser: Annotated[str, Meta(max_length=64)]


class EffectRoutes:
    def __init__(
        self, database: Database, clock: Clock, executors: Executors, drawing: BoundedExecutor,
        advertisers: Advertisers, bookings: EffectBookings, review: EffectReview, uses: EffectUses,
    ) -> None:  # fmt: skip
        """`drawing` re-encodes pictures: one at a time, because each takes up to a second and 200 MB."""
        self._database = database
        self._clock = clock
        self._sql = executors.sql
        self._drawing = drawing
        self._advertisers = advertisers
        self._bookings = bookings
        self._review = review
        self._uses = uses

    def operations(self) -> list[Operation]:
        every, one = "/api/ads/effects", "/api/ads/effects/{effect}"
        waiting, moderators = "/api/admin/ads/effects", Access.MODERATOR
        return [
            Operation("GET", "/api/effects", self.offered, access=Access.ANYONE),
            Operation("GET", "/api/effects/pictures/{digest}", self.picture, access=Access.ANYONE),
            Operation("GET", "/api/ads/effect-price", self.price),
            Operation(
                "POST", "/api/ads/advertisers/{advertiser}/pictures", self.add_picture, status=201, rate=PICTURE_RATE
            ),
            Operation("GET", every, self.list),
            Operation("POST", every, self.create, status=201, rate=BOOKING_RATE),
            Operation("GET", one, self.show),
            Operation("PUT", one, self.edit),
            Operation("POST", f"{one}/submit", self.submit),
            Operation("POST", f"{one}/end", self.end),
            Operation("GET", waiting, self.queue, access=moderators),
            Operation("PUT", f"{waiting}/{{effect}}", self.decide, access=moderators),
        ]

    def offered(self, call: Call) -> Offered:
        """List the sponsored effects that can be used now: none for people under 18."""
        if call.who is not None and not call.who.adult:
            return Offered([])
        return Offered(self._database.read(self._uses.offered))

    def picture(self, digest: str, call: Call) -> Response:
        """Get a picture that an effect draws."""
        body = self._database.read(lambda c: pictures.body_of(c, digest))
        if body is None:
            raise NotFound
        call.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
        return Response(body, media_type="image/webp")

    def price(self) -> EffectPrice:
        """What a day of an effect costs."""
        return EffectPrice(self._bookings.day_micro, AD_CURRENCY, DAYS_MAX)

    async def add_picture(self, call: Call, advertiser: str) -> EffectPicture:
        """Send a picture for an advertiser's effects: the body is a JPEG, PNG or WebP file."""
        if media_type(call.request.headers.get("content-type", "")) not in MEDIA_TYPES:
            raise UnsupportedMediaType(f"The content type must be one of {', '.join(MEDIA_TYPES)}.")
        who = call.identity

        def may(connection: Connection) -> None:
            self._advertisers.check(connection, advertiser, who, "editor")

        await self._sql.run(self._database.read, may)
        content = await read_body(call.request, PICTURE_BYTES_MAX)
        made = await self._drawing.run(pictures.drawn, content)

        def write(connection: Connection) -> None:
            may(connection)
            connection.execute(select(accounts.c.id).where(accounts.c.id == advertiser).with_for_update())
            pictures.store(connection, advertiser, made, self._clock())

        await self._sql.run(self._database.write, write)
        return EffectPicture(made.digest, pictures.address(made.digest), made.width, made.height)

    def list(self, call: Call, query: EffectsQuery) -> Page[EffectView]:
        """List the effects of an advertiser of yours, newest first."""
        return self._database.read(
            lambda c: self._bookings.page(c, query.advertiser, call.identity, query.cursor, query.limit)
        )

    def create(self, call: Call, body: NewEffect) -> EffectView:
        """Draft a sponsored effect, as an owner or editor."""
        return self._bookings.create(call.identity, body)

    def show(self, call: Call, effect: str) -> EffectView:
        """Get an effect of an advertiser of yours, with its uses by day."""
        return self._database.read(lambda c: self._bookings.view(c, effect, call.identity))

    def edit(self, call: Call, effect: str, body: EffectTerms) -> EffectView:
        """Change an effect that is a draft or was rejected."""
        return self._bookings.edit(effect, call.identity, body)

    def submit(self, call: Call, effect: str) -> EffectView:
        """Ask for an effect to be reviewed. The price of its days is held."""
        return self._bookings.submit(effect, call.identity)

    def end(self, call: Call, effect: str) -> EffectView:
        """End an effect for good, as an editor or a moderator."""
        return self._bookings.end(effect, call.identity)

    def queue(self, query: Paging) -> Page[WaitingEffect]:
        """List the effects that wait for a review, the oldest first."""
        return self._database.read(lambda c: self._review.queue(c, query.cursor, query.limit))

    def decide(self, call: Call, effect: str, body: Verdict) -> EffectView:
        """Approve an effect, or reject it with reasons."""
        return self._review.decide(effect, call.identity, body)
