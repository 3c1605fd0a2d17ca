"""Campaigns as their advertisers see and change them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import UNSET
from sqlalchemy import Connection, Row, func, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Conflict
from core.http import Page
from core.identity import Identity
from core.ids import new_id
from money.ads import AdBudgets, Spending
from money.ledger.accounts import AD_CURRENCY
from vod.ads.campaigns.advertisers import Account, Advertisers, Role
from vod.ads.campaigns.booking import CampaignEdit, NewCampaign, NewCreative, Objective, Terms
from vod.ads.campaigns.campaign import AdFormat, Caps, Pricing, Targets, Tier
from vod.ads.campaigns.categories import Category, allowed_categories
from vod.ads.campaigns.creatives import Creatives, CreativeView
from vod.ads.campaigns.dates import check_dates, checked_zone, window
from vod.ads.campaigns.figures import Figures, FiguresOf
from vod.ads.campaigns.floors import floor, offers
from vod.ads.campaigns.lifecycle import Lifecycle, is_exhausted
from vod.ads.campaigns.states import OPEN, CampaignState
from vod.ads.campaigns.tables import campaigns
from vod.ads.conversions.secrets import has_secret
from vod.ads.promoted.challenges import PromotedChallenge, check_promotable, promoted
from vod.ads.promoted.sources import Promotion, VideoSources
from vod.ads.takeover.days import TakeoverDay, TakeoverDays
from vod.errors import BudgetTooLow, CampaignNotFound, CampaignNotOpen, ConversionsNotReported, InvalidCampaign

CAMPAIGNS_MAX = 500  # of an advertiser

_REVIEWED_AGAIN = ("category", "objective")  # a reviewer judges a creative beside these
_TERMS = Terms.__struct_fields__


class CampaignView(msgspec.Struct, frozen=True):
    """Money is in millionths of `currency`. `budget_micro` is the total; of it, `spent_micro` is billed and
    `held_micro` set aside for views under way. `promotion`: of a promoted post; `days`: of a takeover that was booked;
    `challenge`: that its ads lead to, where a click is a visit.
    """

    id: str
    advertiser: str
    name: str
    tier: Tier
    category: Category
    objective: Objective
    pricing: Pricing
    bid_micro: int
    budget_micro: int
    day_micro: int | None
    currency: str
    zone: str
    starts_on: str
    ends_on: str
    starts_at: int
    ends_at: int
    caps: Caps
    targets: Targets
    state: CampaignState
    state_at: int
    created_at: int
    spent_micro: int
    held_micro: int
    views: int
    viewable: int
    clicks: int
    creatives: list[CreativeView]
    format: AdFormat
    promotion: Promotion | None
    days: list[TakeoverDay]
    challenge: PromotedChallenge | None


class Bookings:
    """Every method that takes `who` raises CampaignNotFound for outsiders, and NotAllowed for viewers who change."""

    def __init__(
        self, database: Database, clock: Clock, advertisers: Advertisers, creatives: Creatives, lifecycle: Lifecycle,
        budgets: AdBudgets, figures: FiguresOf, sources: VideoSources, days: TakeoverDays,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._creatives = creatives
        self._lifecycle = lifecycle
        self._budgets = budgets
        self._figures = figures
        self._sources = sources
        self._days = days

    # -- reading ---------------------------------------------------------------------------------

    def view(self, connection: Connection, campaign: str, who: Identity) -> CampaignView:
        row = connection.execute(select(campaigns).where(campaigns.c.id == campaign)).first()
        if row is None:
            raise CampaignNotFound
        self._check(connection, row, who, "viewer")
        return self._views(connection, [row])[0]

    def check(self, connection: Connection, campaign: str, who: Identity) -> None:
        """Whether somebody may read a campaign. Raises CampaignNotFound."""
        row = connection.execute(select(campaigns).where(campaigns.c.id == campaign)).first()
        if row is None:
            raise CampaignNotFound
        self._check(connection, row, who, "viewer")

    def page(
        self, connection: Connection, advertiser: str, who: Identity, cursor: str, limit: int
    ) -> Page[CampaignView]:
        """An advertiser's campaigns, newest first. Raises AdvertiserNotFound."""
        self._advertisers.check(connection, advertiser, who)
        found = select(campaigns).where(campaigns.c.advertiser == advertiser)
        if cursor:
            found = found.where(campaigns.c.id < cursor)
        rows = connection.execute(found.order_by(campaigns.c.id.desc()).limit(limit + 1)).all()
        return Page(self._views(connection, rows[:limit]), rows[limit - 1].id if len(rows) > limit else None)

    def _views(self, connection: Connection, rows: Sequence[Row[Any]]) -> list[CampaignView]:
        ids = [row.id for row in rows]
        shown = self._creatives.of(connection, ids)
        spent = self._budgets.spending(connection, ids)
        counted = self._figures(connection, ids)
        led_to = promoted(connection, {row.challenge for row in rows if row.challenge})
        views = []
        for row in rows:
            money, figures = spent[row.id], counted.get(row.id, Figures())
            promotion, days = self._sources.promotion(connection, row), self._days.of(connection, row)
            views.append(_view(row, money, figures, shown[row.id], promotion, days, led_to.get(row.challenge)))
        return views

    # -- booking ---------------------------------------------------------------------------------

    def create(self, who: Identity, asked: NewCampaign) -> CampaignView:
        """Blocks. Raises AdvertiserNotFound, InvalidCampaign, InvalidLandingPage, BidTooLow, CategoryNotAllowed;
        ConsentNotFound and ConsentOver for a promoted post; ChallengeNotFound."""

        def write(connection: Connection) -> CampaignView:
            account = self._advertisers.check(connection, asked.advertiser, who, "editor")
            terms = Terms(**{field: getattr(asked, field) for field in _TERMS})
            terms = self._checked(connection, terms, account)
            zone = "UTC" if terms.format == "takeover" else account.zone
            check_dates(terms.starts_on, terms.ends_on, zone, self._clock())
            self._check_challenge(connection, account, terms, zone)
            there = select(func.count()).where(campaigns.c.advertiser == account.id)
            if connection.execute(there).scalar_one() >= CAMPAIGNS_MAX:
                raise Conflict(f"An advertiser has at most {CAMPAIGNS_MAX} campaigns.")
            now, made = self._clock(), new_id()
            row = terms.row(zone) | self._agreed(connection, asked, account) | {
                "id": made, "advertiser": account.id, "tier": _tier(terms, account), "zone": zone, "state": "draft",
                "state_at": now, "created_by": who.id, "created_at": now,
            }  # fmt: skip
            connection.execute(insert(campaigns).values(row))
            booked = self._lifecycle.locked(connection, made)
            for one in asked.creatives:
                makers = self._sources.makers(connection, booked, one.video)
                self._creatives.add(connection, booked, one, makers, waits=False)
            return self.view(connection, made, who)

        return self._database.write(write)

    def _agreed(self, connection: Connection, asked: NewCampaign, account: Account) -> dict[str, Any]:
        """What a promoted post rests on, frozen."""
        if asked.format != "promoted":
            return {}
        consent = self._sources.consents.use(connection, asked.consent, account)
        return {"consent": consent.code, "creator": consent.person, "share_percent": consent.share_percent}

    def edit(self, campaign: str, who: Identity, edit: CampaignEdit) -> CampaignView:
        """Blocks. Raises as `create`, BudgetTooLow, and CampaignNotOpen when it is over."""

        def change(connection: Connection, row: Row[Any], account: Account) -> None:
            before = _terms(row)
            if row.format == "takeover" and row.state != "draft" and edit.given.keys() - {"name"}:
                raise InvalidCampaign("Its days are booked already.")
            if row.format == "takeover" and edit.zone is not UNSET and edit.zone != row.zone:
                raise InvalidCampaign("The days of a takeover are those of UTC.")
            wanted = self._checked(connection, msgspec.structs.replace(before, **edit.given), account, row)
            if row.state not in ("draft", "review", "ready") and wanted.starts_on != before.starts_on:
                raise InvalidCampaign("It has started already.")
            zone = row.zone if edit.zone is UNSET else checked_zone(edit.zone)
            if (wanted.starts_on, wanted.ends_on, zone) != (before.starts_on, before.ends_on, row.zone):
                check_dates(wanted.starts_on, wanted.ends_on, zone, self._clock())
            spent = self._budgets.spending(connection, [row.id])[row.id]
            if row.tier != "house" and wanted.total_micro < spent.spent_micro + spent.held_micro:
                raise BudgetTooLow(f"{spent.spent_micro + spent.held_micro} millionths are spent or held already.")
            connection.execute(update(campaigns).where(campaigns.c.id == row.id).values(**wanted.row(zone), zone=zone))
            if row.state != "draft" and any(getattr(wanted, one) != getattr(before, one) for one in _REVIEWED_AGAIN):
                self._creatives.review_again(connection, row.id)
                self._lifecycle.follow_creatives(connection, row)
            now = self._lifecycle.locked(connection, row.id)
            if now.state == "exhausted" and not is_exhausted(now, spent, floor(connection).of(now.pricing)):
                self._lifecycle.move(connection, now, "running")

        return self._change(campaign, who, change)

    def _checked(self, connection: Connection, terms: Terms, account: Account, before: Row[Any] | None = None) -> Terms:
        """`before`: the campaign that is edited; one that is booked keeps the price of its days."""
        if terms.pricing == "ocpm" and not account.house and not has_secret(connection, account.id):
            raise ConversionsNotReported
        booked = before is not None and before.state != "draft"
        day_micro = before.bid_micro if before is not None and booked else offers(connection).takeover_day_micro
        allowed = allowed_categories(connection)
        return terms.checked(floor(connection), allowed, house=account.house, takeover_day_micro=day_micro)

    def _check_challenge(self, connection: Connection, account: Account, terms: Terms, zone: str) -> None:
        """Raises ChallengeNotFound, InvalidCampaign."""
        if terms.challenge is not None:
            starts_at, _ = window(terms.starts_on, terms.ends_on, zone)
            check_promotable(connection, terms.challenge, account.id, starts_at, self._clock())

    # -- states ----------------------------------------------------------------------------------

    def submit(self, campaign: str, who: Identity) -> CampaignView:
        """Ask for a review; a takeover books its days, and their price is held. Blocks.

        Raises CampaignNotOpen; InvalidCampaign without a creative to review; of a takeover DayTaken, AdBalanceTooLow,
        and InvalidCampaign when a day costs something else now.
        """

        def change(connection: Connection, row: Row[Any], account: Account) -> None:
            now = self._checked(connection, _terms(row), account)  # floors and categories may have changed since
            if now.format == "takeover" and now.bid_micro != row.bid_micro:
                raise InvalidCampaign(f"A day costs {now.bid_micro} millionths now. Save the campaign again.")
            check_dates(_terms(row).starts_on, _terms(row).ends_on, row.zone, self._clock())
            self._check_challenge(connection, account, now, row.zone)
            self._lifecycle.move(connection, row, "review")
            if not self._creatives.submit(
                connection, row.id, lambda video: self._sources.makers(connection, row, video)
            ):
                raise InvalidCampaign("There is no creative to review. One that was rejected must be changed first.")
            if row.format == "takeover":
                self._days.book(connection, row)

        return self._change(campaign, who, change)

    def pause(self, campaign: str, who: Identity) -> CampaignView:
        """Blocks. Raises CampaignNotOpen."""
        return self._change(campaign, who, lambda c, row, _: self._lifecycle.move(c, row, "paused"))

    def resume(self, campaign: str, who: Identity) -> CampaignView:
        """Blocks. Raises CampaignNotOpen."""
        return self._change(campaign, who, lambda c, row, _: self._lifecycle.resume(c, row))

    def end(self, campaign: str, who: Identity) -> CampaignView:
        """End it for good; what is held comes back. Blocks. Raises CampaignNotOpen."""
        return self._change(campaign, who, lambda c, row, _: self._lifecycle.move(c, row, "ended"))

    # -- creatives -------------------------------------------------------------------------------

    def add_creative(self, campaign: str, who: Identity, asked: NewCreative) -> CampaignView:
        """Blocks. Raises InvalidCampaign, InvalidLandingPage."""

        def change(connection: Connection, row: Row[Any], _: Account) -> None:
            makers = self._sources.makers(connection, row, asked.video)
            self._creatives.add(connection, row, asked, makers, waits=row.state != "draft")

        return self._change(campaign, who, change)

    def edit_creative(self, creative: str, who: Identity, asked: NewCreative) -> CampaignView:
        """Change a creative, which is reviewed again. Blocks. Raises CreativeNotFound, as `add_creative`."""

        def change(connection: Connection, row: Row[Any], _: Account) -> None:
            makers = self._sources.makers(connection, row, asked.video)
            self._creatives.edit(connection, row, creative, asked, makers, waits=row.state != "draft")
            self._lifecycle.follow_creatives(connection, row)

        return self._change(self._campaign_of(creative), who, change)

    def remove_creative(self, creative: str, who: Identity) -> CampaignView:
        """Blocks. Raises CreativeNotFound."""

        def change(connection: Connection, row: Row[Any], _: Account) -> None:
            self._creatives.remove(connection, creative)
            self._lifecycle.follow_creatives(connection, row)

        return self._change(self._campaign_of(creative), who, change)

    def _campaign_of(self, creative: str) -> str:
        return str(self._database.read(lambda c: self._creatives.row(c, creative)).campaign)

    # -- all changes -----------------------------------------------------------------------------

    def _change(
        self, campaign: str, who: Identity, change: Callable[[Connection, Row[Any], Account], None]
    ) -> CampaignView:
        def write(connection: Connection) -> CampaignView:
            row = self._lifecycle.locked(connection, campaign)
            account = self._check(connection, row, who, "editor")
            if row.state not in OPEN:
                raise CampaignNotOpen("The campaign is over.")
            change(connection, row, account)
            return self.view(connection, campaign, who)

        return self._database.write(write)

    def _check(self, connection: Connection, row: Row[Any], who: Identity, least: Role) -> Account:
        """Outsiders do not learn that the campaign exists."""
        if who.id not in self._advertisers.members_of(connection, row.advertiser):
            raise CampaignNotFound
        return self._advertisers.check(connection, row.advertiser, who, least)


