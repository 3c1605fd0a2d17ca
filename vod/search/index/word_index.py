"""The full-text index: which places have which words. One interface over SQLite's FTS5 and PostgreSQL's GIN index.

Words come from `words.py`, which has folded them and let nothing through that is special in a query.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, bindparam, text

from vod.search.query import Alternatives, Wanted
from vod.search.typos import KEY_CHARS_MAX

INDEXED_PREFIX_CHARS = 4  # FTS5 has an index of beginnings up to here: see the migration
SPELLED_OUT_MAX = 300  # words with the same beginning; with more, FTS5 has to look for the beginning itself
BEGINNINGS_MAX = 2_000  # rows of the vocabulary that are looked at for these; most words have several

Range = tuple[int, int]
"""The first and the last place to look at."""


class WordIndex(ABC):
    @abstractmethod
    def put(self, connection: Connection, words: Mapping[int, Sequence[str]]) -> None:
        """Set the words of places."""

    def remove(self, connection: Connection, places: Collection[int]) -> None:
        connection.execute(self._remove, {"places": list(places)})

    @abstractmethod
    def clear(self, connection: Connection) -> None: ...

    def spelled_out(self, connection: Connection, groups: Sequence[Alternatives]) -> Sequence[Alternatives]:  # noqa: ARG002
        """The same groups in a form that is fast to look for."""
        return groups

    @abstractmethod
    def expression(self, groups: Sequence[Alternatives], *, any_group: bool) -> str:
        """The query for places that have one alternative of every group, or of any group."""

    def find(
        self, connection: Connection, groups: Sequence[Alternatives], ranges: Sequence[Range], limit: int,
        *, any_group: bool = False,
    ) -> list[int]:  # fmt: skip
        """Of each range the last places that match, `limit` at most."""
        if not groups or not ranges:
            return []
        parts = " UNION ALL ".join(self._part.format(n=n) for n in range(len(ranges)))
        values: dict[str, object] = {"query": self.expression(groups, any_group=any_group), "limit": limit}
        for n, (low, high) in enumerate(ranges):
            values |= {f"low{n}": low, f"high{n}": high}
        return list(connection.execute(text(parts), values).scalars())

    @abstractmethod
    def known(self, connection: Connection, words: Sequence[str]) -> set[str]:
        """Those of these words that any place has."""

    def hold(self, connection: Connection) -> None:  # noqa: B027
        """Keep the index as it is until the end of this transaction. SQLite has one writer anyway."""

    _part: str
    _remove = text("DELETE FROM search_words WHERE place IN :places").bindparams(bindparam("places", expanding=True))


class SqliteIndex(WordIndex):
    """An FTS5 table, whose rowid is the place. It walks matches in the order of the rowid and stops at the limit."""

    _put = text("INSERT OR REPLACE INTO search_words (rowid, words) VALUES (:place, :words)")
    _remove = text("DELETE FROM search_words WHERE rowid IN :places").bindparams(bindparam("places", expanding=True))
    _part = (
        "SELECT * FROM (SELECT rowid FROM search_words WHERE search_words MATCH :query "
        "AND rowid BETWEEN :low{n} AND :high{n} ORDER BY rowid DESC LIMIT :limit)"
    )

    _any = text("SELECT 1 FROM search_words WHERE search_words MATCH :query LIMIT 1")
    _beginning = text(
        "SELECT word FROM search_variants WHERE variant >= :begin AND variant < :begin || :last "
        f"AND (variant > :begin OR word >= :word) LIMIT {BEGINNINGS_MAX}"
    )

    def spelled_out(self, connection: Connection, groups: Sequence[Alternatives]) -> Sequence[Alternatives]:
        return [self._spelled_out(connection, group) for group in groups]

    def _spelled_out(self, connection: Connection, group: Alternatives) -> Alternatives:
        """With words of the vocabulary in place of a long beginning, for which FTS5 would read every match of each word
        before the first one: 30 ms where a common word begins so. All of them or none: whoever invents words must not
        hide others."""
        found: list[Wanted] = []
        for wanted in group:
            words = self._words_that_begin(connection, wanted.word) if wanted.prefix else []
            found.extend(map(Wanted, dict.fromkeys([wanted.word, *words])) if words else [wanted])
        return found

    def _words_that_begin(self, connection: Connection, begin: str) -> list[str]:
        """None if there are too many, or if some of them may be missing in the vocabulary, as numbers are."""
        if len(begin) <= INDEXED_PREFIX_CHARS or not any(map(str.isalpha, begin)):
            return []
        values = {"begin": begin[:KEY_CHARS_MAX], "word": begin, "last": chr(0x10FFFF)}
        rows = list(connection.execute(self._beginning, values).scalars())
        words = sorted({word for word in rows if word.startswith(begin)})
        return words if len(rows) < BEGINNINGS_MAX and len(words) <= SPELLED_OUT_MAX else []

    def known(self, connection: Connection, words: Sequence[str]) -> set[str]:
        queries = {word: _fts5(Wanted(word)) for word in words}
        return {word for word, query in queries.items() if connection.execute(self._any, {"query": query}).first()}

    def put(self, connection: Connection, words: Mapping[int, Sequence[str]]) -> None:
        rows = [{"place": place, "words": " ".join(some)} for place, some in words.items()]
        connection.execute(self._put, rows)

    def clear(self, connection: Connection) -> None:
        connection.execute(text("DELETE FROM search_words"))

    def expression(self, groups: Sequence[Alternatives], *, any_group: bool) -> str:
        return (" OR " if any_group else " AND ").join(f"({' OR '.join(map(_fts5, group))})" for group in groups)


class PostgresIndex(WordIndex):
    """A `tsvector` without positions under a GIN index. The words are lexemes already: no dictionary changes them."""

    _put = text(
        "INSERT INTO search_words (place, words) VALUES (:place, array_to_tsvector(CAST(:words AS text[]))) "
        "ON CONFLICT (place) DO UPDATE SET words = excluded.words"
    )
    _part = (
        "(SELECT place FROM search_words WHERE words @@ CAST(:query AS tsquery) "
        "AND place BETWEEN :low{n} AND :high{n} ORDER BY place DESC LIMIT :limit)"
    )

    _known = text(
        "SELECT word FROM unnest(CAST(:words AS text[]), CAST(:queries AS text[])) AS wanted (word, query) "
        "WHERE EXISTS (SELECT FROM search_words WHERE words @@ CAST(query AS tsquery))"
    )

    def known(self, connection: Connection, words: Sequence[str]) -> set[str]:
        connection.execute(text("SET LOCAL enable_seqscan = off"))  # it would be slow for each rare word
        values = {"words": list(words), "queries": [_lexeme(Wanted(word)) for word in words]}
        return set(connection.execute(self._known, values).scalars())

    def hold(self, connection: Connection) -> None:
        connection.execute(text("LOCK TABLE search_words IN SHARE MODE"))

    def put(self, connection: Connection, words: Mapping[int, Sequence[str]]) -> None:
        connection.execute(self._put, [{"place": place, "words": list(some)} for place, some in words.items()])

    def clear(self, connection: Connection) -> None:
        connection.execute(text("DELETE FROM search_words"))

    def expression(self, groups: Sequence[Alternatives], *, any_group: bool) -> str:
        return (" | " if any_group else " & ").join(f"({' | '.join(map(_lexeme, group))})" for group in groups)


def word_index(*, sqlite: bool) -> WordIndex:
    return SqliteIndex() if sqlite else PostgresIndex()


def _fts5(wanted: Wanted) -> str:
    return f'"{wanted.word}"{"*" if wanted.prefix else ""}'


def _lexeme(wanted: Wanted) -> str:
    return f"'{wanted.word}'{':*' if wanted.prefix else ''}"
