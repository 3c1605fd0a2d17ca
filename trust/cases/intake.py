"""Reports become cases: one for each subject, with all its reports."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, case, func, insert, literal, select, text, update

from core.clock import Clock
from core.ids import new_id
from trust.cases.rank import PER_MACHINE_MS, gravest, rank, weight_of
from trust.cases.subjects import EVIDENCE_CHARS_MAX, Subjects
from trust.cases.tables import case_events, cases
from trust.legal.tables import legal_notices
from trust.reports import Reason, Subject
from trust.tables import reports

REOPENED_AT_REPORTS = 3
"""So many new reports of a decided case that has not changed since make it open again; fewer are counted only."""
WEIGHED_MAX = 200  # reporters of a case: a crowd must not make each further report dearer
TEXT_CHARS_MAX = 4_000
SAMPLE = "sample"
"""What the events of a case say that was drawn from what the machine found nothing in. Nobody who decides reads it."""
_NOTICE_OPEN = text("legal_notices.state = 'open'")  # literally: a parameter matches no partial index


class Intake:
    def __init__(self, clock: Clock, subjects: Subjects) -> None:
        self._clock = clock
        self._subjects = subjects

    def report(
        self, connection: Connection, subject: Subject, about: str, reason: Reason, changed: bool = False
    ) -> None:  # fmt: skip
        """A report was made or changed, in its transaction."""
        self._file(connection, subject, about, reason, changed=changed)

    def notice(self, connection: Connection, subject: Subject, about: str, reason: Reason, notice: str) -> None:
        """Somebody without an account has sent a notice. Each has to be answered, so a decided case opens again."""
        case = self._file(connection, subject, about, reason, reopens=True)
        note(connection, self._clock(), case, "", "notice", notice)

    def _file(
        self, connection: Connection, subject: Subject, about: str, reason: Reason, *, changed: bool = False,
        reopens: bool = False,
    ) -> str:  # fmt: skip
        """Make a case, or join the one there is; returns its id."""
        now = self._clock()
        query = select(cases).where(cases.c.kind == subject.kind, cases.c.subject == subject.id)
        found = connection.execute(query.with_for_update()).first()
        evidence = self._subjects.evidence(connection, subject.kind, subject.id)
        count, weight = _reporters(connection, subject)
        viewers = self._subjects.of(subject.kind).viewers(subject.id)
        if found is None:
            made = new_id()
            row = {
                "id": made, "kind": subject.kind, "subject": subject.id, "about": about, "state": "open",
                "reason": reason, "evidence": evidence, "reports": count, "opened_at": now, "version": 1,
                "rank": rank(now, reason, viewers, weight), "lease_until": 0,
            }  # fmt: skip
            connection.execute(insert(cases).values(row))
            note(connection, now, made, "", "opened", reason)
            return made
        changes = self._changes(found, reason, evidence, count, reopens)
        opened = changes.get("opened_at", found.opened_at)
        changes["rank"] = rank(opened, changes.get("reason", found.reason), viewers, weight)
        changes["version"] = found.version + 1
        connection.execute(update(cases).where(cases.c.id == found.id).values(changes))
        what = "reopened" if "state" in changes else "changed" if changed else "reported"
        note(connection, now, found.id, "", what, reason)
        return str(found.id)

    def open(self, connection: Connection, subject: Subject, about: str, reason: Reason) -> str:
        """A case that nobody has reported; its id. The caller notes what has led to it."""
        made, now = new_id(), self._clock()
        row = {
            "id": made, "kind": subject.kind, "subject": subject.id, "about": about, "state": "open",
            "reason": reason, "evidence": self._subjects.evidence(connection, subject.kind, subject.id),
            "reports": 0, "opened_at": now, "version": 1, "lease_until": 0, "rank": rank(now, reason, 0, 0),
        }  # fmt: skip
        connection.execute(insert(cases).values(row))
        return made

    def machine(
        self, connection: Connection, subject: Subject, about: str, reason: Reason, score: float, detail: str,
        *, evidence: str = "",
    ) -> None:  # fmt: skip
        """The machine wants somebody to look at this. It opens no case again that a person has decided, unless it was
        for what is said, the `evidence`, and that is another text now."""
        now = self._clock()
        said = evidence[:EVIDENCE_CHARS_MAX]
        viewers = self._subjects.of(subject.kind).viewers(subject.id)
        query = select(cases).where(cases.c.kind == subject.kind, cases.c.subject == subject.id)
        found = connection.execute(query.with_for_update()).first()
        if found is None:
            made = new_id()
            row = {
                "id": made, "kind": subject.kind, "subject": subject.id, "about": about, "state": "open",
                "reason": reason, "evidence": said or self._subjects.evidence(connection, subject.kind, subject.id),
                "reports": 0, "opened_at": now, "version": 1, "lease_until": 0,
                "rank": rank(now, reason, viewers, 0) - int(score * PER_MACHINE_MS),
            }  # fmt: skip
            connection.execute(insert(cases).values(row))
            note(connection, now, made, "", "machine", detail)
            return
        if found.state == "decided" and said and said != found.evidence:
            again = {
                "state": "open", "reason": reason, "evidence": said, "opened_at": now, "decided_by": "",
                "rank": rank(now, reason, viewers, 0) - int(score * PER_MACHINE_MS), "version": found.version + 1,
            }  # fmt: skip
            connection.execute(update(cases).where(cases.c.id == found.id).values(again))
            note(connection, now, found.id, "", "machine", detail)
            return
        first = rank(found.opened_at, gravest(found.reason, reason), viewers, 0) - int(score * PER_MACHINE_MS)
        if found.state == "open" and first < found.rank:
            connection.execute(update(cases).where(cases.c.id == found.id).values(rank=first))
            note(connection, now, found.id, "", "machine", detail)

    def is_decided(self, connection: Connection, kind: str, subject: str) -> bool:
        """Whether a person has decided about a subject, and nothing has happened since."""
        query = select(cases.c.state).where(cases.c.kind == kind, cases.c.subject == subject)
        return bool(connection.execute(query).scalar() == "decided")

    def reason_of(self, connection: Connection, kind: str, subject: str) -> Reason | None:
        """What the case of a subject was about."""
        query = select(cases.c.reason).where(cases.c.kind == kind, cases.c.subject == subject)
        return connection.execute(query).scalar()

    def _changes(self, found: Row[Any], reason: Reason, evidence: str, count: int, reopens: bool) -> dict[str, Any]:
        """A decided case opens again when its subject says something else now, or enough people disagree."""
        if found.state != "decided":
            return {"reports": count, "reason": gravest(found.reason, reason)}
        changed = bool(evidence) and evidence != found.evidence
        if not (changed or reopens) and count < REOPENED_AT_REPORTS:
            return {"reports": count}
        return {
            "reports": count, "reason": reason, "state": "open", "opened_at": self._clock(),
            "evidence": evidence or found.evidence, "decided_by": "",
        }  # fmt: skip


_NOTE = insert(case_events)


def note(connection: Connection, at: int, of: str, by: str, what: str, detail: str = "") -> None:
    """Write down what happens to a case."""
    row = {"id": new_id(), "case": of, "by": by, "what": what, "detail": detail[:TEXT_CHARS_MAX], "at": at}
    connection.execute(_NOTE, row)


def unanswered(connection: Connection, kind: str, subject: str) -> int:
    """How many reports and notices of a subject wait for an answer; 0 if they do not open a decided case again."""
    reported, notices = _waiting(connection, kind, subject)
    return reported + notices if notices or reported >= REOPENED_AT_REPORTS else 0


def _waiting(connection: Connection, kind: str, subject: str) -> tuple[int, int]:
    """How many reports and notices of a subject are open."""
    of = reports.c.kind == kind, reports.c.subject == subject, reports.c.state == "open"
    named = legal_notices.c.kind == kind, legal_notices.c.subject == subject, _NOTICE_OPEN
    reported = connection.execute(select(func.count()).where(*of)).scalar_one()
    return reported, connection.execute(select(func.count()).where(*named)).scalar_one()


def _reporters(connection: Connection, subject: Subject) -> tuple[int, float]:
    """How many reports and notices of a subject are open, and what those who sent them weigh altogether."""
    of = reports.c.kind == subject.kind, reports.c.subject == subject.id, reports.c.state == "open"
    count, notices = _waiting(connection, subject.kind, subject.id)
    first = select(reports.c.reporter).where(*of).order_by(reports.c.id).limit(WEIGHED_MAX)
    who = connection.execute(first).scalars().all()
    past = (
        select(
            reports.c.reporter,
            func.sum(case((reports.c.state == "upheld", literal(1)), else_=0)).label("upheld"),
            func.sum(case((reports.c.state == "rejected", literal(1)), else_=0)).label("rejected"),
        )
        .where(reports.c.reporter.in_(who))
        .group_by(reports.c.reporter)
    )
    weight = sum(weight_of(row.upheld, row.rejected) for row in connection.execute(past))
    return count + notices, weight + notices * weight_of(0, 0)
