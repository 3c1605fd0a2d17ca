"""A gallery: an advertiser's effects, over the real domain."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import msgspec
import pytest
from PIL import Image
from sqlalchemy import Connection

from core.database.proofs import findings
from core.identity import Identity
from money.ads.proofs import PROOFS as BUDGETS
from tests.vod.ads.campaigns.conftest import ZONE, Agency
from tests.vod.conftest import House
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.review import Verdict
from vod.ads.effects import pictures
from vod.ads.effects.bookings import EffectView, NewEffect
from vod.ads.effects.days import PROOFS

DAY = 20_000_000
DAY_MS = 86_400_000
LOGO = {"logo": {"width": 0.3, "place": {"x": 0.8, "y": 0.1}}}


def png(width: int = 60, height: int = 40) -> bytes:
    """A red picture, half see-through."""
    file = BytesIO()
    Image.new("RGBA", (width, height), (230, 30, 30, 128)).save(file, "PNG")
    return file.getvalue()


class Gallery(Agency):
    """`ada` owns the bakery, which is verified; `eve` reviews; `bob` is an outsider."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.verify()
        self.effects = house.vod.effects
        self.picture = pictures.drawn(png())
        self.write(lambda c: pictures.store(c, self.bakery.id, self.picture, house.time()))

    def write(self, work: Any) -> Any:
        return self.house.database.write(work)

    def read(self, work: Any) -> Any:
        return self.house.database.read(work)

    def asked(self, days: int = 3, **values: Any) -> NewEffect:
        """The bakery's logo in a corner, from today on, except for what is passed."""
        begins = today(ZONE, self.house.time())
        terms: dict[str, Any] = {
            "advertiser": self.bakery.id, "name": "Fresh bread", "template": "sticker", "look": LOGO,
            "category": "food", "picture": self.picture.digest, "starts_on": begins,
            "ends_on": begins + timedelta(days=days - 1),
        } | values  # fmt: skip
        return msgspec.convert(terms, NewEffect)

    def draft(self, days: int = 3, **values: Any) -> EffectView:
        return self.effects.bookings.create(self.ada, self.asked(days, **values))

    def submitted(self, days: int = 3, **values: Any) -> EffectView:
        return self.effects.bookings.submit(self.draft(days, **values).id, self.ada)

    def booked(self, days: int = 3, **values: Any) -> EffectView:
        return self.approve(self.submitted(days, **values))

    def approve(self, effect: EffectView) -> EffectView:
        return self.effects.review.decide(effect.id, self.eve, Verdict(True, effect.revision))

    def reject(self, effect: EffectView) -> EffectView:
        verdict = Verdict(False, effect.revision, ["quality"], "It hides the face.")
        return self.effects.review.decide(effect.id, self.eve, verdict)

    def seen(self, effect: EffectView) -> EffectView:
        view: EffectView = self.read(lambda c: self.effects.bookings.view(c, effect.id, self.ada))
        return view

    def offered(self) -> list[str]:
        return [one.file.id for one in self.read(self.effects.uses.offered)]

    def leap(self, days: float) -> None:
        self.house.time.leap_ms += int(days * DAY_MS)
        self.effects.days.tick()

    def use(self, effect: EffectView, who: Identity) -> None:
        self.write(lambda c: self.effects.uses.note(c, [(effect.id, who.id)]))

    def available(self) -> int:
        from money.ads.top_ups import ad_balance_of

        balance = self.read(lambda c: ad_balance_of(c, self.bakery.id, self.house.time()))
        return int(balance.available_micro)

    def wrong(self) -> list[str]:
        """What the books contradict."""

        def read(connection: Connection) -> list[str]:
            return [f"{one.rule} {one.subject}" for one in findings(connection, {**BUDGETS, **PROOFS})]

        return list(self.read(read))


@pytest.fixture
def gallery(house: House) -> Gallery:
    return Gallery(house)
