"""The indexer: works off the marks that changes leave, and repairs what no mark tells of."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

import structlog
from sqlalchemy import Connection, delete, select

from core.database import Database
from core.outages import is_outage
from vod.search.index.documents import KINDS, Document, Kind, put, remove
from vod.search.index.marks import Mark, mark, oldest, take
from vod.search.index.vocabulary import prune
from vod.search.index.word_index import WordIndex
from vod.tables import search_documents, search_marks, search_variants

BATCH_SUBJECTS_MAX = 50  # in one transaction: others wait for the same writer
REBUILD_SUBJECTS_MAX = 500  # the same for a command, which has a process of its own
REPAIR_SUBJECTS_MAX = 500  # looked at in one transaction
POLL_S = 1.0  # how long it takes at most until a change is found

log = structlog.get_logger("search")


class Source(Protocol):
    """Where the documents of one kind come from. Both methods may only read.

    A source names only what everybody may see: what it leaves out, nobody finds.
    """

    def documents(self, connection: Connection, ids: Sequence[str]) -> list[Document]:
        """The documents of these subjects, those that everybody may see."""
        ...

    def ids(self, connection: Connection, after: str, limit: int) -> list[str]:
        """The subjects that everybody may see, by id, from the one behind `after`."""
        ...


class Indexer:
    """A kind without a source finds nothing. Every method blocks."""

    def __init__(self, database: Database, index: WordIndex, sources: Mapping[Kind, Source]) -> None:
        self._database = database
        self._index = index
        self._sources = sources

    async def run(self) -> None:
        """Index what changes, until cancelled. Several processes may do so at once. Raises outages of the database."""
        while True:
            done = 0
            try:
                done = await self._database.executor.run(self.work_off)
            except Exception as error:  # the marks are still there
                if is_outage(error):
                    raise
                log.exception("search index not updated")
            if not done:
                await asyncio.sleep(POLL_S)

    def work_off(self, limit: int = BATCH_SUBJECTS_MAX) -> int:
        """Index one batch of marked subjects. Returns how many there were.

        They are read before the transaction that writes, because on SQLite every other write waits for that one. A
        subject that changes in between has a later mark by then, and what was read of it is discarded. A subject that
        cannot be indexed is logged and skipped; it must not stop the others.
        """
        marks = self._database.read(lambda connection: oldest(connection, limit))
        try:
            self._index_marked(marks)
        except Exception as error:
            if is_outage(error):
                raise
            for one in marks:
                self._index_or_skip(one)
        return len(marks)

    def _index_marked(self, marks: Sequence[Mark]) -> None:
        if marks:
            documents = self._database.read(lambda connection: self._read(connection, marks))
            self._database.write(lambda connection: self._write(connection, marks, documents))

    def _index_or_skip(self, one: Mark) -> None:
        try:
            self._index_marked([one])
        except Exception as error:
            if is_outage(error):
                raise
            kind, subject, _ = one
            log.exception("not indexed", kind=kind, subject=subject)
            self._database.write(lambda connection: take(connection, [one]))

    def work_off_all(self, limit: int = BATCH_SUBJECTS_MAX) -> int:
        """Index everything that is marked. Returns how many subjects there were."""
        total = 0
        while done := self.work_off(limit):
            total += done
        return total

    def forget_words(self) -> None:
        """Forget words that nothing has any more, such as the name of somebody who left."""
        prune(self._database, self._index)

    def clear(self) -> None:
        """Forget everything, so that `repair` builds the index anew."""

        def write(connection: Connection) -> None:
            self._index.clear(connection)
            for table in (search_documents, search_marks, search_variants):
                connection.execute(delete(table))

        self._database.write(write)

    def repair(self) -> int:
        """Mark what should be in the index and is not, and the other way round. Returns how many marks it made.

        Changes leave marks by themselves; this is for a database that was restored or changed by hand. Words that
        nothing has any more are forgotten: they would be taken for what somebody meant, and texts can be edited without
        end.
        """
        prune(self._database, self._index)
        return sum(self._repair(kind) for kind in KINDS)

    def _repair(self, kind: Kind) -> int:
        source, after, marked = self._sources.get(kind), "", 0
        while True:
            wrong, last = self._database.read(lambda c: _differences(c, kind, source, after))  # noqa: B023
            if wrong:
                self._database.write(lambda c: mark(c, kind, wrong))  # noqa: B023
                marked += len(wrong)
            if last is None:
                return marked
            after = last

    def _read(self, connection: Connection, marks: Sequence[Mark]) -> dict[tuple[Kind, str], Document]:
        found: dict[tuple[Kind, str], Document] = {}
        for kind in dict.fromkeys(kind for kind, *_ in marks):
            ids = [subject for of, subject, _ in marks if of == kind]
            if source := self._sources.get(kind):
                found |= {(kind, one.id): one for one in source.documents(connection, ids)}
        return found

    def _write(
        self, connection: Connection, marks: Sequence[Mark], documents: Mapping[tuple[Kind, str], Document]
    ) -> None:
        taken = take(connection, marks)
        for kind in KINDS:
            mine = [subject for of, subject in taken if of == kind]
            found = [documents[kind, subject] for subject in mine if (kind, subject) in documents]
            remove(connection, self._index, kind, set(mine) - {document.id for document in found})
            put(connection, self._index, found)


def _differences(connection: Connection, kind: Kind, source: Source | None, after: str) -> tuple[list[str], str | None]:
    """The subjects behind `after` that are only in the source or only in the index, and the last one looked at."""
    indexed = select(search_documents.c.id).where(search_documents.c.kind == kind, search_documents.c.id > after)
    ours = list(connection.execute(indexed.order_by(search_documents.c.id).limit(REPAIR_SUBJECTS_MAX)).scalars())
    theirs = source.ids(connection, after, REPAIR_SUBJECTS_MAX) if source is not None else []
    full = [some[-1] for some in (ours, theirs) if len(some) == REPAIR_SUBJECTS_MAX]
    last = min(full, default=None)  # up to here both lists are complete
    wrong = set(ours) ^ set(theirs)
    return sorted(one for one in wrong if last is None or one <= last), last
