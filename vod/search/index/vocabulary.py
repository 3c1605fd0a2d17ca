"""The vocabulary: every word of the index under its keys (see `typos`), to find what a mistyped word was to be."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from vod.search.typos import KEY_CHARS_MAX, WORD_CHARS_MIN, distance, edits_max, keys_of
from vod.search.words import TAG, is_unspaced
from vod.tables import search_variants

CORRECTIONS_MAX = 5  # of one word
CANDIDATES_MAX = 300
WORDS_AT_ONCE_MAX = 1_000  # databases limit the parameters of a statement


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


def _is_spelled(word: str) -> bool:
    """Whether it is a word that can be misspelled: with letters, and of a script that has spaces."""
    return len(word) >= WORD_CHARS_MIN and any(map(str.isalpha, word)) and not is_unspaced(word)
