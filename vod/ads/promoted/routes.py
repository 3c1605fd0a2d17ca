"""Consents over HTTP: for creators who give them, and advertisers who were told a code."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from core.http import Call, Operation
from core.identity import Person
from core.limits import Rate
from vod.ads.campaigns.advertisers import Advertisers, Brief
from vod.ads.campaigns.booking import CODE_TEXT_CHARS_MAX
from vod.ads.campaigns.floors import offers
from vod.ads.promoted.consents import AHEAD_DAYS_MAX, Consent, Consents, NewConsent, spelled
from vod.ads.promoted.earnings import AdEarnings, ad_earnings
from vod.errors import ConsentNotFound

CONSENT_RATE = Rate(30, 3_600)
CODE_RATE = Rate(60, 3_600)  # tries of an advertiser: a code has 140 bits


class ConsentList(msgspec.Struct):
    """`share_percent`: of consents that are given now."""

    items: list[Consent]
    share_percent: int
    days_max: int = AHEAD_DAYS_MAX


class CodeQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`advertiser`: one of yours; without it, whether some advertiser may use the code."""

    advertiser: Annotated[str, Meta(max_length=64)] = ""


class OfferedVideo(msgspec.Struct):
    """What a code allows. `until`: Unix ms, excluded."""

    code: str
    video: str
    by: Person
    share_percent: int
    until: int


class ConsentRoutes:
    def __init__(
        self, database: Database, clock: Clock, consents: Consents, advertisers: Advertisers, brief: Brief
    ) -> None:
        self._database = database
        self._clock = clock
        self._consents = consents
        self._advertisers = advertisers
        self._brief = brief

    def operations(self) -> list[Operation]:
        every, one = "/api/ads/consents", "/api/ads/consents/{code}"
        return [
            Operation("GET", every, self.list),
            Operation("POST", every, self.give, status=201, rate=CONSENT_RATE),
            Operation("GET", one, self.offered, rate=CODE_RATE),
            Operation("DELETE", one, self.revoke),
            Operation("GET", "/api/ads/earnings", self.earnings),
        ]

    def list(self, call: Call) -> ConsentList:
        """List the consents you gave, newest first."""

        def read(connection: Connection) -> ConsentList:
            found = self._consents.of(connection, call.identity.id)
            return ConsentList(found, offers(connection).creator_share_percent)

        return self._database.read(read)

    def give(self, call: Call, body: NewConsent) -> Consent:
        """Let advertisers run a public video of yours as an ad, until a day. Adults only."""
        return self._consents.give(call.identity, body)

    def revoke(self, call: Call, code: str) -> Consent:
        """Take a consent back: nothing is shown with it any more."""
        return self._consents.revoke(call.identity, code[:CODE_TEXT_CHARS_MAX])

    def offered(self, call: Call, code: str, query: CodeQuery) -> OfferedVideo:
        """What a creator's code allows an advertiser."""
        who = call.identity

        def read(connection: Connection) -> OfferedVideo:
            account = self._advertisers.check(connection, query.advertiser, who, "editor") if query.advertiser else None
            row = self._consents.offered(connection, code[:CODE_TEXT_CHARS_MAX], account)
            maker = self._brief(connection, [row.person]).get(row.person)
            if maker is None:
                raise ConsentNotFound
            return OfferedVideo(spelled(row.code), row.video, maker, row.share_percent, row.until)

        return self._database.read(read)

    def earnings(self, call: Call) -> AdEarnings:
        """What you earned with ads made of your videos."""
        return self._database.read(lambda c: ad_earnings(c, call.identity.id, self._clock()))
