"""Does what was asked for, step by step. Each step can be repeated, and the last one done is noted after it: whoever
takes over a job that was killed goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import structlog
from sqlalchemy import Connection, MetaData, Row, select, update

from core.clock import Clock
from core.database import Database
from core.jobs import Job
from core.outages import is_outage
from core.privacy import Hooks, NotYet
from people.leaving.erasing import living
from trust.privacy.erasure.erasures import Erasures
from trust.privacy.erasure.journal import Journal, digest_of
from trust.privacy.erasure.rows import erase_rows
from trust.privacy.erasure.traces import Sought, sought_of, traces
from trust.privacy.tables import privacy_erasures

ERASURES_AT_ONCE = 100
PEOPLE_AT_ONCE = 1_000

log = structlog.get_logger("privacy")
Step = Callable[[str], None]


class Erasing:
    """All methods block."""

    def __init__(
        self, database: Database, clock: Clock, metadata: MetaData, hooks: Hooks, erasures: Erasures, journal: Journal
    ) -> None:
        self._database = database
        self._clock = clock
        self._metadata = metadata
        self._hooks = hooks
        self._erasures = erasures
        self._journal = journal

    def steps(self) -> dict[str, Step]:
        """Every step by name, in order."""
        return {
            "journal": self._journal.append,
            "words": self._note_words,
            **self._hooks.steps("content"),
            "rows": self._rows,
            **self._hooks.steps("last"),
            **self._hooks.steps("index"),
            "proof": self._prove,
        }

    def run(self, job: Job, *, held: bool = False) -> None:
        """Go on with every erasure that is due, or with those of which something was held back."""
        self.go_on(job, held=held)

    def go_on(self, job: Job | None = None, *, held: bool = False) -> int:
        """As `run`. One that fails is logged and does not stop the others. Returns how many did not come to an end."""
        after, waiting = "", 0
        while rows := self._database.read(lambda c: self._erasures.due(c, after, ERASURES_AT_ONCE, held=held)):  # noqa: B023
            after = rows[-1].id
            for row in rows:
                if job is not None:
                    job.progress("erasing", 0)
                waiting += not self._tried(row)
        return waiting

    def _tried(self, row: Row[Any]) -> bool:
        try:
            self.erase(row)
        except NotYet as reason:
            log.info("erasure waits", erasure=row.id, step=row.step, reason=str(reason))
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("erasure failed", erasure=row.id)
        else:
            return True
        return False

    def erase(self, row: Row[Any]) -> None:
        """Go on with one. Raises NotYet, and what a step raises."""
        if row.state == "held":
            self._rows(row.person)
            self._finish(row)
            return
        names = list(self.steps())
        if row.state == "waiting":
            self._note(row.id, state="running")
        for name in names[names.index(row.step) + 1 if row.step in names else 0 :]:
            self.steps()[name](row.person)
            self._note(row.id, step=name)
        self._finish(row)

    def replay(self) -> int:
        """Erase again those whom the database has although the journal says that they were erased: it was restored
        from an older backup. They are hidden at once. Returns how many there were."""
        entries = self._journal.unknown()
        known = {bytes.fromhex(entry.digest) for entry in entries.values()}
        after, revived = "", 0
        while known and (people := self._database.read(lambda c: living(c, after, PEOPLE_AT_ONCE))):  # noqa: B023
            after = people[-1]
            for person in people:
                if digest_of(person) in known:
                    self._database.write(partial(self._replay_one, person))
                    revived += 1
        self._journal.note(entries)  # last: whoever is interrupted begins anew
        return revived

    def _replay_one(self, person: str, connection: Connection) -> None:
        self._erasures.replay(connection, person)

    def _note(self, erasure: str, **values: object) -> None:
        self._database.write(
            lambda c: c.execute(update(privacy_erasures).where(privacy_erasures.c.id == erasure).values(values))
        )

    def _finish(self, row: Row[Any]) -> None:
        kinds = self._held(row.person)
        values: dict[str, object] = {"state": "held" if kinds else "done", "held": kinds, "words": {}}
        if not row.done_at:
            values["done_at"] = self._clock()
        if row.state != "held" or not kinds:
            log.info("erased", erasure=row.id, person=row.person, held=kinds)
        self._note(row.id, **values)

    def _held(self, person: str) -> list[str]:
        return sorted(
            {hold.kind for hold in self._database.read(lambda c: self._hooks.holding(c, person)) if hold.kind}
        )

    def _rows(self, person: str) -> None:
        erase_rows(self._database, self._metadata, person, self._held(person))

    def _note_words(self, person: str) -> None:
        """What the search at the end looks for; afterwards nothing knows it any more."""
        words = msgspec.to_builtins(self._database.read(lambda c: sought_of(c, self._metadata, person)))
        mine = update(privacy_erasures).where(*_running(person))
        self._database.write(lambda c: c.execute(mine.values(words=words)))

    def _prove(self, person: str) -> None:
        words = self._database.read(
            lambda c: c.execute(select(privacy_erasures.c.words).where(*_running(person))).scalar()
        )
        if words:
            found = [
                msgspec.to_builtins(one)
                for one in traces(self._database, self._metadata, msgspec.convert(words, Sought))
            ]
            mine = update(privacy_erasures).where(*_running(person))
            self._database.write(lambda c: c.execute(mine.values(found=found)))


def _running(person: str) -> tuple[Any, ...]:
    return privacy_erasures.c.person == person, privacy_erasures.c.state == "running"
