"""Sponsored goals as advertisers offer them, and as hosts accept or decline them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, Row, func, insert, select

from core.clock import Clock
from core.database import Database
from core.errors import Conflict
from core.http import Page
from core.identity import Identity
from core.ids import new_id
from core.text.clean import clean_line
from money.ledger.accounts import AD_CURRENCY, MICRO_PER_MINOR
from vod.ads.campaigns.advertisers import Account, Advertisers, Role
from vod.ads.campaigns.booking import CODE_TEXT_CHARS_MAX
from vod.ads.campaigns.categories import Category, allowed_categories
from vod.ads.goals.lifecycle import GoalLifecycle
from vod.ads.goals.tables import ad_goals
from vod.ads.goals.views import GoalView, goal_views
from vod.ads.promoted.consents import Consents
from vod.catalogue.videos import Brief
from vod.errors import CategoryNotAllowed, GoalNotFound, GoalNotOpen, InvalidGoal

TEXT_CHARS_MAX = 100
REWARD_MICRO_MIN = 1_000_000  # one euro
REWARD_MICRO_MAX = 10_000_000_000
TARGET_COINS_MAX = 10_000_000
MINUTES_MIN, MINUTES_MAX = 5, 720
OFFER_MS_MAX = 30 * 86_400_000
GOALS_MAX = 500  # of an advertiser
OFFERS_SHOWN_MAX = 100


class NewGoal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`code`: the consent of a host for goals in their rooms. `reward_micro`: whole cents, in millionths."""

    advertiser: Annotated[str, Meta(max_length=64)]
    code: Annotated[str, Meta(max_length=CODE_TEXT_CHARS_MAX)]
    text: Annotated[str, Meta(max_length=4 * TEXT_CHARS_MAX)]
    category: Category
    reward_micro: Annotated[int, Meta(ge=0, le=REWARD_MICRO_MAX)]
    target_coins: Annotated[int, Meta(ge=1, le=TARGET_COINS_MAX)]
    minutes: Annotated[int, Meta(ge=MINUTES_MIN, le=MINUTES_MAX)]


class GoalTerms(msgspec.Struct, frozen=True):
    currency: str = AD_CURRENCY
    reward_micro_min: int = REWARD_MICRO_MIN
    reward_micro_max: int = REWARD_MICRO_MAX
    target_coins_max: int = TARGET_COINS_MAX
    minutes_min: int = MINUTES_MIN
    minutes_max: int = MINUTES_MAX


