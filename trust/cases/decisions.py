"""Decisions: verdict, effect, statement of reasons and the end of the case in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, Select, func, insert, select, update

from core.clock import Clock
from core.errors import NotAllowed
from core.identity import Bar, Identity
from core.ids import new_id
from core.text import clean_lines
from people.standing.restrictions import FOR_GOOD, restrict
from trust.audit.chain import Audit
from trust.cases.intake import note, unanswered
from trust.cases.opinions import Opinions, said
from trust.cases.queue import Queue
from trust.cases.rank import rank
from trust.cases.rules import (
    BARS,
    DAY_MS,
    FOR_GOOD_DAYS,
    MEASURE_DAYS_MAX,
    POINTS_MAX,
    Category,
    Content,
    Ground,
    Measure,
    points_until,
)  # fmt: skip
from trust.cases.subjects import Subjects
from trust.cases.tables import cases, decisions
from trust.cases.telling import Telling
from trust.errors import DecisionNotPossible

REASON_CHARS_MAX = 2_000
OPINION = "opinion"
"""The event of a case that somebody has said what they think; what it is, nobody reads before it is decided."""


IsStaff = Callable[[Connection, str], bool]

Listener = Callable[[Connection, str], None]
"""(connection, decision): called in the transaction in which it was made, or reversed."""


class Verdict(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`reason`: for the person it is about. `days`: of the measure; 0 for one without an end, which only admins
    take."""

    content: Content
    measure: Measure = "none"
    days: Annotated[int, msgspec.Meta(ge=0, le=MEASURE_DAYS_MAX)] = 0
    points: Annotated[int, msgspec.Meta(ge=0, le=POINTS_MAX)] = 0
    category: Category = ""
    ground: Ground = "terms"
    reason: Annotated[str, msgspec.Meta(max_length=REASON_CHARS_MAX)] = ""

    @property
    def restricts(self) -> bool:
        """Whether it takes anything from anybody: then it is told, with its reasons."""
        return self.content != "keep" or self.measure != "none"


class Made(NamedTuple):
    """A decision, and whom it is about. `id`: empty if somebody else has to agree first."""

    id: str
    about: str


