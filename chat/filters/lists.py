"""The lists in SQL: what hosts and admins change, one row each."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from chat.errors import FilterFull
from chat.filters.filter import EMPTY, PHRASE_WORDS_MAX, Filter, FilterList, LinkRule, Word
from chat.filters.links import domain_of
from chat.filters.tables import chat_filters
from core.errors import InvalidRequest
from trust.machine.text.normalize import normalized

PLATFORM = ""
"""The owner of the list that holds in every room."""
WORDS_MAX = 500  # entries of a list
WORDS_CHARS_MAX = 60  # of an entry
DOMAINS_MAX = 100  # of a list


def read_list(connection: Connection, owner: str) -> FilterList:
    row = connection.execute(select(chat_filters).where(chat_filters.c.owner == owner)).first()
    return EMPTY if row is None else _list_of(row)


def read_filters(connection: Connection, owners: Iterable[str]) -> dict[str, Filter]:
    """Compiled; of owners without a row: nothing."""
    rows = connection.execute(select(chat_filters).where(chat_filters.c.owner.in_(sorted(owners))))
    return {row.owner: Filter.of(_list_of(row), row.changed_at) for row in rows}


def add_word(connection: Connection, owner: str, word: Word, now: int) -> Word:
    """Add an entry, or change the action of one that is there. Raises InvalidRequest, FilterFull."""
    words = normalized(word.words, every_script=True)
    entry = Word(" ".join(words), word.action)
    if not words or len(words) > PHRASE_WORDS_MAX or len(entry.words) > WORDS_CHARS_MAX:
        raise InvalidRequest(f"One to {PHRASE_WORDS_MAX} words, at most {WORDS_CHARS_MAX} characters.")
    before = _locked(connection, owner, now)
    others = [one for one in before.words if one.words != entry.words]
    if len(others) >= WORDS_MAX:
        raise FilterFull(f"A list has at most {WORDS_MAX} entries.")
    _set(connection, owner, FilterList([*others, entry], before.links, before.domains), now)
    return entry


def remove_word(connection: Connection, owner: str, words: str, now: int) -> None:
    before = _locked(connection, owner, now)
    kept = [one for one in before.words if one.words != words]
    _set(connection, owner, FilterList(kept, before.links, before.domains), now)


def set_links(connection: Connection, owner: str, links: LinkRule, domains: Iterable[str], now: int) -> FilterList:
    """Raises InvalidRequest for what is no domain."""
    found: list[str] = []
    for text in domains:
        domain = domain_of(text)
        if domain is None:
            raise InvalidRequest(f"This is not a domain: {text[:80]}")
        found.append(domain)
    before = _locked(connection, owner, now)
    after = FilterList(before.words, links, list(dict.fromkeys(found)))
    _set(connection, owner, after, now)
    return after


def _list_of(row: Row[tuple[object, ...]]) -> FilterList:
    return msgspec.convert({"words": row.words, "links": row.links, "domains": row.domains}, FilterList)


def _locked(connection: Connection, owner: str, now: int) -> FilterList:
    """The list, which nobody else changes until the transaction ends."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = {"owner": owner, "words": [], "links": EMPTY.links, "domains": [], "changed_at": now}
    connection.execute(dialect.insert(chat_filters).values(new).on_conflict_do_nothing())
    mine = select(chat_filters).where(chat_filters.c.owner == owner).with_for_update()
    return _list_of(connection.execute(mine).one())


def _set(connection: Connection, owner: str, list: FilterList, now: int) -> None:
    """Later than before, whatever this node's clock says: nodes keep the newer of two readings."""
    then = select(chat_filters.c.changed_at).where(chat_filters.c.owner == owner)
    at = max(now, connection.execute(then).scalar_one() + 1)
    values = {**msgspec.to_builtins(list), "changed_at": at}
    connection.execute(chat_filters.update().where(chat_filters.c.owner == owner).values(values))
