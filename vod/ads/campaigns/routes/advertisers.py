"""Advertisers over HTTP: their accounts, members and money."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from core.http import Call, Operation, Page, Paging
from core.limits import Rate
from money.ads.top_ups import AdBalance, TopUp, ad_balance_of, top_ups
from money.ads.vat.agreed import AdVat, TopUpQuote
from money.providers import Purchase, Refund
from money.purchases.purchases import Purchases
from money.purchases.state import PublicState, public
from vod.ads.campaigns.advertisers import NAME_CHARS_MAX, Account, Advertisers, Invitation, Member, Role

OPEN_RATE = Rate(10, 3_600)
TOP_UP_RATE = Rate(20, 60)
QUOTED_MINOR_MAX = 10**12  # what may be paid in at once is for the payment to say
QUOTE_RATE = Rate(120, 60)

_Name = Annotated[str, Meta(max_length=4 * NAME_CHARS_MAX)]
_Zone = Annotated[str, Meta(max_length=64)]


class AdvertiserTerms(msgspec.Struct, forbid_unknown_fields=True):
    """`payer`: who pays, if it is not the advertiser. `country`: ISO 3166-1; `zone`: such as Europe/Paris."""

    name: _Name
    country: Annotated[str, Meta(max_length=2)]
    zone: _Zone
    payer: _Name | None = None


class NewAdvertiser(AdvertiserTerms, forbid_unknown_fields=True):
    """`house`: for the platform's own ads; admins only."""

    house: bool = False


class RoleRequest(msgspec.Struct, forbid_unknown_fields=True):
    role: Role


class AmountRequest(msgspec.Struct, forbid_unknown_fields=True):
    """In cents of the ad currency."""

    amount_minor: int


class TopUpRequest(AmountRequest, forbid_unknown_fields=True):
    """What the balance gets. `total_minor`: with the VAT on it, as it was shown; refused if it is another by now."""

    total_minor: int | None = None


class QuoteQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """In cents of the ad currency. `advertiser`: one of yours; without it, one in `country` without a VAT number."""

    advertiser: Annotated[str, Meta(max_length=64)] = ""
    country: Annotated[str, Meta(max_length=2)] = ""
    amount_minor: Annotated[int, Meta(ge=1, le=QUOTED_MINOR_MAX)]


class TopUpAnswer(msgspec.Struct):
    id: str
    state: PublicState
    checkout_url: str | None


class Refunded(msgspec.Struct):
    id: str
    state: str
    amount_minor: int


class AdvertiserList(msgspec.Struct):
    items: list[Account]


class MemberList(msgspec.Struct):
    items: list[Member]


class InvitationList(msgspec.Struct):
    items: list[Invitation]


