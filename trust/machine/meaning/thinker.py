"""Reads for meaning what no list and no model of letters has marked: after the commit, in a child process.

Captions, comments, titles, profiles, products, reviews and reported lines always; lines of new accounts as far as a
budget goes. Nothing waits for it; what does not fit into the queue is left out. It marks, and a person decides.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from core.clock import Clock
from core.database import Database
from core.executors import BoundedExecutor
from core.ids import first_id
from core.outages import is_outage
from trust.cases.subjects import Subjects
from trust.cases.tables import cases
from trust.machine.judging.bands import Threshold
from trust.machine.judging.judge import Judge, Verdict
from trust.machine.judging.thresholds import Thresholds
from trust.machine.learning.heads import Head, live_heads, scores
from trust.machine.meaning.meanings import Meanings
from trust.machine.meaning.messages import TEXTS_MAX
from trust.reports import Subject

QUEUE_MAX = 1_000
TICK_S = 1.0
RELOAD_S = 30.0
WAIT_MS = 2_000  # until whoever writes has surely committed
LINES_PER_S = 5  # of new accounts: 7 % of a core
NEW_DAYS = 7
DAY_MS = 24 * 3_600_000


class Heard(NamedTuple):
    """`about`: empty where it is not known."""

    subject: Subject
    about: str
    at: int


class Thinker:
    def __init__(self, database: Database, clock: Clock, subjects: Subjects, judge: Judge, meanings: Meanings) -> None:
        self._database = database
        self._clock = clock
        self._subjects = subjects
        self._judge = judge
        self._meanings = meanings
        self._heads: list[tuple[Head, Threshold]] = []
        self._heard: deque[Heard] = deque()
        self._lines_left = LINES_PER_S
        self._new_since = ""  # ids of accounts that are new are greater
        self.dropped = 0

    def hear(self, subject: Subject, about: str = "") -> None:
        """It says something. On any thread."""
        if not self._heads:
            return
        if len(self._heard) >= QUEUE_MAX:
            self.dropped += 1
            return
        self._heard.append(Heard(subject, about, self._clock()))

    def hear_line(self, line: str, about: str) -> None:
        """Somebody has said a line. On the event loop."""
        if self._heads and self._lines_left > 0 and about > self._new_since:
            self._lines_left -= 1
            self.hear(Subject("line", line), about)

    async def run(self) -> None:
        """Until cancelled."""
        thread, ticks = BoundedExecutor("moderation-meaning", 1, 1), 0
        try:
            while True:
                try:
                    if ticks % (RELOAD_S / TICK_S) == 0:
                        await thread.run(self.reload)
                    self._lines_left = LINES_PER_S
                    while await thread.run(self.think):
                        pass
                except Exception as error:
                    if not is_outage(error):
                        raise
                ticks += 1
                await asyncio.sleep(TICK_S)
        finally:
            thread.close()

    def reload(self) -> None:
        """Follow what was learned. Blocks."""

        def read(connection: Connection) -> list[tuple[Head, Threshold]]:
            heads, thresholds = live_heads(connection, "meaning"), Thresholds(self._clock)
            return [(head, thresholds.of(connection, head.label, head.hash)) for head in heads]

        self._heads = self._database.read(read) if self._meanings.possible else []
        self._new_since = first_id(self._clock() - NEW_DAYS * DAY_MS)

    def think(self) -> bool:
        """Read some of what was heard; whether there was any. What waits is not lost with a child. Blocks."""
        some: list[Heard] = []
        if not self._meanings.ready:
            return False
        before = self._clock() - WAIT_MS
        while self._heard and len(some) < TEXTS_MAX and self._heard[0].at <= before:
            some.append(self._heard.popleft())
        said = self._database.read(lambda c: self._said(c, some)) if some else []
        vectors = self._meanings.of([text for _, text in said])
        if vectors is not None:
            guesses = [scores(head, vectors) for head, _ in self._heads]
            for number, (one, text) in enumerate(said):
                self._mark(one, text, [float(guess[number]) for guess in guesses])
        return bool(some)

    def _said(self, connection: Connection, heard: Sequence[Heard]) -> list[tuple[Heard, str]]:
        """What is still there, whose it is, and what it says."""
        found = []
        for one in heard:
            text = self._subjects.evidence(connection, one.subject.kind, one.subject.id)
            about = one.about or _about(connection, one.subject)
            if text.strip() and about:
                found.append((one._replace(about=about), text))
        return found

    def _mark(self, one: Heard, text: str, guesses: Sequence[float]) -> None:
        marked = [
            Verdict("look", head.label, guess, head.hash)
            for (head, threshold), guess in zip(self._heads, guesses, strict=True)
            if threshold.band(guess) != "nothing"
        ]
        if marked:
            worst = max(marked, key=lambda verdict: verdict.score)
            self._database.write(lambda c: self._open(c, one, text, worst))

    def _open(self, connection: Connection, one: Heard, text: str, worst: Verdict) -> None:
        """Unless it was erased while it was read, or says something else, which is heard by itself."""
        kind, subject = one.subject.kind, one.subject.id
        if self._subjects.evidence(connection, kind, subject) == text:
            self._judge.open_case(connection, kind, subject, one.about, worst, None, text)


def _about(connection: Connection, subject: Subject) -> str:
    """Of what was reported, the case knows it."""
    mine = select(cases.c.about).where(cases.c.kind == subject.kind, cases.c.subject == subject.id)
    return str(connection.execute(mine).scalar() or "")
