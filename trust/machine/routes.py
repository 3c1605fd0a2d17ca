"""Lists and thresholds over HTTP, for staff, with the curves by which to choose them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotAllowed
from core.http import Access, Call, Operation
from trust.audit.chain import Audit
from trust.machine.judging.bands import Decided, hold_from, lower_bound
from trust.machine.judging.thresholds import Thresholds
from trust.machine.learning.heads import Input
from trust.machine.packages import missing
from trust.machine.tables import machine_heads, machine_sights, machine_words
from trust.machine.text.normalize import normalized
from trust.machine.text.reader import PHRASE_WORDS_MAX, WORDS_MAX
from trust.reports import Reason

STEPS = 20  # of a curve
WORDS_CHARS_MAX = 60
LABELS = ("nudity", "copy")


class Step(msgspec.Struct):
    """Everything with at least this `score`: how much was decided, how much of it right, the precision that this
    proves, and how many of what was seen in 30 days would be marked."""

    score: float
    decided: int
    right: int
    proven: float
    marked: int


class LabelView(msgspec.Struct):
    """`hold`: the score from which things wait; null: not enough is proven for that."""

    label: str
    model: str
    look: float
    target: float
    hold: float | None
    decided: int
    curve: list[Step]


class Words(msgspec.Struct):
    words: str
    label: str


class Learned(msgspec.Struct):
    """What decisions have taught. `input`: what it looks at. `live`: whether it works, or is only tried beside."""

    label: str
    input: Input
    live: bool
    decisions: int
    made_at: int  # Unix ms


class MachineView(msgspec.Struct):
    """`off`: parts whose packages are not installed."""

    off: list[str]
    labels: list[LabelView]
    learned: list[Learned]
    words: list[Words]


class NewThreshold(msgspec.Struct, forbid_unknown_fields=True):
    look: Annotated[float, msgspec.Meta(ge=0.05, le=1)]
    target: Annotated[float, msgspec.Meta(ge=0.8, le=0.999)]


class NewWords(msgspec.Struct, forbid_unknown_fields=True):
    words: Annotated[str, msgspec.Meta(min_length=2, max_length=WORDS_CHARS_MAX)]
    label: Reason


class MachineRoutes:
    def __init__(self, database: Database, clock: Clock, thresholds: Thresholds, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._thresholds = thresholds
        self._audit = audit

    def operations(self) -> list[Operation]:
        staff, here = Access.MODERATOR, "/api/moderation/machine"
        return [
            Operation("GET", here, self.view, access=staff),
            Operation("PUT", f"{here}/thresholds/{{label}}", self.set_threshold, access=staff),
            Operation("POST", f"{here}/words", self.add_words, access=staff, status=201),
            Operation("DELETE", f"{here}/words/{{words}}", self.delete_words, access=staff),
        ]

    def view(self) -> MachineView:
        """Get what is off, and every label with its thresholds and curve."""
        return self._database.read(self._view)

    def set_threshold(self, call: Call, label: str, body: NewThreshold) -> None:
        """Set from which score a label is looked at, and the precision that holding needs. Admins only."""
        _must_be_admin(call)
        if label not in LABELS:
            raise InvalidRequest("There is no such label.")
        who = call.identity.id

        def write(connection: Connection) -> None:
            self._thresholds.set(connection, label, body.look, body.target, who)
            self._audit.append(connection, who, "threshold", label, f"{body.look:.3f} {body.target:.3f}")

        self._database.write(write)

    def add_words(self, call: Call, body: NewWords) -> Words:
        """Add words that somebody should look at. Admins only."""
        _must_be_admin(call)
        words = normalized(body.words)
        if not words or len(words) > PHRASE_WORDS_MAX:
            raise InvalidRequest(f"Give 1 to {PHRASE_WORDS_MAX} words.")
        phrase, who = " ".join(words), call.identity.id

        def write(connection: Connection) -> None:
            if connection.execute(select(func.count()).select_from(machine_words)).scalar_one() >= WORDS_MAX:
                raise InvalidRequest(f"A list has at most {WORDS_MAX} entries.")
            values = {"label": body.label, "set_by": who, "set_at": self._clock()}
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            new = dialect.insert(machine_words).values(words=phrase, **values)
            connection.execute(new.on_conflict_do_update(index_elements=["words"], set_=values))
            self._audit.append(connection, who, "words", "", "added")

        self._database.write(write)
        return Words(phrase, body.label)

    def delete_words(self, call: Call, words: str) -> None:
        """Take words off the list. Admins only."""
        _must_be_admin(call)

        def write(connection: Connection) -> None:
            if connection.execute(delete(machine_words).where(machine_words.c.words == words)).rowcount:
                self._audit.append(connection, call.identity.id, "words", "", "removed")

        self._database.write(write)

    def _view(self, connection: Connection) -> MachineView:
        listed = connection.execute(select(machine_words).order_by(machine_words.c.words).limit(WORDS_MAX))
        return MachineView(
            missing(), [self._label(connection, label) for label in LABELS], _learned(connection),
            [Words(row.words, row.label) for row in listed],
        )  # fmt: skip

    def _label(self, connection: Connection, label: str) -> LabelView:
        newest = select(machine_sights.c.model).where(machine_sights.c.model != "").order_by(machine_sights.c.at.desc())
        model = connection.execute(newest.limit(1)).scalar() or ""
        look, target = self._thresholds.settings(connection, label)
        decided = self._thresholds.decided(connection, label, model)
        score = machine_sights.c.score if label == "nudity" else machine_sights.c.likeness
        since = self._clock() - 30 * 24 * 3_600_000
        seen = select(score).where(score.is_not(None), machine_sights.c.at > since)
        found = [float(one) for one in connection.execute(seen.limit(100_000)).scalars()]
        hold = hold_from(decided, target)
        return LabelView(
            label, model, look, target, None if hold is None else max(hold, look), len(decided),
            [_step(number / STEPS, decided, found) for number in range(STEPS)],
        )  # fmt: skip


def _learned(connection: Connection) -> list[Learned]:
    heads = select(machine_heads).where(machine_heads.c.state != "retired")
    rows = connection.execute(heads.order_by(machine_heads.c.label, machine_heads.c.input, machine_heads.c.made_at))
    return [Learned(row.label, row.input, row.state == "live", row.decisions, row.made_at) for row in rows]


def _must_be_admin(call: Call) -> None:
    if call.identity.role != "admin":
        raise NotAllowed("Only admins may do this.")


def _step(score: float, decided: list[Decided], seen: list[float]) -> Step:
    marked: list[Any] = [one for one in decided if one.score >= score]
    right = sum(one.right for one in marked)
    proven = lower_bound(right, len(marked)) if marked else 0.0
    return Step(score, len(marked), right, round(proven, 3), sum(one >= score for one in seen))
