"""The review of challenges by a person, with reasons; and what admins may stop."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, select

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotAllowed
from core.http import Page
from core.identity import Identity
from core.text.clean import clean_lines
from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.campaigns.review import NOTE_CHARS_MAX, Verdict
from vod.ads.campaigns.states import AdvertiserState, Stopped
from vod.ads.campaigns.tables import advertisers
from vod.ads.challenges.lifecycle import ChallengeLifecycle
from vod.ads.challenges.notices import ChallengeNotices
from vod.ads.challenges.states import ChallengeState
from vod.ads.challenges.tables import ad_challenges
from vod.ads.challenges.views import Brief, OwnChallenge, own_views
from vod.errors import AdvertiserNotReady, ChallengeChanged

Which = Literal["waiting", "open"]
_STATES: dict[Which, tuple[ChallengeState, ...]] = {
    "waiting": ("review",),
    "open": ("ready", "running", "judging", "decided"),
}


class WaitingChallenge(msgspec.Struct, frozen=True):
    """A challenge beside what it is judged by."""

    challenge: OwnChallenge
    country: str
    advertiser_state: AdvertiserState
    stopped: Stopped
    house: bool


class ChallengeReview:
    def __init__(
        self, database: Database, clock: Clock, advertisers: Advertisers, lifecycle: ChallengeLifecycle,
        notices: ChallengeNotices, brief: Brief,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._lifecycle = lifecycle
        self._notices = notices
        self._brief = brief

    def queue(self, connection: Connection, which: Which, cursor: str, limit: int) -> Page[WaitingChallenge]:
        """What waits, or what is open, in the order it was made."""
        found = select(ad_challenges).where(ad_challenges.c.state.in_(_STATES[which]), ad_challenges.c.id > cursor)
        rows = connection.execute(found.order_by(ad_challenges.c.id).limit(limit + 1)).all()
        shown = own_views(connection, rows[:limit], self._brief)
        who = select(advertisers).where(advertisers.c.id.in_([one.advertiser for one in shown]))
        sponsors = {row.id: row for row in connection.execute(who)}
        items = [_waiting(one, sponsors[one.advertiser]) for one in shown]
        return Page(items, rows[limit - 1].id if len(rows) > limit else None)

    def decide(self, challenge: str, who: Identity, verdict: Verdict) -> OwnChallenge:
        """Approve or reject, once. Blocks.

        Raises ChallengeNotFound; ChallengeChanged when it is not what was looked at, or not waiting anymore;
        AdvertiserNotReady for one whose name is not verified; NotAllowed for members of the advertiser; InvalidRequest
        for a rejection without a reason.
        """
        note = clean_lines(verdict.note, NOTE_CHARS_MAX)
        if note is None:
            raise InvalidRequest(f"A note has at most {NOTE_CHARS_MAX} characters.")
        if not verdict.approved and not verdict.reasons:
            raise InvalidRequest("A rejection needs a reason.")

        def write(connection: Connection) -> OwnChallenge:
            row = self._lifecycle.locked(connection, challenge)
            self._check_independent(connection, row, who)
            if row.state != "review" or row.revision != verdict.revision:
                raise ChallengeChanged
            reviewed = {"note": note, "reviewed_by": who.id, "reviewed_at": self._clock()}
            if verdict.approved:
                self._check_ready(connection, row)
                self._lifecycle.move(connection, row, "ready", **reviewed)
            else:
                reasons = list(dict.fromkeys(verdict.reasons))
                self._lifecycle.reject(connection, row, reasons=reasons, revision=row.revision + 1, **reviewed)
            self._notices.reviewed(connection, row, approved=verdict.approved)
            return self._view(connection, challenge)

        return self._database.write(write)

    def stop(self, challenge: str, who: Identity, because: str) -> OwnChallenge:
        """Stop an open challenge for good, as after a fraud; its prize goes back to the advertiser, whose debt it pays
        first. Everybody reads why. Admins only. Blocks. Raises ChallengeNotFound, ChallengeNotOpen, NotAllowed."""
        if who.role != "admin":
            raise NotAllowed("Only admins may do this.")
        said = clean_lines(because, NOTE_CHARS_MAX)
        if not said:
            raise InvalidRequest(f"Say in at most {NOTE_CHARS_MAX} characters why it is stopped.")

        def write(connection: Connection) -> OwnChallenge:
            row = self._lifecycle.locked(connection, challenge)
            self._check_independent(connection, row, who)
            if row.state != "draft":
                self._lifecycle.cancel(connection, row, said)
            return self._view(connection, challenge)

        return self._database.write(write)

    def _view(self, connection: Connection, challenge: str) -> OwnChallenge:
        row = self._lifecycle.locked(connection, challenge)  # it may begin at once
        return own_views(connection, [row], self._brief)[0]

    def _check_independent(self, connection: Connection, row: Row[Any], who: Identity) -> None:
        house = select(advertisers.c.house).where(advertisers.c.id == row.advertiser)
        if connection.execute(house).scalar_one():
            return
        if who.id in self._advertisers.members_of(connection, row.advertiser):
            raise NotAllowed("Somebody who does not belong to the advertiser must review this.")

    @staticmethod
    def _check_ready(connection: Connection, row: Row[Any]) -> None:
        """The names that everybody will read are those that were verified."""
        sponsor = connection.execute(select(advertisers).where(advertisers.c.id == row.advertiser)).one()
        named = (sponsor.name, sponsor.payer) == (row.sponsor, row.payer)
        if sponsor.state != "verified" or sponsor.stopped or not named:
            raise AdvertiserNotReady


def _waiting(one: OwnChallenge, sponsor: Row[Any]) -> WaitingChallenge:
    return WaitingChallenge(one, sponsor.country, sponsor.state, sponsor.stopped, sponsor.house)