class Decisions:
    def __init__(
        self, clock: Clock, queue: Queue, subjects: Subjects, audit: Audit, telling: Telling, is_staff: IsStaff,
        opinions: Opinions,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._queue = queue
        self._subjects = subjects
        self._audit = audit
        self._telling = telling
        self._is_staff = is_staff
        self._opinions = opinions
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Be told of every decision, and of every one that is reversed."""
        self._listeners.append(listener)

    def undone(self, connection: Connection, decision: str) -> None:
        """An appeal has reversed it."""
        self._tell(connection, decision)
        self._telling.heard(connection, decision)

    def decide(
        self, connection: Connection, who: Identity, case: str, token: str, verdict: Verdict, *, alone: bool = False
    ) -> Made:
        """Decide a case that `who` holds, or say what they think of it where others have to agree. After the commit,
        announce the person and wake the effects. `alone`: it cannot wait for anybody else.

        Raises CaseLost, DecisionNotPossible, NotAllowed.
        """
        row = self._queue.held(connection, who, case, token)
        if row.state not in ("open", "second"):
            raise DecisionNotPossible("This is an appeal: uphold the decision or reverse it.")
        reason = self._checked(who, row, verdict)
        if verdict.measure in BARS and who.role != "admin" and self._is_staff(connection, row.about):
            raise NotAllowed("Only an admin may take a measure against one of the staff.")
        what = said(verdict.content, verdict.measure, verdict.days)
        if not alone and self._opinions.needs_another(connection, row, who, what):
            return self._ask_another(connection, row, who)
        now, made = self._clock(), new_id()
        kind = self._subjects.of(row.kind)
        hides = verdict.content == "hide"
        untold_until = self._telling.waits_until(connection, row.kind, row.subject)
        connection.execute(
            insert(decisions).values(
                id=made, case=case, kind=row.kind, subject=row.subject, about=row.about, by=who.id,
                content=verdict.content, measure=verdict.measure, category=verdict.category, ground=verdict.ground,
                reason=reason, until=_until(now, verdict), points=verdict.points,
                points_until=points_until(now, verdict.points), at=now, untold=int(untold_until > 0),
                told_at=untold_until or now,
                effect_due=1 if (hides and kind.effect is not None) or verdict.measure in ("live", "account") else 0,
            )
        )  # fmt: skip
        if hides and kind.hide is not None:
            kind.hide(connection, row.subject)
        if verdict.measure in BARS:
            self.restrict(connection, row.about)
        self.close(connection, row, who.id)
        self._opinions.settle(connection, case)
        note(connection, now, case, who.id, "decided", f"{verdict.content} {verdict.measure}")
        self._audit.append(connection, who.id, "decided", made, f"{verdict.content} {verdict.measure} {verdict.days}")
        self._tell(connection, made)
        if not untold_until:
            self._telling.tell(connection, made)
        return Made(made, row.about)

    def _tell(self, connection: Connection, decision: str) -> None:
        for listener in self._listeners:
            listener(connection, decision)

    def _ask_another(self, connection: Connection, row: Row[Any], who: Identity) -> Made:
        """Nothing takes effect, and the case goes back to the queue."""
        waits = {"state": "second", "holder": "", "token": None, "lease_until": 0, "version": row.version + 1}
        connection.execute(update(cases).where(cases.c.id == row.id).values(waits))
        note(connection, self._clock(), row.id, who.id, OPINION)
        self._audit.append(connection, who.id, OPINION, row.id)
        return Made("", row.about)

    def restrict(self, connection: Connection, person: str) -> None:
        """Bring what somebody may not do in line with the decisions that stand."""
        standing = decisions.c.about == person, decisions.c.state != "reversed", decisions.c.measure.in_(BARS)
        query = select(decisions.c.measure, func.max(decisions.c.until)).where(*standing).group_by(decisions.c.measure)
        until: Mapping[Bar, int] = {BARS[measure]: end for measure, end in connection.execute(query)}
        restrict(connection, person, until)

    def close(self, connection: Connection, row: Row[Any], by: str, *, heard: bool = False) -> None:
        """Nobody holds the case any more, and it leaves the queue, unless an appeal is still to be heard. `heard`: one
        was, so nobody has answered what came in meanwhile."""
        values: dict[str, object] = {
            "state": "decided", "holder": "", "token": None, "lease_until": 0, "decided_by": by, "reports": 0,
            "version": row.version + 1,
        }  # fmt: skip
        waiting = connection.execute(appealed_of(row.id)).first()
        if waiting is not None:
            values |= heard_next(waiting.by, waiting.appealed_at)
        elif heard and (count := unanswered(connection, row.kind, row.subject)):
            now = self._clock()
            values |= {"state": "open", "decided_by": "", "reports": count, "opened_at": now}
            values["rank"] = rank(now, row.reason, 0, 0)
            note(connection, now, row.id, "", "reopened", row.reason)
        connection.execute(update(cases).where(cases.c.id == row.id).values(values))
        self._queue.forget_skips(connection, row.id)

    def _checked(self, who: Identity, row: Row[Any], verdict: Verdict) -> str:
        reason = clean_lines(verdict.reason, REASON_CHARS_MAX)
        if verdict.restricts and (not reason or not verdict.category):
            raise DecisionNotPossible("Whoever is restricted is told why: give a category and a reason.")
        if verdict.content == "hide" and not self._subjects.of(row.kind).can_be_hidden:
            raise DecisionNotPossible("A person cannot be hidden; take a measure instead.")
        if verdict.points and not verdict.restricts:
            raise DecisionNotPossible("There are no points for what is left as it is.")
        for_good = verdict.measure in BARS and verdict.days == FOR_GOOD_DAYS
        if for_good and who.role != "admin" and row.state != "second":  # there it needs an admin who wants the same
            raise NotAllowed("Only an admin may decide this without an end.")
        return reason or ""


def appealed_of(case: str) -> Select[Any]:
    """The decisions of a case whose appeals wait, the first one first."""
    waiting = decisions.c.case == case, decisions.c.state == "appealed"
    return select(decisions).where(*waiting).order_by(decisions.c.appealed_at, decisions.c.id)


def heard_next(by: str, at: int) -> dict[str, object]:
    """What a case is while an appeal against `by`'s decision is the next that somebody else looks at."""
    return {
        "state": "appealed", "appealed_at": at, "rank": at, "decided_by": by, "holder": "", "token": None,
        "lease_until": 0,
    }  # fmt: skip


def _until(now: int, verdict: Verdict) -> int:
    if verdict.measure not in BARS:
        return now
    return now + verdict.days * DAY_MS if verdict.days else FOR_GOOD


Announce = Callable[[str], None]
"""(person): what they may do has changed; called after the commit."""
