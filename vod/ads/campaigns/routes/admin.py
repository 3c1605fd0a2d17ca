"""Advertising over HTTP for the people who run the platform: reviews, floor prices, categories."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed, NotFound
from core.http import Access, Call, Operation, Page, Paging
from money.ledger.accounts import AD_CURRENCY
from vod.ads.campaigns.advertisers import NAME_CHARS_MAX, REASON_CHARS_MAX, Account, Advertisers
from vod.ads.campaigns.categories import CATEGORIES, Category, CategoryView, category_views, switch_category
from vod.ads.campaigns.creatives import CreativeView
from vod.ads.campaigns.floors import FORMATS, Floor, Format, Offers, floor, offers, set_floor, set_offers
from vod.ads.campaigns.review import Review, Verdict, Waiting

T = TypeVar("T")

_Name = Annotated[str, Meta(max_length=NAME_CHARS_MAX)]


class NameVerdict(msgspec.Struct, forbid_unknown_fields=True):
    """`name` and `payer` as they were seen. A rejection needs a reason."""

    verified: bool
    name: _Name
    payer: _Name | None = None
    reason: Annotated[str, Meta(max_length=4 * REASON_CHARS_MAX)] = ""


class StopRequest(msgspec.Struct, forbid_unknown_fields=True):
    stopped: bool


class SwitchRequest(msgspec.Struct, forbid_unknown_fields=True):
    allowed: bool


class FormatFloor(msgspec.Struct, frozen=True):
    format: Format
    cpm_micro: int
    cpc_micro: int
    conversion_micro: int  # follows from the price of a click


class AdSettings(msgspec.Struct, frozen=True):
    """Prices in millionths of `currency`, the share of creators, and which product categories may be advertised."""

    currency: str
    floors: list[FormatFloor]
    categories: Sequence[CategoryView]
    offers: Offers


def ad_settings(connection: Connection) -> AdSettings:
    prices = [
        FormatFloor(one, price.cpm_micro, price.cpc_micro, price.of("ocpm"))
        for one in FORMATS
        for price in [floor(connection, one)]
    ]
    return AdSettings(AD_CURRENCY, prices, category_views(connection), offers(connection))


class AdAdminRoutes:
    def __init__(self, database: Database, clock: Clock, advertisers: Advertisers, review: Review) -> None:
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._review = review

    def operations(self) -> list[Operation]:
        base, moderators = "/api/admin/ads", Access.MODERATOR
        return [
            Operation("GET", f"{base}/creatives", self.queue, access=moderators),
            Operation("PUT", f"{base}/creatives/{{creative}}", self.decide, access=moderators),
            Operation("GET", f"{base}/advertisers", self.to_verify, access=moderators),
            Operation("PUT", f"{base}/advertisers/{{advertiser}}", self.verify, access=moderators),
            Operation("PUT", f"{base}/advertisers/{{advertiser}}/stopped", self.stop, access=moderators),
            Operation("GET", f"{base}/settings", self.settings, access=moderators),
            Operation("PUT", f"{base}/floors/{{format}}", self.set_floor, access=moderators),
            Operation("PUT", f"{base}/offers", self.set_offers, access=moderators),
            Operation("PUT", f"{base}/categories/{{category}}", self.switch, access=moderators),
        ]

    def queue(self, query: Paging) -> Page[Waiting]:
        """List the creatives that wait for a review, the oldest first."""
        return self._database.read(lambda c: self._review.queue(c, query.cursor, query.limit))

    def decide(self, call: Call, creative: str, body: Verdict) -> CreativeView:
        """Approve a creative, or reject it with reasons."""
        return self._review.decide(creative, call.identity, body)

    def to_verify(self, query: Paging) -> Page[Account]:
        """List the advertisers whose names wait to be verified, the oldest first."""
        found = self._database.read(lambda c: self._advertisers.to_verify(c, query.cursor, query.limit))
        return Page(list(found[: query.limit]), found[query.limit - 1].id if len(found) > query.limit else None)

    def verify(self, call: Call, advertiser: str, body: NameVerdict) -> None:
        """Verify an advertiser's name, or reject it."""
        self._advertisers.decide(
            advertiser, call.identity, name=body.name, payer=body.payer, verified=body.verified, reason=body.reason
        )

    def stop(self, call: Call, advertiser: str, body: StopRequest) -> None:
        """Show nothing of an advertiser, or let it go on. Admins only."""
        _must_be_admin(call)
        self._advertisers.stop(advertiser, call.identity, stopped=body.stopped)

    def settings(self) -> AdSettings:
        """Floor prices and product categories."""
        return self._database.read(ad_settings)

    def set_floor(self, call: Call, format: Format, body: Floor) -> AdSettings:
        """Set the floor prices of a format. Admins only."""
        _must_be_admin(call)
        return self._changed(lambda c: set_floor(c, _known(format, FORMATS), body, call.identity.id, self._clock()))

    def set_offers(self, call: Call, body: Offers) -> AdSettings:
        """Set the price of a takeover's day and the share of creators, for what is booked from now on. Admins only."""
        _must_be_admin(call)
        return self._changed(lambda c: set_offers(c, body, call.identity.id, self._clock()))

    def switch(self, call: Call, category: Category, body: SwitchRequest) -> AdSettings:
        """Allow ads for a product category, or not. Admins only."""
        _must_be_admin(call)
        known = _known(category, CATEGORIES)
        return self._changed(lambda c: switch_category(c, known, call.identity.id, self._clock(), allowed=body.allowed))

    def _changed(self, change: Callable[[Connection], None]) -> AdSettings:
        def write(connection: Connection) -> AdSettings:
            change(connection)
            return ad_settings(connection)

        return self._database.write(write)


def _known(name: T, names: Sequence[T]) -> T:
    if name not in names:
        raise NotFound
    return name


def _must_be_admin(call: Call) -> None:
    if call.identity.role != "admin":
        raise NotAllowed("Only admins may do this.")
