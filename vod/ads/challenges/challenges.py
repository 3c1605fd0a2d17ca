"""Challenges as their sponsors book, follow and decide them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, InvalidRequest
from core.http import Page
from core.identity import Identity
from core.ids import new_id
from core.text.clean import clean_lines
from money.ads.prizes import Prizes
from money.ledger.accounts import AD_CURRENCY
from vod.ads.campaigns.advertisers import Account, Advertisers, Role
from vod.ads.campaigns.categories import allowed_categories
from vod.ads.challenges.entries import Entries
from vod.ads.challenges.lifecycle import ChallengeLifecycle
from vod.ads.challenges.tables import ad_challenges
from vod.ads.challenges.terms import (
    ChallengeTerms,
    NewChallenge,
    check_days,
    check_not_others,
    checked_terms,
    fee,
)
from vod.ads.challenges.views import Brief, OwnChallenge, own_views
from vod.errors import ChallengeNotFound, ChallengeNotOpen, EntryNotEligible, HashtagTaken

CHALLENGES_MAX = 200  # of an advertiser
BECAUSE_CHARS_MAX = 500


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The video that wins, and why: everybody reads it."""

    video: Annotated[str, Meta(max_length=64)]
    because: Annotated[str, Meta(max_length=4 * BECAUSE_CHARS_MAX)]


