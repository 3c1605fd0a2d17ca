"""Labels: what a decision teaches. A reversed one teaches the opposite; silence teaches nothing."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from trust.cases.subjects import Subjects
from trust.cases.tables import cases, decisions
from trust.machine.judging.seen import vectors_of
from trust.machine.learning.heads import live_heads, scores, text_score
from trust.machine.sight.messages import VECTOR_BYTES
from trust.machine.tables import machine_labels, machine_sights
from trust.machine.text.language import language_of
from trust.machine.text.ngrams import runs
from trust.machine.text.normalize import normalized

COPY = "copy"
READ_KINDS = ("line", "comment", "review", "product")
SEEN_KINDS = ("video", "room")


class Labels:
    def __init__(self, clock: Clock, subjects: Subjects) -> None:
        self._clock = clock
        self._subjects = subjects

    def note(self, connection: Connection, decision: str) -> Row[Any] | None:
        """Learn from a decision, or from its reversal. Returns its row."""
        row = connection.execute(
            select(decisions, cases.c.reason.label("about_what"), cases.c.evidence)
            .join(cases, cases.c.id == decisions.c.case)
            .where(decisions.c.id == decision)
        ).first()
        if row is None:
            return None
        wrong = row.state == "reversed" or (row.content == "keep" and row.measure == "none")
        values = self._seen(connection, row) if row.kind in SEEN_KINDS else self._read(connection, row)
        if values is not None:
            common = {
                "subject": row.subject, "about": row.about, "right": int(not wrong), "at": self._clock(),
            }  # fmt: skip
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            new = dialect.insert(machine_labels).values(decision=decision, **common, **values)
            connection.execute(new.on_conflict_do_update(index_elements=["decision"], set_={"right": common["right"]}))
        return row

    def _seen(self, connection: Connection, row: Row[Any]) -> dict[str, Any] | None:
        mine = machine_sights.c.kind == row.kind, machine_sights.c.subject == row.subject
        sight = connection.execute(select(machine_sights).where(*mine)).first()
        if sight is None or not sight.vectors:
            return None
        copied = bool(sight.copy_of)
        label = COPY if copied else row.about_what
        score, model = sight.likeness if copied else sight.score if label == "nudity" else None, sight.model
        for head in live_heads(connection, "picture") if score is None else ():
            if head.label == label:
                score, model = float(scores(head, vectors_of(sight.vectors)).max()), head.hash
        return {
            "label": label, "language": "", "score": score, "model": model,
            "vector": sight.vectors[:VECTOR_BYTES],
        }  # fmt: skip

    def _read(self, connection: Connection, row: Row[Any]) -> dict[str, Any] | None:
        words = normalized(row.evidence)
        if row.kind not in READ_KINDS or not words:
            return None
        some = runs(words)
        head = next((one for one in live_heads(connection, "text") if one.label == row.about_what), None)
        return {
            "label": row.about_what, "language": language_of(words), "vector": some.tobytes(),
            "score": text_score(head, some) if head else None, "model": head.hash if head else "",
        }  # fmt: skip
