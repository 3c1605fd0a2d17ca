"""The judge: what follows from what the machine saw. A case at most, and waiting for it; never more."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from trust.cases.intake import SAMPLE, Intake
from trust.cases.subjects import Subjects
from trust.machine.judging import seen as seeing
from trust.machine.judging.bands import Band
from trust.machine.judging.copies import Copies, Copy
from trust.machine.judging.seen import Seen
from trust.machine.judging.thresholds import Thresholds
from trust.machine.learning.heads import Head, live_heads, scores
from trust.machine.sight.messages import Answer
from trust.machine.sight.process import Looker
from trust.machine.tables import machine_sights
from trust.reports import Reason, Subject

PICTURES: Reason = "nudity"
COPY = "copy"
_ORDER: dict[Band, int] = {"nothing": 0, "look": 1, "hold": 2}
_RGB_BYTES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """`label`: why; a reason, or copy. `model`: the hash of what gave the score."""

    band: Band
    label: str
    score: float
    model: str


class Judge:
    def __init__(
        self, clock: Clock, subjects: Subjects, intake: Intake, thresholds: Thresholds, *, sample_percent: int = 0,
        chance: Callable[[], float] = random.random,
    ) -> None:  # fmt: skip
        """`sample_percent`: of the uploads below the line, which somebody looks at without knowing that they are: else
        nobody would learn what the machine misses."""
        self._clock = clock
        self._subjects = subjects
        self._intake = intake
        self._thresholds = thresholds
        self._copies = Copies()
        self._sample_percent = sample_percent
        self._chance = chance

    def video(self, connection: Connection, video: str, about: str, seen: Seen) -> Band:
        """A video has become ready, in this transaction. On `hold`, nobody but its owner and moderators sees it."""
        copy = self._copies.find(connection, seen, but=video)
        verdicts = []
        if seen.score is not None:
            verdicts.append(self._verdict(connection, PICTURES, seen.score, seen.model))
        verdicts += [self._learned(connection, head, seen) for head in live_heads(connection, "picture")]
        if copy is not None:
            verdicts.append(self._verdict(connection, COPY, copy.likeness, seen.model))
        worst = max(verdicts, key=lambda one: (_ORDER[one.band], one.score), default=None)
        band: Band = worst.band if worst is not None else "nothing"
        self.note(connection, "video", video, about, seen, band, copy, held=band == "hold")
        if worst is not None and band == "nothing" and self._chance() * 100 < self._sample_percent:
            reason = self._reason_of(connection, worst, copy)
            self._intake.machine(connection, Subject("video", video), about, reason, worst.score, SAMPLE)
        if worst is None or band == "nothing":
            return band
        self.open_case(connection, "video", video, about, worst, copy)
        hide = self._subjects.of("video").hide
        if band == "hold" and hide is not None:
            hide(connection, video)
        return band

    def room(self, connection: Connection, room: str, about: str, answer: Answer) -> Band:
        """A picture of a live room."""
        seen = seeing.of([answer])
        verdict = None if seen.score is None else self._verdict(connection, PICTURES, seen.score, seen.model)
        band: Band = verdict.band if verdict is not None else "nothing"
        if band == "hold" and self._intake.is_decided(connection, "room", room):
            band = "look"  # somebody has looked at it and let it go on
        self.note(connection, "room", room, about, seen, band, None, held=band == "hold", thumbnail=answer.thumbnail)
        if verdict is not None and band != "nothing":
            self.open_case(connection, "room", room, about, verdict, None)
        return band

    def line(self, connection: Connection, line: str, about: str, verdict: Verdict) -> None:
        """A line of chat, or another text, that a list or a model has marked."""
        self.open_case(connection, "line", line, about, verdict, None)

    def open_case(
        self, connection: Connection, kind: str, subject: str, about: str, verdict: Verdict, copy: Copy | None,
        evidence: str = "",
    ) -> None:  # fmt: skip
        reason: Reason = self._reason_of(connection, verdict, copy)
        detail = f"{verdict.label} {verdict.score:.2f} {verdict.model}" + (
            f" {copy.original}" if copy is not None else ""
        )
        of = Subject(kind, subject)  # type: ignore[arg-type]
        self._intake.machine(connection, of, about, reason, verdict.score, detail, evidence=evidence)

    def note(
        self, connection: Connection, kind: str, subject: str, about: str, seen: Seen, band: Band, copy: Copy | None,
        *, held: bool, thumbnail: bytes = b"",
    ) -> None:  # fmt: skip
        values = {
            "about": about, "at": self._clock(), "model": seen.model, "score": seen.score, "vectors": seen.kept,
            "hashes": seen.hashes, "band": band, "held": int(held), "copy_of": copy.original if copy else "",
            "likeness": copy.likeness if copy else None, "thumbnail": thumbnail,
        }  # fmt: skip
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        new = dialect.insert(machine_sights).values(kind=kind, subject=subject, **values)
        connection.execute(new.on_conflict_do_update(index_elements=["kind", "subject"], set_=values))

    def decided(self, connection: Connection, kind: str, subject: str, *, hidden: bool) -> None:
        """Somebody has decided: it waits no longer, and copies of what is hidden are looked for."""
        mine = machine_sights.c.kind == kind, machine_sights.c.subject == subject
        row = connection.execute(select(machine_sights.c.held).where(*mine)).first()
        if row is None:
            return
        connection.execute(update(machine_sights).where(*mine).values(held=0, hidden=int(hidden)))
        restore = self._subjects.of(kind).restore  # type: ignore[arg-type]
        if row.held and not hidden and restore is not None:
            restore(connection, subject)

    def _verdict(self, connection: Connection, label: str, score: float, model: str) -> Verdict:
        return Verdict(self._thresholds.of(connection, label, model).band(score), label, score, model)

    def _learned(self, connection: Connection, head: Head, seen: Seen) -> Verdict:
        score = float(scores(head, seen.vectors).max()) if len(seen.vectors) else 0.0
        return self._verdict(connection, head.label, score, head.hash)

    def _reason_of(self, connection: Connection, verdict: Verdict, copy: Copy | None) -> Reason:
        """A copy is looked at for what its original was hidden for."""
        if copy is None or verdict.label != COPY:
            return verdict.label  # type: ignore[return-value]
        return self._intake.reason_of(connection, "video", copy.original) or "other"


class Watch:
    """Looks at the stills of a video, in a child process. Blocks; one at a time."""

    def __init__(self, looker: Looker) -> None:
        self._looker = looker

    def look(self, stills: Path, width: int, height: int, count: int) -> Seen:
        size = width * height * _RGB_BYTES
        answers: list[Answer] = []
        with stills.open("rb") as file:
            for _ in range(count):
                answer = self._looker.look_at(width, height, file.read(size))
                if answer is None:  # it has died or hangs: the video must not wait for it
                    break
                answers.append(answer)
        return seeing.of(answers)
