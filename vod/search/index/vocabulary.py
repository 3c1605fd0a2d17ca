"""The vocabulary: every word of the index under its keys (see `typos`), to find what a mistyped word was to be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from core.database import Database
from vod.search.index.word_index import WordIndex
from vod.search.typos import KEY_CHARS_MAX, WORD_CHARS_MIN, distance, edits_max, keys_of
from vod.search.words import TAG, is_unspaced
from vod.tables import search_variants

CORRECTIONS_MAX = 5  # of one word
CANDIDATES_MAX = 300
WORDS_AT_ONCE_MAX = 1_000  # databases limit the parameters of a statement
PRUNED_AT_ONCE_MAX = 200  # words that are looked at in one transaction


def learn(connection: Connection, words: Iterable[str]) -> None:
    """Add words. Those that are known already cost a small part of a query."""
    spelled = sorted({word for word in words if _is_spelled(word)})
    for first in range(0, len(spelled), WORDS_AT_ONCE_MAX):
        some = spelled[first : first + WORDS_AT_ONCE_MAX]
        own = tuple_(search_variants.c.variant, search_variants.c.word).in_([(w[:KEY_CHARS_MAX], w) for w in some])
        known = set(connection.execute(select(search_variants.c.word).where(own)).scalars())
        rows = [{"variant": key, "word": word} for word in some if word not in known for key in sorted(keys_of(word))]
        if rows:
            connection.execute(_insert(connection), rows)


def _insert(connection: Connection) -> sqlite.Insert | postgresql.Insert:
    if connection.dialect.name == "sqlite":
        return sqlite.insert(search_variants).on_conflict_do_nothing()
    return postgresql.insert(search_variants).on_conflict_do_nothing()


def corrections(connection: Connection, word: str) -> list[str]:
    """Words that somebody may have meant, the closest first."""
    allowed = edits_max(word)
    if not allowed or not _is_spelled(word):
        return []
    query = select(search_variants.c.word).where(search_variants.c.variant.in_(keys_of(word))).distinct()
    close = [
        (edits, abs(len(word) - len(found)), found[0] != word[0], found)
        for found in connection.execute(query.limit(CANDIDATES_MAX)).scalars()
        if (found[0] == TAG) == (word[0] == TAG) and 0 < (edits := distance(word, found, allowed)) <= allowed
    ]
    return [found for *_, found in sorted(close)[:CORRECTIONS_MAX]]


def prune(database: Database, index: WordIndex) -> int:
    """Forget the words that no document has any more. Blocks. Returns how many there were."""
    after, pruned = ("", ""), 0
    while some := database.read(lambda c: _own_rows(c, after)):  # noqa: B023
        words, after = [word for _, word in some], some[-1]
        if unused := set(words) - database.read(lambda c: index.known(c, words)):  # noqa: B023
            pruned += database.write(lambda c: _forget(c, index, sorted(unused)))
    return pruned


def _own_rows(connection: Connection, after: tuple[str, str]) -> list[tuple[str, str]]:
    """The next words, each by its row that is there once: the one under its own beginning."""
    row = tuple_(search_variants.c.variant, search_variants.c.word)
    own = search_variants.c.variant == func.substr(search_variants.c.word, 1, KEY_CHARS_MAX)
    query = select(search_variants).where(own, row > after).order_by(search_variants.c.variant, search_variants.c.word)
    return [(variant, word) for variant, word in connection.execute(query.limit(PRUNED_AT_ONCE_MAX))]


def _forget(connection: Connection, index: WordIndex, words: Sequence[str]) -> int:
    """Forget these words, except those that a document has got meanwhile."""
    index.hold(connection)
    unused = set(words) - index.known(connection, words)
    rows = [(key, word) for word in sorted(unused) for key in sorted(keys_of(word))]
    row = tuple_(search_variants.c.variant, search_variants.c.word)
    for first in range(0, len(rows), WORDS_AT_ONCE_MAX):
        connection.execute(delete(search_variants).where(row.in_(rows[first : first + WORDS_AT_ONCE_MAX])))
    return len(unused)


def _is_spelled(word: str) -> bool:
    """Whether it is a word that can be misspelled: with letters, and of a script that has spaces."""
    return len(word) >= WORD_CHARS_MIN and any(map(str.isalpha, word)) and not is_unspaced(word)
