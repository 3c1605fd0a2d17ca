"""Cases as moderators see them, and decisions as those they are about."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, or_, select, text

from core.clock import Clock
from core.http import Page
from core.identity import Identity, Person
from people.standing.restrictions import FOR_GOOD
from trust.cases.decisions import OPINION, appealed_of
from trust.cases.intake import SAMPLE
from trust.cases.rules import APPEAL_DAYS, DAY_MS, Category, Content, Ground, Measure, suggested
from trust.cases.subjects import Subjects
from trust.cases.tables import case_events, cases, decisions
from trust.legal.tables import legal_notices
from trust.reports import Kind, Reason
from trust.tables import reports

REPORTS_SHOWN_MAX = 50
EVENTS_SHOWN_MAX = 50
DECISIONS_SHOWN_MAX = 20
UNTOLD_IN = 10

Brief = Callable[[Connection, Iterable[str]], dict[str, Person]]


class Reported(msgspec.Struct):
    """One report of a case; `by` is shown to moderators only, and null for who has left. `notice`: the number of a
    notice from outside, whose sender calls themselves `name`; both empty for a report."""

    by: Person | None
    reason: Reason
    text: str
    at: int  # Unix ms
    notice: str = ""
    name: str = ""


class Happened(msgspec.Struct):
    by: Person | None  # null: the server, or somebody who has left
    what: str
    detail: str
    at: int  # Unix ms


class Statement(msgspec.Struct):
    """The statement of reasons of a decision, as the person it is about sees it. Who decided is not said.

    `until`: Unix ms; null where the measure has no end, or there is none. `appeal_until`: how long it can be appealed.
    `untold_until`: for the staff, how long an order forbids to tell the person; null: it is told.
    """

    id: str
    kind: Kind
    page: str
    content: Content
    measure: Measure
    category: Category
    ground: Ground
    reason: str
    until: int | None
    points: int
    points_until: int
    at: int
    state: str
    appeal: str
    judgement: str
    judged_at: int | None
    appeal_until: int
    untold_until: int | None


class QueuedCase(msgspec.Struct):
    """A case that waits. `held`: somebody is looking at it."""

    id: str
    kind: Kind
    reason: Reason
    state: str
    about: Person | None
    reports: int
    opened_at: int
    held: bool


class CaseView(msgspec.Struct):
    """`evidence`: what the subject said when it was reported. `points`: of the person, those that stand.
    `suggested`: the measure that goes with them, and its days. `appealed`: the decision whose appeal is to be heard."""

    id: str
    kind: Kind
    subject: str
    page: str
    about: Person | None
    state: str
    reason: Reason
    evidence: str
    can_be_hidden: bool
    opened_at: int
    lease_until: int
    reports: list[Reported]
    events: list[Happened]
    past: list[Statement]
    points: int
    suggested: Measure
    suggested_days: int
    appealed: Statement | None


def detail_for_staff(case: str, what: str, detail: str) -> str:
    """A score sways who reads it. So of each UNTOLD_IN-th case it is not told, as of all that were only drawn."""
    untold = zlib.crc32(case.encode()) % UNTOLD_IN == 0
    return "" if what == "machine" and (untold or detail == SAMPLE) else detail


def _happened(case: str, event: Row[Any], people: Mapping[str, Person]) -> Happened:
    by = None if event.what == OPINION else people.get(event.by)
    return Happened(by, event.what, detail_for_staff(case, event.what, event.detail), event.at)


def _notices_of(case: Row[Any]) -> Any:
    of = legal_notices.c.kind == case.kind, legal_notices.c.subject == case.subject
    waiting = text("legal_notices.state = 'open'")
    return select(legal_notices).where(*of, waiting).order_by(legal_notices.c.id).limit(REPORTS_SHOWN_MAX)


def _of_notice(row: Row[Any]) -> Reported:
    return Reported(None, row.reason, f"{row.address}\n{row.why}", row.at, row.id, row.name)


class Views:
    def __init__(self, clock: Clock, subjects: Subjects, brief: Brief) -> None:
        self._clock = clock
        self._subjects = subjects
        self._brief = brief

    def queue(self, connection: Connection, who: Identity, cursor: str, limit: int) -> Page[QueuedCase]:
        """All cases that wait, the first one first, but for those about `who`: nobody learns here what was reported of
        them."""
        query = select(cases).where(text("cases.state <> 'decided'"), cases.c.about != who.id)
        query = query.order_by(cases.c.rank, cases.c.id)
        if cursor:
            rank, _, after = cursor.partition(".")
            at = int(rank) if rank.lstrip("-").isdecimal() and len(rank) < 20 else 0
            query = query.where(or_(cases.c.rank > at, (cases.c.rank == at) & (cases.c.id > after)))
        rows = connection.execute(query.limit(limit + 1)).all()
        people = self._brief(connection, {row.about for row in rows})
        now = self._clock()
        items = [
            QueuedCase(
                row.id, row.kind, row.reason, row.state, people.get(row.about), row.reports, row.opened_at,
                row.lease_until > now,
            )
            for row in rows[:limit]
        ]  # fmt: skip
        last = rows[limit - 1] if len(rows) > limit else None
        return Page(items, f"{last.rank}.{last.id}" if last is not None else None)

    def case(self, connection: Connection, row: Row[Any]) -> CaseView:
        of = reports.c.kind == row.kind, reports.c.subject == row.subject, reports.c.state == "open"
        said = connection.execute(select(reports).where(*of).order_by(reports.c.id).limit(REPORTS_SHOWN_MAX)).all()
        mine = select(case_events).where(case_events.c.case == row.id).order_by(case_events.c.id.desc())
        events = connection.execute(mine.limit(EVENTS_SHOWN_MAX)).all()
        people = self._brief(connection, {row.about, *(one.reporter for one in said), *(one.by for one in events)})
        points = self.points(connection, row.about)
        measure, days = suggested(points)
        kind = self._subjects.of(row.kind)
        heard = connection.execute(appealed_of(row.id)).first() if row.state == "appealed" else None
        return CaseView(
            id=row.id, kind=row.kind, subject=row.subject, page=kind.page(connection, row.subject),
            about=people.get(row.about), state=row.state, reason=row.reason, evidence=row.evidence,
            can_be_hidden=kind.can_be_hidden, opened_at=row.opened_at, lease_until=row.lease_until,
            reports=[
                *(_of_notice(one) for one in connection.execute(_notices_of(row))),
                *(Reported(people.get(one.reporter), one.reason, one.text, one.at) for one in said),
            ],
            events=[_happened(row.id, one, people) for one in events],
            past=self.past(connection, row.about, "", DECISIONS_SHOWN_MAX, untold=True).items,
            points=points, suggested=measure, suggested_days=days,
            appealed=self._statement(connection, heard) if heard is not None else None,
        )  # fmt: skip

    def points(self, connection: Connection, person: str) -> int:
        """Somebody's points that stand: they end by the clock, and those of reversed decisions never were."""
        standing = (
            decisions.c.about == person,
            decisions.c.state != "reversed",
            decisions.c.points_until > self._clock(),
        )
        return int(
            connection.execute(select(func.coalesce(func.sum(decisions.c.points), 0)).where(*standing)).scalar_one()
        )

    def past(
        self, connection: Connection, person: str, cursor: str, limit: int, *, untold: bool = False
    ) -> Page[Statement]:
        """Decisions that restricted somebody, the newest first. `untold`: also those that they are not told of yet."""
        restricting = or_(decisions.c.content != "keep", decisions.c.measure != "none")
        query = select(decisions).where(decisions.c.about == person, restricting)
        if not untold:
            query = query.where(decisions.c.untold == 0)
        if cursor:
            query = query.where(decisions.c.id < cursor)
        rows = connection.execute(query.order_by(decisions.c.id.desc()).limit(limit + 1)).all()
        statements = [self._statement(connection, row) for row in rows[:limit]]
        return Page(statements, rows[limit - 1].id if len(rows) > limit else None)

    def _statement(self, connection: Connection, row: Row[Any]) -> Statement:
        bounded = row.measure in ("posts", "live", "account") and row.until < FOR_GOOD
        return Statement(
            row.id, row.kind, self._subjects.of(row.kind).page(connection, row.subject), row.content, row.measure,
            row.category, row.ground, row.reason, row.until if bounded else None, row.points, row.points_until, row.at,
            row.state, row.appeal, row.judgement, row.judged_at or None, row.told_at + APPEAL_DAYS * DAY_MS,
            row.told_at if row.untold else None,
        )  # fmt: skip