class Challenges:
    """Every method that takes `who` raises ChallengeNotFound for outsiders, and NotAllowed for viewers who change."""

    def __init__(
        self, database: Database, clock: Clock, advertisers: Advertisers, prizes: Prizes, entries: Entries,
        lifecycle: ChallengeLifecycle, brief: Brief,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._prizes = prizes
        self._entries = entries
        self._lifecycle = lifecycle
        self._brief = brief

    # -- reading ---------------------------------------------------------------------------------

    def terms(self, connection: Connection) -> ChallengeTerms:
        return ChallengeTerms(AD_CURRENCY, self._prizes.possible(connection), fee(connection))

    def view(self, connection: Connection, challenge: str, who: Identity) -> OwnChallenge:
        row = connection.execute(select(ad_challenges).where(ad_challenges.c.id == challenge)).first()
        if row is None:
            raise ChallengeNotFound
        self._check(connection, row, who, "viewer")
        return own_views(connection, [row], self._brief)[0]

    def show(self, challenge: str, who: Identity) -> OwnChallenge:
        """In the state it should be in by now: whoever looks for the end does not wait for the schedule. Blocks."""
        seen, now = self._database.read(lambda c: self.view(c, challenge, who)), self._clock()
        if (seen.state == "running" and seen.ends_at <= now) or (seen.state == "ready" and seen.starts_at <= now):
            self._lifecycle.catch_up(challenge)
            return self._database.read(lambda c: self.view(c, challenge, who))
        return seen

    def page(
        self, connection: Connection, advertiser: str, who: Identity, cursor: str, limit: int
    ) -> Page[OwnChallenge]:
        """An advertiser's challenges, newest first. Raises AdvertiserNotFound."""
        self._advertisers.check(connection, advertiser, who)
        found = select(ad_challenges).where(ad_challenges.c.advertiser == advertiser)
        if cursor:
            found = found.where(ad_challenges.c.id < cursor)
        rows = connection.execute(found.order_by(ad_challenges.c.id.desc()).limit(limit + 1)).all()
        shown = own_views(connection, rows[:limit], self._brief)
        return Page(shown, rows[limit - 1].id if len(rows) > limit else None)

    # -- booking ---------------------------------------------------------------------------------

    def create(self, who: Identity, asked: NewChallenge) -> OwnChallenge:
        """Draft a challenge; nothing is held yet. Blocks. Raises AdvertiserNotFound, InvalidChallenge, InvalidCampaign,
        CategoryNotAllowed."""

        def write(connection: Connection) -> OwnChallenge:
            account = self._advertisers.check(connection, asked.advertiser, who, "editor")
            terms = checked_terms(asked, allowed_categories(connection), account.zone, self._clock())
            there = select(func.count()).where(ad_challenges.c.advertiser == account.id)
            if connection.execute(there).scalar_one() >= CHALLENGES_MAX:
                raise Conflict(f"An advertiser has at most {CHALLENGES_MAX} challenges.")
            now, made = self._clock(), new_id()
            row = terms | {
                "id": made, "advertiser": account.id, "state": "draft", "state_at": now, "revision": 1, "reasons": [],
                "note": "", "sponsor": account.name, "payer": account.payer, "fee_micro": fee(connection),
                "created_by": who.id, "created_at": now,
            }  # fmt: skip
            connection.execute(insert(ad_challenges).values(row))
            return self.view(connection, made, who)

        return self._database.write(write)

    def edit(self, challenge: str, who: Identity, asked: NewChallenge) -> OwnChallenge:
        """Change a draft. What is booked stays as it was reviewed. Blocks. Raises as `create`, ChallengeNotOpen."""

        def change(connection: Connection, row: Row[Any], account: Account) -> None:
            if row.state != "draft":
                raise ChallengeNotOpen("Only a draft can be changed.")
            if asked.advertiser != row.advertiser:
                raise InvalidRequest("A challenge stays its advertiser's.")
            terms = checked_terms(asked, allowed_categories(connection), account.zone, self._clock())
            mine = update(ad_challenges).where(ad_challenges.c.id == row.id)
            connection.execute(mine.values(terms | {"revision": row.revision + 1}))

        return self._change(challenge, who, change)

    def submit(self, challenge: str, who: Identity) -> OwnChallenge:
        """Book it: its prize and the fee are held, its hashtag is claimed, and it waits for a review. Again is the same
        as once. Blocks.

        Raises AdBalanceTooLow, CurrencyNotPaid, HashtagTaken, InvalidChallenge, ChallengeNotOpen.
        """

        def change(connection: Connection, row: Row[Any], account: Account) -> None:
            if row.state == "review":
                return
            costs = fee(connection)
            check_days(date.fromisoformat(row.starts_on), date.fromisoformat(row.ends_on), row.zone, self._clock())
            self._check_tag(connection, row)
            named = {"sponsor": account.name, "payer": account.payer}
            self._lifecycle.move(connection, row, "review", **named, fee_micro=costs, reasons=[], note="")
            self._prizes.hold(connection, row.id, row.advertiser, row.prize_micro, costs)

        try:
            return self._change(challenge, who, change)
        except IntegrityError:  # somebody claimed the hashtag at the same moment
            raise HashtagTaken from None

    def _check_tag(self, connection: Connection, row: Row[Any]) -> None:
        other = select(ad_challenges.c.id).where(ad_challenges.c.open_tag == row.tag, ad_challenges.c.id != row.id)
        if connection.execute(other).first() is not None:
            raise HashtagTaken("Another challenge runs with this hashtag.")
        check_not_others(connection, row.tag, self._advertisers.members_of(connection, row.advertiser))

    def cancel(self, challenge: str, who: Identity) -> OwnChallenge:
        """Before its first day; the prize and the fee go back. Blocks. Raises ChallengeNotOpen: once it has begun, what
        was promised is held for whoever wins."""

        def change(connection: Connection, row: Row[Any], _: Account) -> None:
            if row.state not in ("draft", "review", "ready"):
                raise ChallengeNotOpen("It has begun: the prize is held for whoever wins.")
            self._lifecycle.cancel(connection, row)

        return self._change(challenge, who, change)

    # -- judging ---------------------------------------------------------------------------------

    def choose(self, challenge: str, who: Identity, choice: Choice) -> OwnChallenge:
        """Choose the winner, once. Blocks. Raises ChallengeNotOpen, EntryNotEligible, InvalidRequest."""
        because = clean_lines(choice.because, BECAUSE_CHARS_MAX)
        if not because:
            raise InvalidRequest(f"Say in at most {BECAUSE_CHARS_MAX} characters why it wins.")

        def change(connection: Connection, row: Row[Any], _: Account) -> None:
            if row.state != "judging":
                raise ChallengeNotOpen(f"The challenge is in the state {row.state}.")
            entry = self._entries.eligible(connection, row, choice.video)
            if entry is None:
                raise EntryNotEligible
            self._lifecycle.decide(connection, row, entry, who.id, because)
            self._lifecycle.locked(connection, row.id)  # pays at once, if nothing stands against it

        return self._change(challenge, who, change)

    # -- all changes -----------------------------------------------------------------------------

    def _change(
        self, challenge: str, who: Identity, change: Callable[[Connection, Row[Any], Account], None]
    ) -> OwnChallenge:
        def write(connection: Connection) -> OwnChallenge:
            row = self._lifecycle.locked(connection, challenge)
            change(connection, row, self._check(connection, row, who, "editor"))
            return self.view(connection, challenge, who)

        return self._database.write(write)

    def _check(self, connection: Connection, row: Row[Any], who: Identity, least: Role) -> Account:
        """Outsiders do not learn that the challenge exists."""
        if who.id not in self._advertisers.members_of(connection, row.advertiser):
            raise ChallengeNotFound
        return self._advertisers.check(connection, row.advertiser, who, least)
