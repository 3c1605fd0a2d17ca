"""Opens the machine: what looks at uploads and live rooms, what judges, and what learns."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import Connection

from core.core import Core
from core.errors import Overloaded
from core.executors import BoundedExecutor
from core.jobs import Job, JobKind, Lane, Schedule
from core.part import Run
from trust.cases.intake import Intake
from trust.cases.subjects import Subjects
from trust.machine.judging.judge import Judge, Watch
from trust.machine.judging.originals import Originals
from trust.machine.judging.seen import Seen
from trust.machine.judging.thresholds import Thresholds
from trust.machine.learning.forgetting import forget
from trust.machine.learning.labels import Labels
from trust.machine.learning.learner import Learner
from trust.machine.live.sampler import Sampler
from trust.machine.meaning.filling import Filling
from trust.machine.meaning.meanings import Meanings
from trust.machine.meaning.thinker import Thinker
from trust.machine.packages import missing
from trust.machine.sight.process import Looker
from trust.machine.text.reader import Reader
from trust.machine.text.written import Written

IDLE_S = 300.0
LEARN_EVERY_S = 24 * 3_600.0
_REST_EVERY_S = 60.0

log = structlog.get_logger("moderation")


@dataclass(frozen=True, slots=True)
class Machine:
    judge: Judge
    thresholds: Thresholds
    sampler: Sampler
    reader: Reader
    written: Written
    labels: Labels
    learner: Learner
    meanings: Meanings
    thinker: Thinker
    filling: Filling
    uploads: Looker
    originals: Originals

    def look(self, stills: Path, width: int, height: int, count: int) -> Seen:
        """Blocks. One at a time."""
        return Watch(self.uploads).look(stills, width, height, count)

    def decided(self, connection: Connection, decision: str) -> None:
        """A person has decided, or reversed a decision."""
        row = self.labels.note(connection, decision)
        if row is not None:
            hidden = row.content == "hide" and row.state != "reversed"
            self.judge.decided(connection, row.kind, row.subject, hidden=hidden)

    @property
    def learning(self) -> Schedule:
        return Schedule("trust.learn", LEARN_EVERY_S, JobKind(self._learn, Lane.TRUST))

    def _learn(self, _: Job) -> None:
        self.filling.fill()
        self.learner.learn()

    @property
    def tasks(self) -> Mapping[str, Run]:
        return {
            "machine-live": self.sampler.run, "machine-text": self.reader.run, "machine-meaning": self.thinker.run,
            "machine-rest": self._rest,
        }  # fmt: skip

    async def _rest(self) -> None:
        if off := missing():
            log.info("automated moderation is off in part: pip install cadeau[moderation]", off=off)
        thread = BoundedExecutor("moderation-rest", 1, 1)
        while True:
            await asyncio.sleep(_REST_EVERY_S)
            with contextlib.suppress(Overloaded):  # it waits for the child that is looking right now
                await thread.run(self.uploads.rest, IDLE_S)
                await thread.run(self.meanings.rest, IDLE_S)

    def close(self) -> None:
        self.uploads.close()
        self.meanings.close()
        self.sampler.close()


def open_machine(core: Core, subjects: Subjects, intake: Intake) -> Machine:
    """Starts nothing: the child processes start when there is something to look at."""
    thresholds = Thresholds(core.clock)
    percent = core.settings.moderation_sample_percent
    judge = Judge(core.clock, subjects, intake, thresholds, sample_percent=percent)
    core.privacy.step("what was learned", lambda person: core.database.write(lambda c: forget(c, person)))
    meanings = Meanings()
    thinker = Thinker(core.database, core.clock, subjects, judge, meanings)
    reader = Reader(core.database, judge, thinker)
    return Machine(
        judge=judge,
        thresholds=thresholds,
        sampler=Sampler(core.database, judge, Looker()),
        reader=reader,
        written=Written(reader, thinker, intake),
        labels=Labels(core.clock, subjects),
        learner=Learner(core.database, core.clock),
        meanings=meanings,
        thinker=thinker,
        filling=Filling(core.database, meanings),
        uploads=Looker(),
        originals=Originals(),
    )
