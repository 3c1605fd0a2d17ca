"""Challenges over HTTP, for everybody."""

from __future__ import annotations

from core.http import Access, Call, Operation, Page, Paging
from vod.ads.challenges.public import ChallengeEntry, PublicChallenges, Which
from vod.ads.challenges.views import ChallengeView


class ChallengesQuery(Paging, forbid_unknown_fields=True):
    which: Which = "running"


class ChallengeRoutes:
    def __init__(self, challenges: PublicChallenges) -> None:
        self._challenges = challenges

    def operations(self) -> list[Operation]:
        every, one = "/api/challenges", "/api/challenges/{challenge}"
        return [
            Operation("GET", every, self.list, access=Access.ANYONE),
            Operation("GET", one, self.show, access=Access.ANYONE),
            Operation("GET", f"{one}/entries", self.entries, access=Access.ANYONE),
        ]

    def list(self, call: Call, query: ChallengesQuery) -> Page[ChallengeView]:
        """List the hashtag challenges that run, or those that are over."""
        if call.who is not None and not call.who.adult:  # a list of challenges is an ad, and people under 18 see none
            return Page([], None)
        return self._challenges.page(query.which, query.cursor, query.limit)

    def show(self, challenge: str) -> ChallengeView:
        """Get a hashtag challenge."""
        return self._challenges.challenge(challenge)

    def entries(self, call: Call, challenge: str, query: Paging) -> Page[ChallengeEntry]:
        """List the videos that take part: while it runs the newest first, afterwards the most liked."""
        return self._challenges.entries(challenge, call.who, query.cursor, query.limit)
