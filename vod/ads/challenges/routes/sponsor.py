"""Challenges over HTTP, for their sponsors."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from core.database import Database
from core.http import Call, Operation, Page, Paging
from core.limits import Rate
from vod.ads.challenges.challenges import Challenges, Choice
from vod.ads.challenges.terms import ChallengeTerms, NewChallenge
from vod.ads.challenges.views import OwnChallenge

BOOKING_RATE = Rate(60, 3_600)


class OwnChallengesQuery(Paging, forbid_unknown_fields=True, kw_only=True):
    advertiser: Annotated[str, Meta(max_length=64)]


class SponsorRoutes:
    def __init__(self, database: Database, challenges: Challenges) -> None:
        self._database = database
        self._challenges = challenges

    def operations(self) -> list[Operation]:
        every, one = "/api/ads/challenges", "/api/ads/challenges/{challenge}"
        return [
            Operation("GET", "/api/ads/challenge-terms", self.terms),
            Operation("GET", every, self.list),
            Operation("POST", every, self.create, status=201, rate=BOOKING_RATE),
            Operation("GET", one, self.show),
            Operation("PUT", one, self.edit, rate=BOOKING_RATE),
            # It holds money. States make a retry harmless, whatever its key.
            Operation("POST", f"{one}/submit", self.submit, money=True, rate=BOOKING_RATE),
            Operation("POST", f"{one}/cancel", self.cancel),
            Operation("POST", f"{one}/winner", self.choose),
        ]

    def terms(self) -> ChallengeTerms:
        """What a challenge may be, and what it costs."""
        return self._database.read(self._challenges.terms)

    def list(self, call: Call, query: OwnChallengesQuery) -> Page[OwnChallenge]:
        """List the challenges of an advertiser of yours, newest first."""
        return self._database.read(
            lambda c: self._challenges.page(c, query.advertiser, call.identity, query.cursor, query.limit)
        )

    def create(self, call: Call, body: NewChallenge) -> OwnChallenge:
        """Draft a challenge, as an owner or editor."""
        return self._challenges.create(call.identity, body)

    def show(self, call: Call, challenge: str) -> OwnChallenge:
        """Get a challenge of an advertiser of yours."""
        return self._challenges.show(challenge, call.identity)

    def edit(self, call: Call, challenge: str, body: NewChallenge) -> OwnChallenge:
        """Change a draft."""
        return self._challenges.edit(challenge, call.identity, body)

    def submit(self, call: Call, challenge: str) -> OwnChallenge:
        """Book a challenge: its prize is held, and it is reviewed."""
        return self._challenges.submit(challenge, call.identity)

    def cancel(self, call: Call, challenge: str) -> OwnChallenge:
        """Cancel a challenge that has not begun; its prize comes back."""
        return self._challenges.cancel(challenge, call.identity)

    def choose(self, call: Call, challenge: str, body: Choice) -> OwnChallenge:
        """Choose the winner of a challenge that is over, and say why."""
        return self._challenges.choose(challenge, call.identity, body)
