"""Sponsored effects as their advertisers book them.

| state | means |
| --- | --- |
| `draft` | nobody but its advertiser knows of it |
| `review` | a person looks at it; the price of all its days is held |
| `booked` | approved: it is offered on its days, each of which is paid before |
| `rejected` | a reviewer refused it, and what was held is back. Changed, it is a draft again |
| `ended` | its last day is over, or it was ended; what was not paid is back |
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, Row, func, insert, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, Refusal
from core.http import Page
from core.identity import Identity
from core.ids import new_id
from core.text.clean import clean_line
from money.ads import AdBudgets, Release, Reserve, Spending
from money.ledger.accounts import AD_CURRENCY, MICRO_PER_MINOR
from vod.ads.campaigns.advertisers import Account, Advertisers, Role
from vod.ads.campaigns.categories import Category, allowed_categories
from vod.ads.campaigns.dates import check_dates, window
from vod.ads.campaigns.review import Reason
from vod.ads.campaigns.tables import advertisers
from vod.ads.effects import pictures
from vod.ads.effects.look import EffectFile, Look, Template, check_look, effect_file
from vod.ads.effects.tables import effect_bookings, effect_days, effect_uses
from vod.errors import CategoryNotAllowed, EffectNotFound, EffectNotOpen, InvalidEffect

NAME_CHARS_MAX = 30
DAYS_MAX = 90
BOOKINGS_MAX = 200  # of an advertiser

State = Literal["draft", "review", "booked", "rejected", "ended"]
_PRICED: tuple[State, ...] = ("review", "booked", "ended")  # the price is frozen


class EffectTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an advertiser says of an effect. `picture`: the digest of one that was sent before."""

    name: Annotated[str, Meta(max_length=4 * NAME_CHARS_MAX)]
    template: Template
    look: Look
    category: Category
    starts_on: date
    ends_on: date
    picture: Annotated[str, Meta(max_length=64)] | None = None


class NewEffect(EffectTerms, frozen=True, forbid_unknown_fields=True, kw_only=True):
    advertiser: Annotated[str, Meta(max_length=64)]


class DayOfUse(msgspec.Struct, frozen=True):
    """A day that was paid, and how many made something with the effect on it."""

    day: str
    creators: int
    micro: int


class EffectView(msgspec.Struct, frozen=True):
    """Money is in millionths of `currency`: `day_micro` for each of `days` days. `file`: what the renderer draws."""

    id: str
    advertiser: str
    sponsor: str
    name: str
    template: Template
    look: Look
    picture: str | None
    file: EffectFile
    category: Category
    zone: str
    starts_on: str
    ends_on: str
    starts_at: int
    ends_at: int
    days: int
    day_micro: int
    total_micro: int
    currency: str
    spent_micro: int
    held_micro: int
    state: State
    reasons: list[Reason]
    note: str
    revision: int
    submitted_at: int | None
    reviewed_at: int | None
    created_at: int
    uses: int
    by_day: list[DayOfUse]


