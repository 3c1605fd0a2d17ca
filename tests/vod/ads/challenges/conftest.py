"""A bakery that runs a challenge, people who take part, and a clock that tests move."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from core.database.proofs import findings
from core.identity import Identity
from core.ids import new_id
from money.ledger.accounts import ad_balance, ad_prize, payable
from money.ledger.rules import Account
from money.part import MONEY_PROOFS
from money.tables import accounts, coin_rates, purchases
from people.tables import people
from tests.vod.ads.campaigns.conftest import EURO, ZONE, Agency
from tests.vod.conftest import House
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.review import Verdict
from vod.ads.challenges.challenges import Choice
from vod.ads.challenges.opening import OpenChallenges
from vod.ads.challenges.proofs import PROOFS
from vod.ads.challenges.terms import NewChallenge
from vod.ads.challenges.views import OwnChallenge
from vod.catalogue.tags import add_tags
from vod.tables import videos

DAY_MS = 86_400_000
PER_THOUSAND = 460


class Bakery(Agency):
    """`ada` owns it; it has paid in so long ago that its prizes are paid at once."""

    def __init__(self, house: House, euros: int = 500) -> None:
        super().__init__(house)
        rate = {"currency": "EUR", "valid_from": 0, "per_thousand": PER_THOUSAND, "by": "root"}
        house.database.write(lambda c: c.execute(insert(coin_rates).values(rate)))
        self.verify()
        if euros:
            self.pay_in(euros)
            self.old_card()

    @property
    def open(self) -> OpenChallenges:
        return self.house.vod.challenges

    def old_card(self) -> None:
        """As if the first payment was long ago."""
        house = self.house
        house.database.write(
            lambda c: c.execute(update(purchases).values(settled_at=purchases.c.settled_at - 60 * DAY_MS))
        )

    def draft(self, who: Identity | None = None, **terms: Any) -> OwnChallenge:
        begins = today(ZONE, self.house.time())
        values: dict[str, Any] = {
            "advertiser": self.bakery.id, "tag": "#BestBread", "title": "Your best bread", "rules": "Show it.",
            "category": "food", "prize_micro": 100 * EURO, "starts_on": begins, "ends_on": begins + timedelta(days=4),
        } | terms  # fmt: skip
        return self.open.challenges.create(who or self.ada, NewChallenge(**values))

    def submit(self, challenge: OwnChallenge) -> OwnChallenge:  # type: ignore[override]
        return self.open.challenges.submit(challenge.id, self.ada)

    def approve(self, challenge: OwnChallenge, who: Identity | None = None) -> OwnChallenge:
        return self.open.review.decide(challenge.id, who or self.eve, Verdict(True, challenge.revision))

    def reject(self, challenge: OwnChallenge) -> OwnChallenge:
        verdict = Verdict(False, challenge.revision, ["misleading"], "No.")
        return self.open.review.decide(challenge.id, self.eve, verdict)

    def begun(self, **terms: Any) -> OwnChallenge:
        """A challenge that takes entries."""
        return self.approve(self.submit(self.draft(**terms)))

    def choose(self, challenge: OwnChallenge, video: str, who: Identity | None = None) -> OwnChallenge:
        return self.open.challenges.choose(challenge.id, who or self.ada, Choice(video, "It made us hungry."))

    def enter(self, who: Identity, caption: str = "Mine #bestbread", **values: Any) -> str:
        """A public video with the hashtag, published now."""
        video = new_id()
        row = {
            "id": video, "person": who.id, "state": "ready", "visibility": "public", "created_at": self.house.time(),
            "caption": caption,
        } | values  # fmt: skip

        def write(c: Any) -> None:
            c.execute(insert(videos).values(row))
            add_tags(c, video, caption)
            self.house.vod.videos.changed(c, video)

        self.house.database.write(write)
        return video

    def like(self, video: str, *people: Identity) -> None:
        for one in people:
            self.house.vod.likes.like(video, one, liked=True)

    def pass_days(self, days: float) -> None:
        self.house.time.leap_ms += int(days * DAY_MS)
        self.open.lifecycle.tick()

    def born(self, person: Identity, day: date) -> None:
        theirs = update(people).where(people.c.id == person.id).values(birthdate=day.isoformat())
        self.house.database.write(lambda c: c.execute(theirs))

    def now(self, challenge: OwnChallenge) -> OwnChallenge:
        return self.house.database.read(lambda c: self.open.challenges.view(c, challenge.id, self.ada))

    def balance(self, account: Account) -> int:
        held = select(accounts.c.balance).where(
            accounts.c.owner == account.owner, accounts.c.kind == account.kind, accounts.c.unit == account.unit
        )
        return self.house.database.read(lambda c: c.execute(held).scalar()) or 0

    def held(self, challenge: OwnChallenge) -> int:
        return self.balance(ad_prize(challenge.id))

    @property
    def left(self) -> int:
        return self.balance(ad_balance(self.bakery.id))

    def earned(self, person: Identity) -> int:
        return self.balance(payable(person.id))

    def proved(self) -> bool:
        """Whether the books hold, but for purchases that `old_card` has made older than their transfers."""
        proofs = {rule: proof for rule, proof in {**MONEY_PROOFS, **PROOFS}.items() if "purchase" not in rule}
        found = self.house.database.read(lambda c: list(findings(c, proofs)))
        assert found == [], found
        return not found


@pytest.fixture
def bakery(house: House) -> Bakery:
    return Bakery(house)
