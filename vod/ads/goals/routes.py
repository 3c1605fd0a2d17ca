"""Sponsored goals over HTTP: for advertisers, hosts and reviewers. A host starts one in the room's chat."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from core.database import Database
from core.http import Access, Call, Operation, Page, Paging
from core.limits import Rate
from vod.ads.campaigns.review import NOTE_CHARS_MAX, Verdict
from vod.ads.goals.goals import Goals, GoalTerms, NewGoal
from vod.ads.goals.review import GoalReview
from vod.ads.goals.views import GoalView

GOAL_RATE = Rate(60, 3_600)


class GoalsQuery(Paging, forbid_unknown_fields=True, kw_only=True):
    advertiser: Annotated[str, Meta(max_length=64)]


class GoalQueue(Paging, forbid_unknown_fields=True, kw_only=True):
    """`ongoing`: those that were approved and are not over, instead of those that wait."""

    ongoing: bool = False


class OfferedGoals(msgspec.Struct):
    items: list[GoalView]


class StopGoal(msgspec.Struct, forbid_unknown_fields=True):
    """Why: its advertiser and its host read it."""

    note: Annotated[str, Meta(max_length=4 * NOTE_CHARS_MAX)]


class GoalRoutes:
    def __init__(self, database: Database, goals: Goals, review: GoalReview) -> None:
        self._database = database
        self._goals = goals
        self._review = review

    def operations(self) -> list[Operation]:
        every, one, waiting = "/api/ads/goals", "/api/ads/goals/{goal}", "/api/admin/ads/goals"
        moderators = Access.MODERATOR
        return [
            Operation("GET", "/api/ads/goal-terms", self.terms),
            Operation("GET", every, self.list),
            Operation("POST", every, self.create, status=201, rate=GOAL_RATE),
            Operation("GET", one, self.show),
            Operation("POST", f"{one}/submit", self.submit),
            Operation("POST", f"{one}/cancel", self.cancel),
            Operation("GET", "/api/goals", self.offered),
            Operation("POST", "/api/goals/{goal}/decline", self.decline),
            Operation("GET", waiting, self.queue, access=moderators),
            Operation("PUT", f"{waiting}/{{goal}}", self.decide, access=moderators),
            Operation("POST", f"{waiting}/{{goal}}/stop", self.stop, access=moderators),
        ]

    def terms(self) -> GoalTerms:
        """What a sponsored goal may be."""
        return GoalTerms()

    def list(self, call: Call, query: GoalsQuery) -> Page[GoalView]:
        """List the sponsored goals of an advertiser of yours, newest first."""
        return self._database.read(
            lambda c: self._goals.page(c, query.advertiser, call.identity, query.cursor, query.limit)
        )

    def create(self, call: Call, body: NewGoal) -> GoalView:
        """Draft a sponsored goal for a host who gave you a code, as an owner or editor."""
        return self._goals.create(call.identity, body)

    def show(self, call: Call, goal: str) -> GoalView:
        """Get a sponsored goal of an advertiser of yours."""
        return self._database.read(lambda c: self._goals.view(c, goal, call.identity))

    def submit(self, call: Call, goal: str) -> GoalView:
        """Ask for a sponsored goal to be reviewed. Its reward is held."""
        return self._goals.submit(goal, call.identity)

    def cancel(self, call: Call, goal: str) -> GoalView:
        """Cancel a sponsored goal before it runs. Its reward comes back."""
        return self._goals.cancel(goal, call.identity)

    def offered(self, call: Call) -> OfferedGoals:
        """List the sponsored goals you were offered as a host, and what became of them, newest first."""
        return OfferedGoals(self._database.read(lambda c: self._goals.offers(c, call.identity.id)))

    def decline(self, call: Call, goal: str) -> GoalView:
        """Decline a sponsored goal that you were offered."""
        return self._goals.decline(goal, call.identity)

    def queue(self, query: GoalQueue) -> Page[GoalView]:
        """List the sponsored goals that wait for a review, or that may be stopped, the oldest first."""
        return self._database.read(lambda c: self._review.queue(c, query.cursor, query.limit, ongoing=query.ongoing))

    def decide(self, call: Call, goal: str, body: Verdict) -> GoalView:
        """Approve a sponsored goal, or reject it with reasons."""
        return self._review.decide(goal, call.identity, body)

    def stop(self, call: Call, goal: str, body: StopGoal) -> GoalView:
        """Stop a sponsored goal that is not paid. Its reward goes back to the advertiser."""
        return self._review.stop(goal, call.identity, body.note)