class EffectBookings:
    """Every method that takes `who` raises EffectNotFound for outsiders, and NotAllowed for viewers who change."""

    def __init__(
        self, database: Database, clock: Clock, advertisers: Advertisers, budgets: AdBudgets, day_minor: int
    ) -> None:
        """`day_minor`: the price of a day, in minor units of the ad currency."""
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._budgets = budgets
        self.day_micro = day_minor * MICRO_PER_MINOR

    # -- reading ---------------------------------------------------------------------------------

    def view(self, connection: Connection, effect: str, who: Identity) -> EffectView:
        row = connection.execute(select(effect_bookings).where(effect_bookings.c.id == effect)).first()
        if row is None:
            raise EffectNotFound
        self._check(connection, row, who, "viewer")
        return self.views(connection, [row])[0]

    def page(self, connection: Connection, advertiser: str, who: Identity, cursor: str, limit: int) -> Page[EffectView]:
        """An advertiser's effects, newest first. Raises AdvertiserNotFound."""
        self._advertisers.check(connection, advertiser, who)
        found = select(effect_bookings).where(effect_bookings.c.advertiser == advertiser)
        if cursor:
            found = found.where(effect_bookings.c.id < cursor)
        rows = connection.execute(found.order_by(effect_bookings.c.id.desc()).limit(limit + 1)).all()
        return Page(self.views(connection, rows[:limit]), rows[limit - 1].id if len(rows) > limit else None)

    def views(self, connection: Connection, rows: Sequence[Row[Any]]) -> list[EffectView]:
        """To whoever may see these rows of `effect_bookings`."""
        ids = [row.id for row in rows]
        sponsors = select(advertisers.c.id, advertisers.c.name, advertisers.c.house)
        found = connection.execute(sponsors.where(advertisers.c.id.in_({row.advertiser for row in rows})))
        names = {row.id: (row.name, row.house) for row in found}
        spent = self._budgets.spending(connection, ids)
        used = _uses(connection, ids)
        sizes = pictures.sizes(connection, [(row.advertiser, row.picture) for row in rows if row.picture])
        shown = []
        for row in rows:
            name, house = names[row.advertiser]
            price = row.day_micro if row.state in _PRICED else 0 if house else self.day_micro
            size = sizes.get((row.advertiser, row.picture))
            shown.append(_view(row, name, spent[row.id], used.get(row.id, []), size, price))
        return shown

    # -- booking ---------------------------------------------------------------------------------

    def create(self, who: Identity, asked: NewEffect) -> EffectView:
        """Draft an effect. Blocks. Raises AdvertiserNotFound, InvalidEffect, InvalidCampaign, CategoryNotAllowed."""

        def write(connection: Connection) -> EffectView:
            account = self._advertisers.check(connection, asked.advertiser, who, "editor")
            there = select(func.count()).where(effect_bookings.c.advertiser == account.id)
            if connection.execute(there).scalar_one() >= BOOKINGS_MAX:
                raise Conflict(f"An advertiser has at most {BOOKINGS_MAX} effects.")
            row = self._columns(connection, account, asked) | {
                "id": new_id(), "advertiser": account.id, "zone": account.zone, "state": "draft", "reasons": [],
                "note": "", "revision": 1, "created_by": who.id, "created_at": self._clock(),
            }  # fmt: skip
            connection.execute(insert(effect_bookings).values(row))
            return self.view(connection, str(row["id"]), who)

        return self._database.write(write)

    def edit(self, effect: str, who: Identity, asked: EffectTerms) -> EffectView:
        """Change a draft, or what was rejected. Blocks. Raises EffectNotOpen, and as `create`."""

        def change(connection: Connection, row: Row[Any], account: Account) -> None:
            _must_be(row, "draft", "rejected")
            zoned = msgspec.structs.replace(account, zone=row.zone)
            values = self._columns(connection, zoned, asked) | {"state": "draft", "revision": row.revision + 1}
            _set(connection, row, **values)

        return self._change(effect, who, change)

    def submit(self, effect: str, who: Identity) -> EffectView:
        """Ask for a review, and hold the price of all days. Blocks. Raises EffectNotOpen, AdBalanceTooLow."""

        def change(connection: Connection, row: Row[Any], account: Account) -> None:
            _must_be(row, "draft")
            check_dates(date.fromisoformat(row.starts_on), date.fromisoformat(row.ends_on), row.zone, self._clock())
            if row.category not in allowed_categories(connection):
                raise CategoryNotAllowed
            price = 0 if account.house else self.day_micro
            revision = row.revision + 1
            if price:
                total = price * _days(row)
                held = Reserve(f"hold:{revision}", account.id, row.id, total, total, total)
                _must(self._budgets.reserve(connection, [held]))
            _set(
                connection, row, state="review", day_micro=price, revision=revision, reasons=[], note="",
                submitted_at=self._clock(), reviewed_by=None, reviewed_at=None,
            )  # fmt: skip

        return self._change(effect, who, change)

    def end(self, effect: str, who: Identity) -> EffectView:
        """End it for good, as an editor or a moderator; days that were not paid come back. Blocks. Raises
        EffectNotOpen."""

        def write(connection: Connection) -> EffectView:
            row = self.locked(connection, effect)
            if not who.moderates:
                self._check(connection, row, who, "editor")
            _must_be(row, "draft", "review", "booked", "rejected")
            self.close(connection, row, "ended")
            return self.views(connection, [self.locked(connection, effect)])[0]

        return self._database.write(write)

    # -- for the review and the clock ------------------------------------------------------------

    @staticmethod
    def locked(connection: Connection, effect: str) -> Row[Any]:
        """A booking, until the transaction ends. Raises EffectNotFound."""
        found = select(effect_bookings).where(effect_bookings.c.id == effect).with_for_update()
        row = connection.execute(found).first()
        if row is None:
            raise EffectNotFound
        return row

    def close(self, connection: Connection, row: Row[Any], state: Literal["ended", "rejected"], **values: Any) -> None:
        """Give back what is held, and leave it in this state. The caller has locked the row."""
        held = self._budgets.spending(connection, [row.id])[row.id].held_micro
        if held:
            _must(self._budgets.release(connection, [Release(f"{state}:{row.revision}", row.advertiser, row.id, held)]))
        _set(connection, row, state=state, **values)

    # -- all changes -----------------------------------------------------------------------------

    def _columns(self, connection: Connection, account: Account, asked: EffectTerms) -> dict[str, Any]:
        name = clean_line(asked.name, NAME_CHARS_MAX)
        if not name:
            raise InvalidEffect(f"An effect needs a name of at most {NAME_CHARS_MAX} characters.")
        if asked.category not in allowed_categories(connection):
            raise CategoryNotAllowed
        check_dates(asked.starts_on, asked.ends_on, account.zone, self._clock())
        if (asked.ends_on - asked.starts_on).days >= DAYS_MAX:
            raise InvalidEffect(f"An effect is booked for at most {DAYS_MAX} days.")
        check_look(asked.template, asked.look, pictured=asked.picture is not None)
        if asked.picture is not None:
            pictures.check(connection, account.id, asked.picture)
        starts_at, ends_at = window(asked.starts_on, asked.ends_on, account.zone)
        return {
            "name": name, "template": asked.template, "look": msgspec.to_builtins(asked.look),
            "picture": asked.picture, "category": asked.category, "starts_on": asked.starts_on.isoformat(),
            "ends_on": asked.ends_on.isoformat(), "starts_at": starts_at, "ends_at": ends_at, "day_micro": 0,
        }  # fmt: skip

    def _change(
        self, effect: str, who: Identity, change: Callable[[Connection, Row[Any], Account], None]
    ) -> EffectView:
        def write(connection: Connection) -> EffectView:
            row = self.locked(connection, effect)
            change(connection, row, self._check(connection, row, who, "editor"))
            return self.view(connection, effect, who)

        return self._database.write(write)

    def _check(self, connection: Connection, row: Row[Any], who: Identity, least: Role) -> Account:
        """Outsiders do not learn that the effect exists."""
        if who.id not in self._advertisers.members_of(connection, row.advertiser):
            raise EffectNotFound
        return self._advertisers.check(connection, row.advertiser, who, least)


