"""Agreements with a creator, one after another: what the platform and an agency get of gifts, from when until when.

The standard rate of the settings holds where nothing was agreed. An agreement is never rewritten: it is ended, and
another one follows. Whatever is changed holds from a time on that has not come yet, and replaces all that was planned
from then on, so the periods of a creator never overlap.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.errors import Conflict
from core.ids import new_id
from money.agreements.notices import AgreementNotices
from money.earnings.hold import DAY_MS
from money.errors import InvalidAgreement, NoAgency, NoticeTooShort, RateTooHigh
from money.ledger.terms import Terms
from money.tables import agreements as table

NOTICE_DAYS = 30
AHEAD_DAYS_MAX = 366  # a change is planned at most so far ahead
AGREEMENTS_MAX = 500  # of one creator, ever
BEGINS_AFTER_MS = 2_000  # a change is in force so long after it is made, when every process knows it: in_force.py

Affords = Callable[[Connection, int], str]
"""(connection, percent) -> why the platform cannot pay out so much of each gift; empty if it can."""


class Agreement(msgspec.Struct, frozen=True):
    """Whole percents of a gift; the creator gets the rest. `valid_from`, `until`: Unix ms; `until` null: open, and
    equal to `valid_from`: replaced before it began. `agency`: a person's id."""

    id: str
    creator: str
    agency: str | None
    platform_percent: int
    agency_percent: int
    valid_from: int
    until: int | None
    by: str
    at: int
    proposal: str | None = None

    @property
    def creator_percent(self) -> int:
        return 100 - self.platform_percent - self.agency_percent


