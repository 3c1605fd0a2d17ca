"""The review of sponsored goals, by a person, with reasons; and stopping one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, select

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotAllowed
from core.http import Page
from core.identity import Identity
from core.text.clean import clean_lines
from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.campaigns.review import NOTE_CHARS_MAX, Verdict
from vod.ads.campaigns.tables import advertisers
from vod.ads.goals.lifecycle import GoalLifecycle
from vod.ads.goals.states import HELD
from vod.ads.goals.tables import ad_goals
from vod.ads.goals.views import GoalView, goal_views
from vod.catalogue.videos import Brief
from vod.errors import AdvertiserNotReady, GoalChanged, GoalNotOpen


class GoalReview:
    def __init__(
        self, database: Database, clock: Clock, advertisers: Advertisers, lifecycle: GoalLifecycle, brief: Brief
    ) -> None:
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._lifecycle = lifecycle
        self._brief = brief

    def queue(self, connection: Connection, cursor: str, limit: int, *, ongoing: bool = False) -> Page[GoalView]:
        """What waits, in the order it was made; or what was approved and is not over, and may be stopped."""
        states = [one for one in HELD if one != "review"] if ongoing else ["review"]
        found = select(ad_goals).where(ad_goals.c.state.in_(states), ad_goals.c.id > cursor)
        rows = connection.execute(found.order_by(ad_goals.c.id).limit(limit + 1)).all()
        shown = goal_views(connection, rows[:limit], self._brief)
        return Page(shown, rows[limit - 1].id if len(rows) > limit else None)

    def decide(self, goal: str, who: Identity, verdict: Verdict) -> GoalView:
        """Approve or reject, once. What was held for a rejected one comes back. Blocks.

        Raises GoalNotFound; GoalChanged when it is not what was looked at, or not waiting anymore; NotAllowed for
        members of the advertiser and for the host; InvalidRequest for a rejection without a reason; AdvertiserNotReady
        for an approval while its names are not those that were verified.
        """
        note = _note(verdict.note)
        if not verdict.approved and not verdict.reasons:
            raise InvalidRequest("A rejection needs a reason.")

        def change(connection: Connection, row: Row[Any]) -> None:
            self._check_independent(connection, row, who)
            if row.state != "review" or row.revision != verdict.revision:
                raise GoalChanged
            by = {"note": note, "reviewed_by": who.id, "reviewed_at": self._clock()}
            if verdict.approved:
                self._check_named(connection, row)
                self._lifecycle.offer(connection, row, **by)
            else:
                reasons = list(dict.fromkeys(verdict.reasons))
                self._lifecycle.give_back(connection, row, "rejected", reasons=reasons, **by)

        return self._change(goal, change)

    def stop(self, goal: str, who: Identity, note: str) -> GoalView:
        """The platform stops it, whatever its state, and the money goes back. Blocks. Raises GoalNotFound,
        GoalNotOpen; NotAllowed as `decide`."""
        said = _note(note)

        def change(connection: Connection, row: Row[Any]) -> None:
            self._check_independent(connection, row, who)
            if row.state not in HELD:
                raise GoalNotOpen(f"The goal is in the state {row.state}.")
            self._lifecycle.give_back(connection, row, "stopped", note=said)

        return self._change(goal, change)

    def _check_independent(self, connection: Connection, row: Row[Any], who: Identity) -> None:
        if who.id == row.creator or who.id in self._advertisers.members_of(connection, row.advertiser):
            raise NotAllowed("Somebody whom it does not concern must decide this.")

    @staticmethod
    def _check_named(connection: Connection, row: Row[Any]) -> None:
        """The names that viewers will read are those that were verified. Raises AdvertiserNotReady."""
        sponsor = connection.execute(select(advertisers).where(advertisers.c.id == row.advertiser)).one()
        named = (sponsor.name, sponsor.payer or sponsor.name) == (row.sponsor, row.paid_by)
        if sponsor.state != "verified" or sponsor.stopped or not named:
            raise AdvertiserNotReady

    def _change(self, goal: str, change: Callable[[Connection, Row[Any]], None]) -> GoalView:
        def write(connection: Connection) -> GoalView:
            change(connection, self._lifecycle.locked(connection, goal))
            return goal_views(connection, [self._lifecycle.locked(connection, goal)], self._brief)[0]

        return self._database.write(write)


def _note(text: str) -> str:
    note = clean_lines(text, NOTE_CHARS_MAX)
    if note is None:
        raise InvalidRequest(f"A note has at most {NOTE_CHARS_MAX} characters.")
    return note