def _must_be(row: Row[Any], *states: State) -> None:
    if row.state not in states:
        raise EffectNotOpen(f"The effect is in the state {row.state}.")


def _must(verdicts: Sequence[int | Refusal]) -> None:
    for verdict in verdicts:
        if isinstance(verdict, Refusal):
            raise verdict


def _set(connection: Connection, row: Row[Any], **values: Any) -> None:
    connection.execute(update(effect_bookings).where(effect_bookings.c.id == row.id).values(**values))


def _days(row: Row[Any]) -> int:
    return (date.fromisoformat(row.ends_on) - date.fromisoformat(row.starts_on)).days + 1


def _uses(connection: Connection, ids: Sequence[str]) -> dict[str, list[DayOfUse]]:
    """The paid days of effects, the newest first, and by how many people each was used on them."""
    many = select(effect_uses.c.effect, effect_uses.c.day, func.count()).where(effect_uses.c.effect.in_(ids))
    grouped = connection.execute(many.group_by(effect_uses.c.effect, effect_uses.c.day))
    counted = {(effect, day): int(creators) for effect, day, creators in grouped}
    found: dict[str, list[DayOfUse]] = {}
    paid = select(effect_days).where(effect_days.c.effect.in_(ids)).order_by(effect_days.c.day.desc())
    for row in connection.execute(paid):
        day = DayOfUse(row.day, counted.get((row.effect, row.day), 0), row.micro)
        found.setdefault(row.effect, []).append(day)
    return found


def _view(
    row: Row[Any], sponsor: str, spent: Spending, by_day: list[DayOfUse], size: tuple[int, int] | None, price: int
) -> EffectView:
    look = msgspec.convert(row.look, Look)
    picture = (pictures.address(row.picture), *size) if row.picture and size else None
    return EffectView(
        row.id, row.advertiser, sponsor, row.name, row.template, look, row.picture,
        effect_file(row.id, row.name, look, picture), row.category, row.zone, row.starts_on, row.ends_on,
        row.starts_at, row.ends_at, _days(row), price, price * _days(row), AD_CURRENCY, spent.spent_micro,
        spent.held_micro, row.state, row.reasons, row.note, row.revision, row.submitted_at, row.reviewed_at,
        row.created_at, sum(one.creators for one in by_day), by_day,
    )  # fmt: skip
