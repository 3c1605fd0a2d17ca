"""A feed of twenty videos, an agency that books, and somebody who opens the feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from core.database.proofs import findings
from core.identity import Identity
from money.ledger.accounts import ad_balance
from money.part import MONEY_PROOFS
from money.purchases.debts import balance
from tests.vod.ads.campaigns.conftest import EURO, Agency
from tests.vod.conftest import House
from vod.ads.billing.billing import DAY_MS
from vod.ads.billing.verify import verify_day
from vod.ads.campaigns.bookings import CampaignView
from vod.ads.campaigns.dates import today
from vod.ads.events.events import Claim
from vod.ads.events.invalid import Kind
from vod.ads.promoted.consents import Consent, Consents, NewConsent
from vod.ads.rooms.cards import RoomCard
from vod.catalogue.videos import Video
from vod.feed.feed import FeedAd
from vod.feed.viewer import Viewer

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
NOON_MS = DAY_MS // 2


class Scene(Agency):
    """It is noon, UTC, so that a test does not pass midnight."""

    def __init__(self, house: House) -> None:
        house.time.leap_ms += NOON_MS - house.time() % DAY_MS
        super().__init__(house)
        self.creator = house.person()
        self.post = house.show(self.creator)
        for _ in range(20):
            house.show(self.creator)
        self.verify()
        self.pay_in(900)

    # -- booking ---------------------------------------------------------------------------------

    def consent(self, **values: Any) -> Consent:
        asked: dict[str, Any] = {"video": self.post, "until_on": today("UTC", self.house.time()) + timedelta(days=30)}
        return self.consents.give(self.creator, NewConsent(**asked | {"share_percent": 30} | values))

    @property
    def consents(self) -> Consents:
        return self.studio.consents

    def promote(self, consent: Consent, **terms: Any) -> CampaignView:
        """A campaign that runs with a creator's post."""
        creatives = [self.creative(video=self.post)]
        return self.running(**{"format": "promoted", "consent": consent.code, "creatives": creatives} | terms)

    def takeover_terms(self, days: int = 1, ahead: int = 0, **terms: Any) -> dict[str, Any]:
        begins = today("UTC", self.house.time()) + timedelta(days=ahead)
        money = {"pricing": "day", "bid_micro": 0, "total_micro": 0}
        return {
            "format": "takeover", "starts_on": begins, "ends_on": begins + timedelta(days=days - 1), **money, **terms
        }  # fmt: skip

    # -- watching --------------------------------------------------------------------------------

    def warm(self) -> None:
        """Until the node knows what runs, and has a slice."""
        for number in range(4):
            self.later(2_500)
            self.items(self.visitor(f"~warm{number}"))

    def later(self, ms: int) -> None:
        self.house.time.leap_ms += ms
        self.house.vod.ads.upkeep.tick()

    @staticmethod
    def visitor(name: str = "~visitor") -> Viewer:
        return Viewer(name, None, "192.0.2.1", agent=AGENT)

    def viewer(self, who: Identity) -> Viewer:
        return replace(self.visitor(), id=who.id, who=who)

    def items(self, viewer: Viewer, *, opening: bool = False) -> list[Any]:
        return list(self.house.vod.feed.for_you(viewer, "", 20, "", opening=opening).items)

    def ads(self, viewer: Viewer, *, opening: bool = False) -> list[FeedAd]:
        return [one for one in self.items(viewer, opening=opening) if isinstance(one, FeedAd)]

    def house_video(self, video: str) -> Video:
        return self.house.vod.videos.video(video, self.ada)

    def see(
        self, ad: FeedAd | RoomCard, who: Identity | None = None, after_ms: int = 2_500,
        kinds: Sequence[Kind] = ("view", "viewable"),
    ) -> None:  # fmt: skip
        """Watch it, so that it is viewable."""
        ads = self.house.vod.ads
        self.house.time.leap_ms += after_ms
        serve, person, now = ads.signatures.serve(ad.impression), who.id if who else None, self.house.time()
        assert serve is not None
        claims = [Claim(serve, kind, now, person, person or serve, program=False) for kind in kinds]
        self.house.database.write(lambda c: ads.events.apply(c, claims))

    def bill(self) -> None:
        self.later(180_000)
        self.house.vod.ads.billing.run()

    # -- books -----------------------------------------------------------------------------------

    def faults(self) -> list[str]:
        """What `ads verify` and `ledger verify` find."""
        day = self.house.time() // DAY_MS
        found = self.house.database.read(lambda c: [*verify_day(c, day), *findings(c, MONEY_PROOFS)])
        return [str(one) for one in found]

    def available(self) -> int:
        return self.house.database.read(lambda c: balance(c, ad_balance(self.bakery.id), lock=False))


__all__ = ["EURO", "Scene"]
