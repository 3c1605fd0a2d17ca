"""Appeals: once for each decision, within six months, heard by somebody else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from core.clock import Clock
from core.errors import InvalidRequest
from core.identity import Identity
from core.text import clean_lines
from people.inbox.notices import Notice, Notifies
from trust.audit.chain import Audit
from trust.cases.decisions import REASON_CHARS_MAX, Decisions, appealed_of, heard_next
from trust.cases.intake import note
from trust.cases.queue import Queue
from trust.cases.rules import APPEAL_DAYS, DAY_MS
from trust.cases.subjects import Subjects
from trust.cases.tables import cases, decisions
from trust.errors import AppealNotPossible, DecisionNotFound, DecisionNotPossible

APPEAL_CHARS_MAX = 2_000


class Appeals:
    def __init__(
        self, clock: Clock, queue: Queue, decided: Decisions, subjects: Subjects, audit: Audit, inbox: Notifies
    ) -> None:
        self._clock = clock
        self._queue = queue
        self._decided = decided
        self._subjects = subjects
        self._audit = audit
        self._inbox = inbox

    def appeal(self, connection: Connection, who: Identity, decision: str, text: str) -> None:
        """Ask for a decision about oneself to be looked at again. Raises DecisionNotFound, AppealNotPossible."""
        said = clean_lines(text, APPEAL_CHARS_MAX)
        if not said:
            raise InvalidRequest(f"An appeal must have 1 to {APPEAL_CHARS_MAX} characters, one of them visible.")
        query = select(decisions).where(decisions.c.id == decision, decisions.c.about == who.id).with_for_update()
        row = connection.execute(query).first()
        if row is None or row.untold or not (row.content != "keep" or row.measure != "none"):
            raise DecisionNotFound
        now = self._clock()
        if row.state != "standing" or now > row.told_at + APPEAL_DAYS * DAY_MS:
            raise AppealNotPossible
        appealed = {"state": "appealed", "appeal": said, "appealed_at": now}
        connection.execute(update(decisions).where(decisions.c.id == decision).values(appealed))
        # While the case waits for something else, that comes first, then the appeal: nobody appeals reports away.
        again = update(cases).where(cases.c.id == row.case, cases.c.state == "decided")
        connection.execute(again.values(**heard_next(row.by, now), opened_at=now, version=cases.c.version + 1))
        note(connection, now, row.case, who.id, "appealed", decision)

    def judge(
        self, connection: Connection, who: Identity, case: str, token: str, *, reverse: bool, reason: str
    ) -> Row[Any]:
        """Decide an appeal that `who` holds: the decision is upheld, or reversed with all it did. Returns the decision.

        Raises CaseLost, DecisionNotPossible.
        """
        row = self._queue.held(connection, who, case, token)
        said = clean_lines(reason, REASON_CHARS_MAX)
        if row.state != "appealed" or not said:
            raise DecisionNotPossible("Give your reason; only an appeal can be judged.")
        decision = connection.execute(appealed_of(case)).first()
        if decision is None:
            raise DecisionNotPossible
        now, state = self._clock(), "reversed" if reverse else "upheld"
        judged = {"state": state, "judged_by": who.id, "judgement": said, "judged_at": now}
        connection.execute(update(decisions).where(decisions.c.id == decision.id).values(judged))
        if reverse:
            self._undo(connection, decision)
        self._decided.close(connection, row, who.id, heard=True)
        note(connection, now, case, who.id, state, decision.id)
        self._audit.append(connection, who.id, state, decision.id)
        self._inbox.tell(connection, [Notice(row.about, "decision", row.about, item=f"{decision.id}.2", text=state)])
        return decision

    def _undo(self, connection: Connection, decision: Row[Any]) -> None:
        """Another decision that hides the same stands on its own."""
        kind = self._subjects.of(decision.kind)
        same = decisions.c.kind == decision.kind, decisions.c.subject == decision.subject
        hiding = select(func.count()).where(*same, decisions.c.content == "hide", decisions.c.state != "reversed")
        if decision.content == "hide" and kind.restore and not connection.execute(hiding).scalar_one():
            kind.restore(connection, decision.subject)
        self._decided.restrict(connection, decision.about)
        self._decided.undone(connection, decision.id)
