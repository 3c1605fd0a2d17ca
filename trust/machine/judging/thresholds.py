"""Where each label begins to be looked at and held: the admins' settings and what decisions prove."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, case, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from trust.machine.judging.bands import (
    LOOK_DEFAULT,
    LOOK_DEFAULTS,
    TARGET_DEFAULT,
    Decided,
    Threshold,
    hold_from,
)
from trust.machine.tables import machine_heads, machine_labels, machine_thresholds

DECISIONS_MAX = 5_000  # the newest of a label


class Thresholds:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def of(self, connection: Connection, label: str, model: str) -> Threshold:
        look, target = self.settings(connection, label)
        hold = hold_from(self.decided(connection, label, model), target)
        return Threshold(look, None if hold is None else max(hold, look))

    def settings(self, connection: Connection, label: str) -> tuple[float, float]:
        """(from which score a case is opened, the precision that holding needs)."""
        mine = select(machine_thresholds).where(machine_thresholds.c.label == label)
        row = connection.execute(mine).first()
        if row is None:
            return LOOK_DEFAULTS.get(label, LOOK_DEFAULT), TARGET_DEFAULT
        return row.look, row.target

    def decided(self, connection: Connection, label: str, model: str) -> list[Decided]:
        """Scores of this model that people have decided about, none of which it has learned from."""
        since = select(func.max(machine_heads.c.made_at)).where(machine_heads.c.hash == model)
        learned = connection.execute(since).scalar() or 0
        meant = machine_labels.c.meaning_model == model
        score = case((meant, machine_labels.c.meaning_score), else_=machine_labels.c.score).label("score")
        query = select(score, machine_labels.c.right).where(
            machine_labels.c.label == label, or_(meant, machine_labels.c.model == model), machine_labels.c.at > learned,
            score.is_not(None),
        )  # fmt: skip
        newest = query.order_by(machine_labels.c.at.desc()).limit(DECISIONS_MAX)
        return [Decided(row.score, bool(row.right)) for row in connection.execute(newest)]

    def set(self, connection: Connection, label: str, look: float, target: float, by: str) -> None:
        values: dict[str, Any] = {"look": look, "target": target, "set_by": by, "set_at": self._clock()}
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        new = dialect.insert(machine_thresholds).values(label=label, **values)
        connection.execute(new.on_conflict_do_update(index_elements=["label"], set_=values))

    def reset(self, connection: Connection, label: str) -> None:
        connection.execute(delete(machine_thresholds).where(machine_thresholds.c.label == label))
