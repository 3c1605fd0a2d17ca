"""Agreements as people see them: with names instead of ids."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Literal

import msgspec
from sqlalchemy import Connection, select

from core.clock import Clock
from core.http import Page
from core.identity import Person
from money.agreements.agreements import NOTICE_DAYS, Agreement, Agreements, in_force_or_planned
from money.agreements.proposals import PROPOSAL_DAYS, Proposal, Proposals, ProposalState
from money.earnings.hold import DAY_MS
from money.tables import agreement_proposals, agreements

Brief = Callable[[Connection, Collection[str]], Mapping[str, Person]]

CREATORS_SHOWN_MAX = 200  # of an agency


class AgreementView(msgspec.Struct):
    """Shares in whole percent. `creator`, `agency` are null for deleted accounts; `with_agency` tells whether there is
    one at all. `until` null: open. Times in Unix ms."""

    id: str
    creator: Person | None
    agency: Person | None
    with_agency: bool
    creator_percent: int
    platform_percent: int
    agency_percent: int
    valid_from: int
    until: int | None
    state: Literal["planned", "in_force", "ended"]


class ProposalView(msgspec.Struct):
    """`valid_from`: at the earliest. `lapses_at`: an open one can be accepted until then."""

    id: str
    creator: Person | None
    agency: Person | None
    creator_percent: int
    platform_percent: int
    agency_percent: int
    valid_from: int
    state: ProposalState
    at: int
    lapses_at: int


class Timeline(msgspec.Struct):
    """Everything about one person. `now` null: the standard rate holds. The last to begin, and the newest, first.
    `creators`: those whose agency they are, or are going to be."""

    creator: Person | None
    standard_percent: int
    notice_days: int
    now: AgreementView | None
    agreements: list[AgreementView]
    proposals: list[ProposalView]
    creators: list[AgreementView]


class AgreementViews:
    def __init__(self, clock: Clock, agreements: Agreements, proposals: Proposals, brief: Brief) -> None:
        self._clock = clock
        self._agreements = agreements
        self._proposals = proposals
        self._brief = brief

    def timeline(self, connection: Connection, creator: str) -> Timeline:
        held, made = self._agreements.all(connection, creator), self._proposals.of(connection, creator)
        theirs = self._select(connection, agreements.c.agency == creator, limit=CREATORS_SHOWN_MAX)
        names = self._names(connection, [*held, *made, *theirs], creator)
        views = [self._agreement(one, names) for one in held]
        return Timeline(
            creator=names.get(creator),
            standard_percent=self._agreements.standard.commission_percent,
            notice_days=NOTICE_DAYS,
            now=next((one for one in views if one.state == "in_force"), None),
            agreements=views,
            proposals=[self._proposal(one, names) for one in made],
            creators=[self._agreement(one, names) for one in theirs],
        )

    def page(self, connection: Connection, person: str | None, cursor: str, limit: int) -> Page[AgreementView]:
        """What is in force or planned, the last that was set first. `person`: only theirs, as creator or agency."""
        about = (agreements.c.creator == person) | (agreements.c.agency == person) if person else True
        after = agreements.c.id < cursor if cursor else True
        rows = self._select(connection, about, after, limit=limit + 1)
        names = self._names(connection, rows[:limit])
        items = [self._agreement(one, names) for one in rows[:limit]]
        return Page(items, items[-1].id if len(rows) > limit else None)

    def open_proposals(self, connection: Connection, cursor: str, limit: int) -> Page[ProposalView]:
        """Those that nobody has answered yet, the newest first."""
        t = agreement_proposals
        waiting = t.c.state == "open", t.c.at >= self._clock() - PROPOSAL_DAYS * DAY_MS
        found = select(*(t.c[name] for name in Proposal.__struct_fields__)).where(*waiting)
        if cursor:
            found = found.where(t.c.id < cursor)
        rows = [Proposal(*row) for row in connection.execute(found.order_by(t.c.id.desc()).limit(limit + 1))]
        names = self._names(connection, rows[:limit])
        items = [self._proposal(one, names) for one in rows[:limit]]
        return Page(items, items[-1].id if len(rows) > limit else None)

    def agreement(self, connection: Connection, one: Agreement) -> AgreementView:
        return self._agreement(one, self._names(connection, [one]))

    def proposal(self, connection: Connection, one: Proposal) -> ProposalView:
        return self._proposal(one, self._names(connection, [one]))

    def _select(self, connection: Connection, *where: object, limit: int) -> list[Agreement]:
        found = select(*(agreements.c[name] for name in Agreement.__struct_fields__))
        found = found.where(in_force_or_planned(self._clock()), *where)  # type: ignore[arg-type]
        rows = connection.execute(found.order_by(agreements.c.id.desc()).limit(limit))
        return [Agreement(*row) for row in rows]

    def _names(self, connection: Connection, rows: Iterable[Agreement | Proposal], *more: str) -> Mapping[str, Person]:
        return self._brief(connection, {who for one in rows for who in (one.creator, one.agency) if who} | {*more})

    def _agreement(self, one: Agreement, names: Mapping[str, Person]) -> AgreementView:
        now = self._clock()
        ended = one.until is not None and one.until <= now
        return AgreementView(
            one.id, names.get(one.creator), names.get(one.agency or ""), one.agency is not None, one.creator_percent,
            one.platform_percent, one.agency_percent, one.valid_from, one.until,
            "ended" if ended else "planned" if one.valid_from > now else "in_force",
        )  # fmt: skip

    def _proposal(self, one: Proposal, names: Mapping[str, Person]) -> ProposalView:
        return ProposalView(
            one.id, names.get(one.creator), names.get(one.agency), 100 - one.platform_percent - one.agency_percent,
            one.platform_percent, one.agency_percent, one.valid_from, one.state, one.at,
            one.at + PROPOSAL_DAYS * DAY_MS,
        )  # fmt: skip