class AdvertiserRoutes:
    def __init__(
        self, database: Database, clock: Clock, advertisers: Advertisers, purchases: Purchases, vat: AdVat
    ) -> None:
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._purchases = purchases
        self._vat = vat

    def operations(self) -> list[Operation]:
        every, one = "/api/ads/advertisers", "/api/ads/advertisers/{advertiser}"
        members, money = f"{one}/members", f"{one}/top-ups"
        return [
            Operation("GET", every, self.list),
            Operation("POST", every, self.create, status=201, rate=OPEN_RATE),
            Operation("GET", one, self.show),
            Operation("PUT", one, self.edit),
            Operation("GET", members, self.members),
            Operation("PUT", f"{members}/{{handle}}", self.set_member),
            Operation("DELETE", f"{members}/{{handle}}", self.remove_member, action="act"),
            Operation("GET", "/api/ads/invitations", self.invitations),
            Operation("PUT", "/api/ads/invitations/{advertiser}", self.accept),
            Operation("DELETE", "/api/ads/invitations/{advertiser}", self.decline),
            Operation("GET", f"{one}/balance", self.balance),
            Operation("GET", money, self.top_ups),
            Operation("GET", "/api/ads/quote", self.quote, rate=QUOTE_RATE),
            Operation("POST", money, self.top_up, status=201, money=True, rate=TOP_UP_RATE),
            Operation("POST", f"{money}/{{id}}/refunds", self.refund, status=201, money=True, rate=TOP_UP_RATE),
        ]

    # -- accounts --------------------------------------------------------------------------------

    def list(self, call: Call) -> AdvertiserList:
        """List the advertisers you belong to."""
        return AdvertiserList(self._database.read(lambda c: self._advertisers.of(c, call.identity)))

    def create(self, call: Call, body: NewAdvertiser) -> Account:
        """Open an account to advertise with. Adults only."""
        return self._advertisers.create(
            call.identity, name=body.name, payer=body.payer, country=body.country, zone=body.zone, house=body.house
        )

    def show(self, call: Call, advertiser: str) -> Account:
        """Get an advertiser of yours."""
        return self._database.read(lambda c: self._advertisers.check(c, advertiser, call.identity))

    def edit(self, call: Call, advertiser: str, body: AdvertiserTerms) -> Account:
        """Change an advertiser, as an owner. Another name or payer must be verified again."""
        return self._advertisers.edit(
            advertiser, call.identity, name=body.name, payer=body.payer, country=body.country, zone=body.zone
        )

    # -- members ---------------------------------------------------------------------------------

    def members(self, call: Call, advertiser: str) -> MemberList:
        """List who belongs to an advertiser, and who is invited."""
        return MemberList(self._database.read(lambda c: self._advertisers.members(c, advertiser, call.identity)))

    def set_member(self, call: Call, advertiser: str, handle: str, body: RoleRequest) -> MemberList:
        """Invite somebody, or change the role of a member, as an owner."""
        return MemberList(self._advertisers.set_member(advertiser, call.identity, handle, body.role))

    def remove_member(self, call: Call, advertiser: str, handle: str) -> None:
        """Remove somebody as an owner, also from those who are invited, or leave."""
        self._advertisers.remove_member(advertiser, call.identity, handle)

    def invitations(self, call: Call) -> InvitationList:
        """List the advertisers that ask you to act for them."""
        return InvitationList(self._database.read(lambda c: self._advertisers.invitations(c, call.identity)))

    def accept(self, call: Call, advertiser: str) -> Account:
        """Act for an advertiser that asked you to. Adults only."""
        return self._advertisers.accept(advertiser, call.identity)

    def decline(self, call: Call, advertiser: str) -> None:
        """Do not act for it."""
        self._advertisers.decline(advertiser, call.identity)

    # -- money -----------------------------------------------------------------------------------

    def balance(self, call: Call, advertiser: str) -> AdBalance:
        """What an advertiser can spend, and what is held."""

        def read(connection: Connection) -> AdBalance:
            self._advertisers.check(connection, advertiser, call.identity)
            return ad_balance_of(connection, advertiser, self._clock())

        return self._database.read(read)

    def top_ups(self, call: Call, advertiser: str, query: Paging) -> Page[TopUp]:
        """List what was paid in, newest first."""

        def read(connection: Connection) -> Page[TopUp]:
            self._advertisers.check(connection, advertiser, call.identity)
            return top_ups(connection, advertiser, query.cursor, query.limit)

        return self._database.read(read)

    def quote(self, call: Call, query: QuoteQuery) -> TopUpQuote:
        """What paying so much into a balance costs: the VAT, and the total."""

        def read(connection: Connection) -> TopUpQuote:
            now = self._clock()
            if not query.advertiser:
                return self._vat.quote_in(connection, query.country, query.amount_minor, now)
            self._advertisers.check(connection, query.advertiser, call.identity)
            return self._vat.quote(connection, query.advertiser, query.amount_minor, now)

        return self._database.read(read)

    async def top_up(self, call: Call, advertiser: str, body: TopUpRequest) -> TopUpAnswer:
        """Pay into the balance, as an owner or editor. The VAT comes on top."""
        who = call.identity
        who.must_be_adult()
        await self._database.read_async(lambda c: self._advertisers.check(c, advertiser, who, "editor"))
        paid = await self._purchases.pay_in(who.id, advertiser, body.amount_minor, call.key, body.total_minor)
        return _answer(paid)

    async def refund(self, call: Call, advertiser: str, id: str, body: AmountRequest) -> Refunded:
        """Get back what is not spent, as an owner: to the card that paid."""
        who = call.identity
        await self._database.read_async(lambda c: self._advertisers.check(c, advertiser, who, "owner"))
        refund: Refund = await self._purchases.pay_back(who.id, advertiser, id, body.amount_minor, call.key)
        return Refunded(refund.id, refund.state, refund.amount_minor)


def _answer(purchase: Purchase) -> TopUpAnswer:
    return TopUpAnswer(purchase.id, public(purchase.state), purchase.checkout_url)
