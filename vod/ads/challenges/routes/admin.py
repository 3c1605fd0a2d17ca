"""Challenges over HTTP, for the people who run the platform."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed
from core.http import Access, Call, Operation, Page, Paging
from vod.ads.campaigns.review import NOTE_CHARS_MAX, Verdict
from vod.ads.challenges.challenges import Challenges
from vod.ads.challenges.review import ChallengeReview, WaitingChallenge, Which
from vod.ads.challenges.terms import FEE_MICRO_MAX, ChallengeTerms, set_fee
from vod.ads.challenges.views import OwnChallenge


class ChallengeQueue(Paging, forbid_unknown_fields=True):
    which: Which = "waiting"


class StopChallenge(msgspec.Struct, forbid_unknown_fields=True):
    because: Annotated[str, Meta(max_length=4 * NOTE_CHARS_MAX)]


class FeeRequest(msgspec.Struct, forbid_unknown_fields=True):
    """In millionths of the ad currency."""

    fee_micro: Annotated[int, Meta(ge=0, le=FEE_MICRO_MAX)]


class ChallengeAdminRoutes:
    def __init__(self, database: Database, clock: Clock, challenges: Challenges, review: ChallengeReview) -> None:
        self._database = database
        self._clock = clock
        self._challenges = challenges
        self._review = review

    def operations(self) -> list[Operation]:
        base, moderators = "/api/admin/ads/challenges", Access.MODERATOR
        return [
            Operation("GET", base, self.queue, access=moderators),
            Operation("PUT", f"{base}/{{challenge}}", self.decide, access=moderators),
            Operation("POST", f"{base}/{{challenge}}/stop", self.stop, access=moderators),
            Operation("PUT", "/api/admin/ads/challenge-fee", self.set_fee, access=moderators),
        ]

    def queue(self, query: ChallengeQueue) -> Page[WaitingChallenge]:
        """List the challenges that wait for a review, or those that are open, the oldest first."""
        return self._database.read(lambda c: self._review.queue(c, query.which, query.cursor, query.limit))

    def decide(self, call: Call, challenge: str, body: Verdict) -> OwnChallenge:
        """Approve a challenge, or reject it with reasons."""
        return self._review.decide(challenge, call.identity, body)

    def stop(self, call: Call, challenge: str, body: StopChallenge) -> OwnChallenge:
        """Stop a challenge for good; its prize goes back to the advertiser. Admins only."""
        return self._review.stop(challenge, call.identity, body.because)

    def set_fee(self, call: Call, body: FeeRequest) -> ChallengeTerms:
        """Set what running a challenge costs. Admins only."""
        if call.identity.role != "admin":
            raise NotAllowed("Only admins may do this.")

        def write(connection: Connection) -> ChallengeTerms:
            set_fee(connection, body.fee_micro, call.identity.id, self._clock())
            return self._challenges.terms(connection)

        return self._database.write(write)
