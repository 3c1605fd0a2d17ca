"""Decisions that wait for no queue: what is on air now, and what an authority wants gone within an hour."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection, select, update

from core.clock import Clock
from core.identity import Identity
from trust.cases.decisions import Decisions, Made, Verdict
from trust.cases.intake import Intake, note
from trust.cases.queue import Queue
from trust.cases.tables import cases
from trust.reports import Reason, Subject

FOUND = "found"
"""The event of a case that somebody of the staff has opened to decide it; its detail says where."""


class Direct:
    def __init__(
        self, clock: Clock, queue: Queue, decisions: Decisions, intake: Intake, moderators: Callable[[Connection], int]
    ) -> None:
        self._clock = clock
        self._queue = queue
        self._decisions = decisions
        self._intake = intake
        self._moderators = moderators

    def decide(
        self, connection: Connection, who: Identity, subject: Subject, about: str, reason: Reason, verdict: Verdict,
        where: str,
    ) -> Made:  # fmt: skip
        """Take the case of this subject from whoever holds it, and decide it. `where`: what led to it, in a code.

        After the commit, announce the person and wake the effects. Raises CaseNotFound about what is one's own or was
        reported by oneself, DecisionNotPossible, NotAllowed.
        """
        case = self._case(connection, who, subject, about, reason, where)
        _, token = self._queue.claim_one(connection, who, case, moderators=self._moderators(connection))
        return self._decisions.decide(connection, who, case, token, verdict, alone=True)

    def _case(
        self, connection: Connection, who: Identity, subject: Subject, about: str, reason: Reason, where: str
    ) -> str:
        """The subject's case, open and held by nobody. An appeal that waits is heard afterwards: it shields nothing."""
        now = self._clock()
        query = select(cases.c.id, cases.c.state).where(cases.c.kind == subject.kind, cases.c.subject == subject.id)
        row = connection.execute(query.with_for_update()).first()
        if row is None:
            made = self._intake.open(connection, subject, about, reason)
            note(connection, now, made, who.id, FOUND, where)
            return made
        free: dict[str, object] = {"holder": "", "lease_until": 0, "token": None}
        if row.state in ("decided", "appealed"):
            free |= {"state": "open", "decided_by": "", "opened_at": now}
            note(connection, now, row.id, who.id, FOUND, where)
        connection.execute(update(cases).where(cases.c.id == row.id).values(free))
        return str(row.id)
