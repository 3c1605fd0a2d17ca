"""Payouts over HTTP, for those who are paid."""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.database import Database
from core.errors import AdultsOnly, NotFound
from core.executors import BoundedExecutor
from core.http import BODY_BYTES_MAX, Access, Call, Operation, Page, Paging, read_body
from core.limits import Rate as RequestRate
from money.payouts.payouts import Payouts, PayoutView, views
from money.payouts.people.offers import Offer, Offers
from money.payouts.people.onboarding import PayoutPeople, Started
from money.payouts.sources import Source
from money.payouts.terms import PAYOUT_MINOR_MAX

PAYOUT_RATE = RequestRate(20, 60)
DETAILS_RATE = RequestRate(10, 3_600)
EVENT_RATE = RequestRate(6_000, 60)  # a provider sends all its events from a few addresses


class PayoutRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`source`: coins that were earned, which are exchanged; or commissions of sales, or shares of ads, which are money
    already."""

    amount_minor: Annotated[int, msgspec.Meta(ge=1, le=PAYOUT_MINOR_MAX)]
    currency: Annotated[str, msgspec.Meta(min_length=3, max_length=3)]
    source: Source = "gifts"


class DestinationRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`name` and `iban` (perhaps `bic`), or `text`, or nothing: as the rail asks for."""

    rail: Annotated[str, msgspec.Meta(max_length=20)]
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    iban: Annotated[str, msgspec.Meta(max_length=60)] = ""
    bic: Annotated[str, msgspec.Meta(max_length=20)] = ""
    text: Annotated[str, msgspec.Meta(max_length=400)] = ""


class IdentityRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`country`: two capital letters (ISO 3166-1). `rail`: how one wants to be paid; empty: the first one."""

    name: Annotated[str, msgspec.Meta(max_length=400)]
    country: Annotated[str, msgspec.Meta(min_length=2, max_length=2)]
    rail: Annotated[str, msgspec.Meta(max_length=20)] = ""


class PayoutRoutes:
    def __init__(
        self, database: Database, payouts: Payouts, offers: Offers, people: PayoutPeople, providers: BoundedExecutor
    ) -> None:
        self._database = database
        self._payouts = payouts
        self._offers = offers
        self._people = people
        self._providers = providers

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/wallet/payout-terms", self.terms),
            Operation("GET", "/api/wallet/payouts", self.list),
            Operation(
                "POST", "/api/wallet/payouts", self.request, status=201, money=True, rate=PAYOUT_RATE, step_up=True
            ),
            Operation("DELETE", "/api/wallet/payouts/{id}", self.cancel),
            Operation("PUT", "/api/wallet/payout-destination", self.set_destination, rate=DETAILS_RATE, step_up=True),
            Operation("POST", "/api/wallet/identity", self.identify, status=201, rate=DETAILS_RATE, step_up=True),
            Operation(
                "POST", "/api/payouts/{provider}/events", self.event, access=Access.ANYONE, rate=EVENT_RATE,
            ),
        ]  # fmt: skip

    def terms(self, call: Call) -> Offer:
        """Get what you can be paid: rates, minimums and fees, your identity and bank details."""
        return self._database.read(lambda c: self._offers.offer(c, call.identity.id))

    def list(self, call: Call, query: Paging) -> Page[PayoutView]:
        """List your payouts, newest first."""
        return self._database.read(lambda c: self._payouts.page(c, call.identity.id, query.cursor, query.limit))

    def request(self, call: Call, body: PayoutRequest) -> PayoutView:
        """Ask for a payout."""
        if not call.identity.adult:
            raise AdultsOnly
        person = call.identity.id
        return self._database.write(
            lambda c: views(
                c, [self._payouts.request(c, person, body.amount_minor, body.currency, call.key, body.source)]
            )[0]
        )

    def cancel(self, call: Call, id: str) -> PayoutView:
        """Take back a payout that is not sent."""
        return self._database.write(lambda c: views(c, [self._payouts.cancel(c, call.identity.id, id)])[0])

    def set_destination(self, call: Call, body: DestinationRequest) -> Offer:
        """Set your bank details. Changed ones are used after 72 hours."""
        given = {"name": body.name, "iban": body.iban, "bic": body.bic, "text": body.text}
        person = call.identity.id
        self._database.write(lambda c: self._people.set_destination(c, person, body.rail, given))
        return self._database.read(lambda c: self._offers.offer(c, person))

    async def identify(self, call: Call, body: IdentityRequest) -> Started:
        """Say who you are. The answer may name a page of the provider, to go on there."""
        if not call.identity.adult:
            raise AdultsOnly
        return await self._providers.run(self._people.start, call.identity.id, body.name, body.country, body.rail)

    async def event(self, call: Call, provider: str) -> None:
        """The payout provider's signed event."""
        if provider != "stripe" or not self._people.has_events:
            raise NotFound
        body = await read_body(call.request, BODY_BYTES_MAX)
        signature = call.request.headers.get("stripe-signature", "")
        await self._providers.run(self._people.event, body, signature)
