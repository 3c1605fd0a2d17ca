"""Conversions over HTTP: the advertiser's secret, and what its server reports."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from core.database import Database
from core.errors import InvalidRequest
from core.http import Access, Call, Operation
from core.limits import Rate
from core.text.clean import clean_line
from money.ledger.rules import TRANSFER_AMOUNT_MAX
from vod.ads.conversions.conversions import ConversionName, Conversions, Outcome
from vod.ads.conversions.secrets import SECRET_CHARS_MAX, ConversionSecrets, NewSecret, SecretState
from vod.ads.serving.signing import CLICK_CHARS

ORDER_CHARS_MAX = 64
REPORT_RATE = Rate(1_200, 60)  # of a network: one server reports for all visitors of a shop
SECRET_RATE = Rate(20, 3_600)


class ConversionReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`click`: the parameter `cadeau_click` of the landing page. `order`: your own number for it, not a person's name;
    the same click, name and order count once. `value_micro`: what it is worth, in millionths of the ad currency."""

    secret: Annotated[str, Meta(max_length=SECRET_CHARS_MAX)]
    click: Annotated[str, Meta(max_length=CLICK_CHARS)]
    name: ConversionName = "other"
    order: Annotated[str, Meta(max_length=ORDER_CHARS_MAX)] = ""
    value_micro: Annotated[int, Meta(ge=0, le=TRANSFER_AMOUNT_MAX)] = 0


class ConversionReported(msgspec.Struct, frozen=True):
    """What became of it: only `counted` is in the figures."""

    outcome: Outcome


class ConversionRoutes:
    def __init__(self, database: Database, secrets: ConversionSecrets, conversions: Conversions) -> None:
        self._database = database
        self._secrets = secrets
        self._conversions = conversions

    def operations(self) -> list[Operation]:
        secret = "/api/ads/advertisers/{advertiser}/conversion-secret"
        return [
            Operation(
                "POST", "/api/ads/conversions", self.report, access=Access.ANYONE, status=202, rate=REPORT_RATE
            ),
            Operation("GET", secret, self.state),
            Operation("POST", secret, self.make, status=201, rate=SECRET_RATE),
            Operation("DELETE", secret, self.revoke),
        ]  # fmt: skip

    def report(self, body: ConversionReport) -> ConversionReported:
        """Report a conversion, as an advertiser's server. Harmless to repeat."""
        order = clean_line(body.order, ORDER_CHARS_MAX)
        if order is None:
            raise InvalidRequest(f"An order has at most {ORDER_CHARS_MAX} characters.")
        return ConversionReported(self._conversions.report(body.secret, body.click, body.name, order, body.value_micro))

    def state(self, call: Call, advertiser: str) -> SecretState:
        """Whether an advertiser of yours can report conversions."""
        return self._database.read(lambda c: self._secrets.state(c, advertiser, call.identity))

    def make(self, call: Call, advertiser: str) -> NewSecret:
        """Make the secret for reporting conversions; the one before is forgotten. For owners."""
        return self._secrets.make(advertiser, call.identity)

    def revoke(self, call: Call, advertiser: str) -> None:
        """Forget the secret: nothing can be reported anymore. For owners."""
        self._secrets.revoke(advertiser, call.identity)