class Goals:
    """Every method that takes `who` raises GoalNotFound for outsiders, and NotAllowed for viewers who change."""

    def __init__(
        self, database: Database, clock: Clock, advertisers: Advertisers, consents: Consents, lifecycle: GoalLifecycle,
        brief: Brief,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._consents = consents
        self._lifecycle = lifecycle
        self._brief = brief

    # -- of advertisers --------------------------------------------------------------------------

    def view(self, connection: Connection, goal: str, who: Identity) -> GoalView:
        row = connection.execute(select(ad_goals).where(ad_goals.c.id == goal)).first()
        if row is None:
            raise GoalNotFound
        self._check(connection, row, who, "viewer")
        return goal_views(connection, [row], self._brief)[0]

    def page(self, connection: Connection, advertiser: str, who: Identity, cursor: str, limit: int) -> Page[GoalView]:
        """An advertiser's goals, newest first. Raises AdvertiserNotFound."""
        self._advertisers.check(connection, advertiser, who)
        found = select(ad_goals).where(ad_goals.c.advertiser == advertiser)
        if cursor:
            found = found.where(ad_goals.c.id < cursor)
        rows = connection.execute(found.order_by(ad_goals.c.id.desc()).limit(limit + 1)).all()
        shown = goal_views(connection, rows[:limit], self._brief)
        return Page(shown, rows[limit - 1].id if len(rows) > limit else None)

    def create(self, who: Identity, asked: NewGoal) -> GoalView:
        """Draft a goal; nothing is held yet. Blocks. Raises AdvertiserNotFound, InvalidGoal, CategoryNotAllowed,
        ConsentNotFound, ConsentOver, Conflict."""
        text = clean_line(asked.text, TEXT_CHARS_MAX)
        if not text:
            raise InvalidGoal(f"A goal needs a text of at most {TEXT_CHARS_MAX} characters.")
        if asked.reward_micro < REWARD_MICRO_MIN or asked.reward_micro % MICRO_PER_MINOR:
            raise InvalidGoal(f"A reward has at least {REWARD_MICRO_MIN} millionths, in whole cents.")

        def write(connection: Connection) -> GoalView:
            account = self._advertisers.check(connection, asked.advertiser, who, "editor")
            if asked.category not in allowed_categories(connection):
                raise CategoryNotAllowed
            there = select(func.count()).where(ad_goals.c.advertiser == account.id)
            if connection.execute(there).scalar_one() >= GOALS_MAX:
                raise Conflict(f"An advertiser has at most {GOALS_MAX} goals.")
            consent = self._consents.use(connection, asked.code, account, rooms=True)
            if consent.person in self._advertisers.members_of(connection, account.id):
                raise InvalidGoal("Nobody sponsors their own room.")
            now, made = self._clock(), new_id()
            row = {
                "id": made, "advertiser": account.id, "creator": consent.person, "consent": consent.code,
                "share_percent": consent.share_percent, "text": text, "category": asked.category,
                "reward_micro": asked.reward_micro, "target_coins": asked.target_coins, "minutes": asked.minutes,
                "until": min(consent.until, now + OFFER_MS_MAX), "state": "draft", "state_at": now,
                "sponsor": account.name, "paid_by": account.payer or account.name, "revision": 1, "reasons": [],
                "note": "", "created_by": who.id, "created_at": now,
            }  # fmt: skip
            connection.execute(insert(ad_goals).values(row))
            return self.view(connection, made, who)

        return self._database.write(write)

    def submit(self, goal: str, who: Identity) -> GoalView:
        """Hold the reward, and ask for a review. Again is the same as once. Blocks. Raises AdBalanceTooLow,
        GoalNotOpen."""

        def change(connection: Connection, row: Row[Any], account: Account) -> None:
            if row.state == "review":
                return
            named = {"sponsor": account.name, "paid_by": account.payer or account.name}
            self._lifecycle.hold(connection, row, revision=row.revision + 1, **named)

        return self._change(goal, who, change)

    def cancel(self, goal: str, who: Identity) -> GoalView:
        """Before it runs; what is held comes back. Blocks. Raises GoalNotOpen: once it runs, what was promised is
        held for the host."""

        def change(connection: Connection, row: Row[Any], _: Account) -> None:
            if row.state not in ("draft", "review", "offered"):
                raise GoalNotOpen("It has begun: the reward is held for the host.")
            self._lifecycle.give_back(connection, row, "cancelled")

        return self._change(goal, who, change)

    # -- of hosts --------------------------------------------------------------------------------

    def offers(self, connection: Connection, host: str) -> list[GoalView]:
        """What a host was offered, newest first; nothing that was not reviewed."""
        mine = select(ad_goals).where(ad_goals.c.creator == host, ad_goals.c.reviewed_at.is_not(None))
        mine = mine.where(ad_goals.c.because != "rejected").order_by(ad_goals.c.id.desc())
        return goal_views(connection, connection.execute(mine.limit(OFFERS_SHOWN_MAX)).all(), self._brief)

    def decline(self, goal: str, who: Identity) -> GoalView:
        """As the host, before it runs. Blocks. Raises GoalNotFound, GoalNotOpen."""

        def write(connection: Connection) -> GoalView:
            row = self._lifecycle.locked(connection, goal)
            if row.creator != who.id or row.reviewed_at is None:
                raise GoalNotFound
            if row.state != "offered":
                raise GoalNotOpen(f"The goal is in the state {row.state}.")
            self._lifecycle.give_back(connection, row, "declined")
            return goal_views(connection, [self._lifecycle.locked(connection, goal)], self._brief)[0]

        return self._database.write(write)

    # -- all changes of an advertiser ------------------------------------------------------------

    def _change(self, goal: str, who: Identity, change: Callable[[Connection, Row[Any], Account], None]) -> GoalView:
        def write(connection: Connection) -> GoalView:
            row = self._lifecycle.locked(connection, goal)
            change(connection, row, self._check(connection, row, who, "editor"))
            return self.view(connection, goal, who)

        return self._database.write(write)

    def _check(self, connection: Connection, row: Row[Any], who: Identity, least: Role) -> Account:
        """Outsiders do not learn that the goal exists."""
        if who.id not in self._advertisers.members_of(connection, row.advertiser):
            raise GoalNotFound
        return self._advertisers.check(connection, row.advertiser, who, least)
