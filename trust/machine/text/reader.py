"""Reads lines of chat after they were committed: chat never waits for it. Under 60 µs a line, on the event loop.

What it marks becomes a case. Reading goes on while the database is away; marks beyond MARKED_MAX are dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

import structlog
from sqlalchemy import Connection, select

from core.database import Database
from core.outages import is_outage
from trust.machine.judging.bands import Threshold
from trust.machine.judging.judge import Judge, Verdict
from trust.machine.judging.thresholds import Thresholds
from trust.machine.learning.heads import Head, live_heads, text_score
from trust.machine.meaning.thinker import Thinker
from trust.machine.tables import machine_words
from trust.machine.text.lists import WORDS
from trust.machine.text.ngrams import runs
from trust.machine.text.normalize import normalized

MARKED_MAX = 1_000  # lines that wait for their case
RELOAD_S = 30.0
PHRASE_WORDS_MAX = 5
LIST = "list"
LISTED = 0.9  # the score of a phrase of a list: no probability, only an order
WORDS_MAX = 5_000  # of admins

log = structlog.get_logger("moderation")


class Marked(NamedTuple):
    line: str
    about: str
    verdict: Verdict


class Reader:
    def __init__(self, database: Database, judge: Judge, thinker: Thinker) -> None:
        """`thinker`: reads on where nothing is marked here."""
        self._database = database
        self._judge = judge
        self._thinker = thinker
        self._phrases: dict[str, str] = {word: reason for reason, words in WORDS.items() for word in words}
        self._first = _first_words(self._phrases)
        self._heads: list[tuple[Head, Threshold]] = []
        self._marked: deque[Marked] = deque()
        self._woken = asyncio.Event()
        self.dropped = 0

    def hear(self, line: str, about: str, text: str) -> None:
        """A line was said. On the event loop."""
        marked = self.read(text)
        if marked is None:
            self._thinker.hear_line(line, about)
            return
        if len(self._marked) >= MARKED_MAX:
            self.dropped += 1
            return
        self._marked.append(Marked(line, about, marked))
        self._woken.set()

    def read(self, text: str) -> Verdict | None:
        """What a line says that somebody should look at; None: nothing."""
        words = normalized(text)
        found = self._listed(words)
        if found is not None:
            return Verdict("look", found, LISTED, LIST)
        if not self._heads or not words:
            return None
        some = runs(words)
        for head, threshold in self._heads:
            score = text_score(head, some)
            if threshold.band(score) != "nothing":
                return Verdict("look", head.label, score, head.hash)
        return None

    def _listed(self, words: list[str]) -> str | None:
        first = self._first
        for start, word in enumerate(words):
            if word not in first:
                continue
            for count in range(1, PHRASE_WORDS_MAX + 1):
                found = self._phrases.get(" ".join(words[start : start + count]))
                if found is not None:
                    return found
        return None

    async def run(self) -> None:
        """Open the cases, and follow what admins and learning change, until cancelled."""
        while True:
            try:
                await self._database.executor.run(self.reload)
                await self._open_cases()
            except Exception as error:
                if not is_outage(error):
                    raise
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), RELOAD_S)
            self._woken.clear()

    def reload(self) -> None:
        """Blocks."""
        own = select(machine_words.c.words, machine_words.c.label).limit(WORDS_MAX)

        def read(connection: Connection) -> tuple[dict[str, str], list[tuple[Head, Threshold]]]:
            phrases = {row.words: row.label for row in connection.execute(own)}
            heads = live_heads(connection, "text")
            thresholds = Thresholds(lambda: 0)
            return phrases, [(head, thresholds.of(connection, head.label, head.hash)) for head in heads]

        phrases, self._heads = self._database.read(read)
        self._phrases = {word: reason for reason, words in WORDS.items() for word in words} | phrases
        self._first = _first_words(self._phrases)

    async def _open_cases(self) -> None:
        while self._marked:
            one = self._marked[0]
            await self._database.write_async(lambda c, one=one: self._judge.line(c, *one))  # type: ignore[misc]
            self._marked.popleft()


def _first_words(phrases: Iterable[str]) -> frozenset[str]:
    return frozenset(phrase.partition(" ")[0] for phrase in phrases)
