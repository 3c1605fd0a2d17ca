"""Reports: what people say is wrong with a video, a comment, a person, a room, a line of chat, a product or a review.

What somebody has reported is hidden from them at once. Other domains ask `hidden` which of their subjects that is; the
domains a subject belongs to say whether it exists and who is responsible for it (`about`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Connection, Row, bindparam, delete, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest
from core.http import Page
from core.identity import Identity
from core.ids import new_id
from core.text import clean_lines
from trust.errors import CannotReportYourself, ReportNotFound, TooManyReports
from trust.tables import reports

_OPEN = text("state = 'open'")
OPEN_REPORTS_MAX = 1_000  # of one person
REPORT_TEXT_CHARS_MAX = 1_000
SUBJECT_CHARS_MAX = 60

Kind = Literal["video", "comment", "person", "room", "line", "review", "product"]
Reason = Literal[
    "spam", "scam", "nudity", "violence", "hate", "harassment", "self_harm", "child_safety", "dangerous", "illegal",
    "impersonation", "copyright", "other",
]  # fmt: skip

Finder = Callable[[Connection, str, Identity], str]
"""(connection, subject, reporter) -> the id of the person responsible for it. Raises a Refusal where the reporter can
see no such subject."""


class Subject(msgspec.Struct, forbid_unknown_fields=True):
    """What a report is about. The id of a line of chat is that of its room and its `seq`, as in `ROOM:SEQ`."""

    kind: Kind
    id: Annotated[str, msgspec.Meta(min_length=1, max_length=SUBJECT_CHARS_MAX)]


class Report(msgspec.Struct):
    """One's own report."""

    id: str
    subject: Subject
    reason: Reason
    text: str
    at: int  # Unix ms


Listener = Callable[[Identity, str], None]
"""(who, the subject's id): called after the commit."""

File = Callable[[Connection, Subject, str, Reason, bool], None]
"""(connection, subject, who is responsible for it, reason, whether an open report was changed): called in the
transaction of a report."""

Record = Callable[[Connection, str], None]
"""(connection, reporter): called in the transaction of a report and of its withdrawal."""


# Built once: every page asks it.
_REPORTED = select(reports.c.subject).where(
    reports.c.reporter == bindparam("reporter"),
    reports.c.kind == bindparam("kind"),
    reports.c.subject.in_(bindparam("subjects")),
)


class Reports:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._finders: dict[Kind, Finder] = {}
        self._listeners: dict[Kind, Listener] = {}
        self._withdrawals: dict[Kind, Listener] = {}
        self._records: list[Record] = []
        self._file: File = lambda *_: None

    def about(self, kind: Kind, find: Finder) -> None:
        """Accept reports of this kind; `find` belongs to the domain that has the subjects."""
        self._finders[kind] = find

    def file(self, file: File) -> None:
        """Hand every report to `file`, which makes a case of it."""
        self._file = file

    def listen(self, kind: Kind, listener: Listener, withdrawn: Listener = lambda *_: None) -> None:
        """Be told of each report of this kind, and of each that is taken back."""
        self._listeners[kind], self._withdrawals[kind] = listener, withdrawn

    def record(self, record: Record) -> None:
        """Be told, in its transaction, of whoever sees more or less from now on."""
        self._records.append(record)

    def add(self, who: Identity, subject: Subject, reason: Reason, text: str) -> str:
        """Report a subject and return the report's id. Reporting it again changes the open report. Blocks.

        Raises TooManyReports, CannotReportYourself, InvalidRequest, and what the subject's domain raises if there is
        no such subject.
        """
        said = clean_lines(text, REPORT_TEXT_CHARS_MAX)
        if said is None:
            raise InvalidRequest(f"The text of a report must have at most {REPORT_TEXT_CHARS_MAX} characters.")
        find = self._finders.get(subject.kind)
        if find is None:
            raise InvalidRequest(f"A {subject.kind} cannot be reported here.")

        def write(connection: Connection) -> str:
            about = find(connection, subject.id, who)
            if about == who.id:
                raise CannotReportYourself
            mine = select(func.count()).where(reports.c.reporter == who.id, reports.c.state == "open")
            if connection.execute(mine).scalar_one() >= OPEN_REPORTS_MAX:
                raise TooManyReports
            row = {
                "id": new_id(), "reporter": who.id, "kind": subject.kind, "subject": subject.id, "about": about,
                "reason": reason, "text": said, "at": self._clock(),
            }  # fmt: skip
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            new = dialect.insert(reports).values(row)
            changed = new.on_conflict_do_update(
                index_elements=[reports.c.reporter, reports.c.kind, reports.c.subject],
                index_where=_OPEN,  # literally: a prepared statement matches no partial index by a parameter
                set_={"reason": new.excluded.reason, "text": new.excluded.text},
            )
            report = str(connection.execute(changed.returning(reports.c.id)).scalar_one())
            self._record(connection, who)
            self._file(connection, subject, about, reason, report != row["id"])
            return report

        report = self._database.write(write)
        if subject.kind in self._listeners:
            self._listeners[subject.kind](who, subject.id)
        return report

    def own(self, who: Identity, kind: Kind | None, cursor: str, limit: int) -> Page[Report]:
        """Somebody's own open reports, newest first. Blocks."""
        query = select(reports).where(reports.c.reporter == who.id, reports.c.state == "open")
        if kind is not None:
            query = query.where(reports.c.kind == kind)
        if cursor:
            query = query.where(reports.c.id < cursor)
        newest = query.order_by(reports.c.id.desc()).limit(limit + 1)
        rows = self._database.read(lambda c: c.execute(newest).all())
        return Page([_shown(row) for row in rows[:limit]], rows[limit - 1].id if len(rows) > limit else None)

    def withdraw(self, who: Identity, report: str) -> None:
        """Take back an open report: its subject is shown again. Blocks. Raises ReportNotFound."""
        mine = delete(reports).where(
            reports.c.id == report, reports.c.reporter == who.id, reports.c.state == "open"
        )  # fmt: skip

        def write(connection: Connection) -> Any:
            gone = connection.execute(mine.returning(reports.c.kind, reports.c.subject)).first()
            if gone is not None:
                self._record(connection, who)
            return gone

        subject = self._database.write(write)
        if subject is None:
            raise ReportNotFound
        if subject.kind in self._withdrawals:
            self._withdrawals[subject.kind](who, subject.subject)

    def hidden(self, connection: Connection, reporter: str, kind: Kind, subjects: Collection[str]) -> set[str]:
        """Those of the subjects that this person has reported."""
        if not subjects:
            return set()
        given = {"reporter": reporter, "kind": kind, "subjects": [*subjects]}
        return set(connection.execute(_REPORTED, given).scalars().all())

    def reporters(self, connection: Connection, person: str, among: Collection[str]) -> set[str]:
        """Those of these people who have reported a person."""
        if not among:
            return set()
        mine = reports.c.kind == "person", reports.c.subject == person, reports.c.reporter.in_(among)
        return set(connection.execute(select(reports.c.reporter).where(*mine)).scalars())

    def _record(self, connection: Connection, who: Identity) -> None:
        for record in self._records:
            record(connection, who.id)


def _shown(row: Row[Any]) -> Report:
    return Report(row.id, Subject(row.kind, row.subject), row.reason, row.text, row.at)