class Agreements:
    def __init__(self, clock: Clock, standard: Terms, affords: Affords, notices: AgreementNotices) -> None:
        self._clock = clock
        self.standard = standard
        self._affords = affords
        self._notices = notices

    def at(self, connection: Connection, creator: str, at: int) -> Agreement | None:
        """The one in force at a moment (Unix ms); None: the standard rate."""
        row = connection.execute(_AGREEMENT.where(table.c.creator == creator, _covers(at))).first()
        return _agreement(row) if row else None

    def now(self, connection: Connection, creator: str) -> Agreement | None:
        return self.at(connection, creator, self._clock())

    def all(self, connection: Connection, creator: str) -> list[Agreement]:
        """Everything that was ever agreed, the last to begin first; without what was replaced before it began."""
        newest = _AGREEMENT.where(table.c.creator == creator, _HELD).order_by(table.c.valid_from.desc())
        return [_agreement(row) for row in connection.execute(newest.limit(AGREEMENTS_MAX))]

    def set_rate(
        self, connection: Connection, creator: str, platform_percent: int, valid_from: int, by: str
    ) -> Agreement:
        """Let another platform's percentage hold from a time on. An agency and its share stay.

        Raises InvalidAgreement, NoticeTooShort, RateTooHigh, Conflict.
        """
        begins = self._begins(valid_from)
        self.lock(connection, creator)
        held = self._from(connection, creator, begins)
        before = held[0] if held and held[0].valid_from <= begins else None
        agency, agencys = (before.agency, before.agency_percent) if before else (None, 0)
        check_percents(platform_percent, agencys)
        if any(one.agency != agency for one in held):
            raise InvalidAgreement("A change of agency is planned: set a rate from then on, or end it first.")
        self._check_notice(connection, creator, 100 - platform_percent - agencys, begins)
        made = self.follow(
            connection, creator, Terms(platform_percent, "", agency or "", agencys), begins, by,
            proposal=before.proposal if before and agency else None, until=held[-1].until if agency else None,
        )  # fmt: skip
        self._notices.rate(connection, made)
        return made

    def end(self, connection: Connection, creator: str, at: int) -> None:
        """Let the standard rate hold from a time on, without an agency.

        Raises InvalidAgreement if nothing else was agreed, NoticeTooShort.
        """
        ends = self._begins(at)
        self.lock(connection, creator)
        ended = self._from(connection, creator, ends)
        if not ended:
            raise InvalidAgreement("Nothing else than the standard rate was agreed.")
        self._check_notice(connection, creator, self.standard.creator_percent, ends)
        self._cut(connection, creator, ends)
        self._notices.ended(connection, creator, {one.agency for one in ended if one.agency is not None})

    def leave(self, connection: Connection, creator: str) -> int:
        """The creator leaves their agency; returns when. Raises NoAgency if there is none, or it ends by then."""
        ends = self._clock() + NOTICE_DAYS * DAY_MS
        self.lock(connection, creator)
        last = self.at(connection, creator, ends)
        if last is None or last.agency is None:
            raise NoAgency
        self._cut(connection, creator, ends)
        self._notices.left(connection, last)
        return ends

    def follow(
        self, connection: Connection, creator: str, terms: Terms, begins: int, by: str, *, proposal: str | None,
        until: int | None = None,
    ) -> Agreement:  # fmt: skip
        """Let terms hold from a time on that has not come yet, whatever was planned. The caller has locked the
        creator's agreements. Raises InvalidAgreement, RateTooHigh, Conflict."""
        if reason := self._affords(connection, 100 - terms.commission_percent):
            raise RateTooHigh(reason)
        made_so_far = select(func.count()).select_from(table).where(table.c.creator == creator)
        if connection.execute(made_so_far).scalar_one() >= AGREEMENTS_MAX:
            raise InvalidAgreement(f"A creator has at most {AGREEMENTS_MAX} agreements.")
        self._cut(connection, creator, begins)
        made = Agreement(
            new_id(), creator, terms.agency or None, terms.commission_percent, terms.agency_percent, begins, until,
            by, self._clock(), proposal,
        )  # fmt: skip
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(msgspec.structs.asdict(made)))
        except IntegrityError:  # another admin was faster
            raise Conflict from None
        return made

    def lock(self, connection: Connection, creator: str) -> None:
        """Changes of one creator happen one after another. Two first ones at once are told apart by an index."""
        connection.execute(select(table.c.id).where(table.c.creator == creator).with_for_update()).all()

    def agency_keeps_until(self, connection: Connection, creator: str, other_than: str) -> int:
        """Until when the agency in force has its notice, if it is another one; 0 without one (Unix ms)."""
        now = self._clock()
        held = self._from(connection, creator, now)
        if not held or held[0].valid_from > now or held[0].agency in (None, other_than):
            return 0
        last = [one for one in held if one.agency == held[0].agency][-1]
        notice = now + NOTICE_DAYS * DAY_MS
        return notice if last.until is None else min(last.until, notice)

    def _begins(self, wanted: int) -> int:
        now = self._clock()
        if wanted > now + AHEAD_DAYS_MAX * DAY_MS:
            raise InvalidAgreement(f"A change is planned at most {AHEAD_DAYS_MAX} days ahead.")
        return max(wanted, now + BEGINS_AFTER_MS)

    def _check_notice(self, connection: Connection, creator: str, creator_percent: int, begins: int) -> None:
        """Whatever leaves a creator less than now is announced in time."""
        now = self._clock()
        held = self.at(connection, creator, now)
        has = held.creator_percent if held else self.standard.creator_percent
        if creator_percent < has and begins < now + NOTICE_DAYS * DAY_MS:
            raise NoticeTooShort

    def _from(self, connection: Connection, creator: str, at: int) -> list[Agreement]:
        """What holds at a moment or was planned from then on, in order."""
        whose = table.c.creator == creator, in_force_or_planned(at)
        rows = connection.execute(_AGREEMENT.where(*whose).order_by(table.c.valid_from))
        return [_agreement(row) for row in rows]

    def _cut(self, connection: Connection, creator: str, at: int) -> None:
        """End what holds at a moment, and drop what was planned from then on."""
        of_creator = update(table).where(table.c.creator == creator, or_(table.c.until.is_(None), table.c.until > at))
        planned = of_creator.where(table.c.valid_from >= at, _HELD).values(until=table.c.valid_from)
        held = of_creator.where(table.c.valid_from < at).values(until=at)
        connection.execute(planned)
        connection.execute(held)


_AGREEMENT = select(*(table.c[field] for field in Agreement.__struct_fields__))
_HELD = or_(table.c.until.is_(None), table.c.until > table.c.valid_from)


def check_percents(platform_percent: int, agency_percent: int) -> None:
    """Raises InvalidAgreement."""
    if platform_percent < 0 or agency_percent < 0 or platform_percent + agency_percent > 100:
        raise InvalidAgreement("Shares are whole percents, at most 100 together.")


def in_force_or_planned(now: int) -> ColumnElement[bool]:
    return or_(table.c.until.is_(None), table.c.until > now) & _HELD


def _covers(at: int) -> ColumnElement[bool]:
    return (table.c.valid_from <= at) & or_(table.c.until.is_(None), table.c.until > at)


def _agreement(row: Row[*tuple[Any, ...]]) -> Agreement:
    return Agreement(*row)
