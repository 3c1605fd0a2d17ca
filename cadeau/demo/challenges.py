"""A planetarium's hashtag challenges: one takes entries, one has a winner. Each is made once, before the videos."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Connection, update

from cadeau.app import Cadeau
from cadeau.demo.videos import identity
from core.errors import Refusal
from core.identity import Identity, Person
from vod.ads.campaigns.advertisers import Account
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.review import Verdict
from vod.ads.challenges.challenges import Choice
from vod.ads.challenges.tables import ad_challenges
from vod.ads.challenges.terms import NewChallenge
from vod.ads.challenges.views import OwnChallenge
from vod.catalogue.videos import Video

NAME = "Planetarium of the Bay"
ZONE = "Europe/Paris"
PAID_MINOR = 100_000
DAYS = 14
ENTRIES_MIN = 2  # from which on the one that is over is judged

log = structlog.get_logger("demo")


@dataclass(frozen=True, slots=True)
class Wanted:
    """`because`: why one wins as soon as there are some; empty: it goes on."""

    tag: str
    title: str
    rules: str
    euros: int
    because: str = ""


WANTED = (
    Wanted(
        "space", "Your corner of space",
        "Show us a planet, a star or a whole galaxy: drawn, computed or filmed.\nWe look for wonder, not for pixels.",
        300,
    ),
    Wanted(
        "satisfying", "The most satisfying orbit", "Something that goes round and round, and never stops being good.",
        150, because="We watched it eleven times, then we lost count. It goes round like nothing else.",
    ),
)  # fmt: skip


class DemoChallenges:
    """Through the same functions as everybody, but for the end of the one that is over: the demo cannot wait a week."""

    def __init__(self, cadeau: Cadeau, owner: Person, reviewer: Person) -> None:
        self._cadeau = cadeau
        self._part = cadeau.vod.challenges
        self._owner = identity(owner)
        self._reviewer = Identity(reviewer.id, reviewer.handle, reviewer.name, "moderator", True)

    def begin(self) -> None:
        """Book what is not there yet. Blocks."""
        accounts = self._cadeau.core.database.read(lambda c: self._cadeau.vod.studio.advertisers.of(c, self._owner))
        if any(account.name == NAME for account in accounts):
            return
        try:
            account = self._account()
            for wanted in WANTED:
                self._book(account, wanted)
        except Refusal as refusal:  # such as a platform on which prizes cannot be paid
            log.warning("demo challenges not made", code=refusal.code)

    def offer(self, video: Video) -> None:
        """A video is ready: once there are a few, the sponsor of the one that is over chooses. Blocks."""
        wanted = next((one for one in WANTED if one.because and f"#{one.tag}" in video.caption), None)
        label = self._cadeau.vod.videos.video(video.id, None).challenge if wanted else None
        if wanted is None or label is None:
            return
        challenge = self._part.challenges.show(label.id, self._owner)
        if challenge.state == "running" and challenge.entries >= ENTRIES_MIN:
            self._end(challenge)
            self._part.challenges.choose(challenge.id, self._owner, Choice(video.id, wanted.because))

    def _account(self) -> Account:
        advertisers = self._cadeau.vod.studio.advertisers
        account = advertisers.create(self._owner, name=NAME, payer=None, country="FR", zone=ZONE)
        advertisers.decide(account.id, self._reviewer, name=NAME, payer=None, verified=True, reason="")
        asyncio.run(
            self._cadeau.money.purchases.pay_in(self._owner.id, account.id, PAID_MINOR, f"demo:{account.id}")
        )  # fmt: skip
        return account

    def _book(self, account: Account, wanted: Wanted) -> None:
        begins = today(ZONE, self._cadeau.core.clock())
        terms = NewChallenge(
            advertiser=account.id, tag=wanted.tag, title=wanted.title, rules=wanted.rules, category="education",
            prize_micro=wanted.euros * 1_000_000, starts_on=begins, ends_on=begins + timedelta(days=DAYS),
        )  # fmt: skip
        draft = self._part.challenges.create(self._owner, terms)
        booked = self._part.challenges.submit(draft.id, self._owner)
        self._part.review.decide(booked.id, self._reviewer, Verdict(True, booked.revision))

    def _end(self, challenge: OwnChallenge) -> None:
        now = self._cadeau.core.clock()

        def write(connection: Connection) -> None:
            mine = update(ad_challenges).where(ad_challenges.c.id == challenge.id)
            connection.execute(mine.values(ends_at=now))

        self._cadeau.core.database.write(write)