def _terms(row: Row[Any]) -> Terms:
    fields = {field: getattr(row, field) for field in _TERMS}
    days = {field: date.fromisoformat(fields[field]) for field in ("starts_on", "ends_on")}
    parts = {"caps": msgspec.convert(row.caps, Caps), "targets": msgspec.convert(row.targets, Targets)}
    return Terms(**fields | days | parts)


def _tier(terms: Terms, account: Account) -> Tier:
    if terms.format == "takeover":
        return "takeover"
    return "house" if account.house else "auction"


def _view(
    row: Row[Any],
    money: Spending,
    figures: Figures,
    shown: list[CreativeView],
    promotion: Promotion | None,
    days: list[TakeoverDay],
    challenge: PromotedChallenge | None,
) -> CampaignView:
    return CampaignView(
        row.id, row.advertiser, row.name, row.tier, row.category, row.objective, row.pricing, row.bid_micro,
        row.total_micro, row.day_micro, AD_CURRENCY, row.zone, row.starts_on, row.ends_on, row.starts_at, row.ends_at,
        msgspec.convert(row.caps, Caps), msgspec.convert(row.targets, Targets), row.state, row.state_at, row.created_at,
        money.spent_micro, money.held_micro, figures.views, figures.viewable, figures.clicks, shown, row.format,
        promotion, days, challenge,
    )  # fmt: skip
