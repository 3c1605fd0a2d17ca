"""What a table holds about people: whose it is, what it is in words, and what export, erasure and time do with it.

Every table has one line beside its definition: `impersonal(TABLE, "words")` if no row is about anybody, else
`declare(TABLE, "words", "mots", owner="person", ...)`. A test fails while a table has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import MetaData, Table, Text

Erase = Literal["delete", "blank", "keep"]
"""`blank`: the rows stay, without what `blank` names. `keep`: they stay; all they say of the person is an id, which
leads to a row without a name, and what `law` names."""
Basis = Literal["contract", "interest", "consent", "law"]
"""Of the GDPR's article 6(1): b, f, a, c."""

Level = Literal["public", "personal", "grave", "key"]
"""Of the most sensitive thing in a table. `public`: others may see it anyway. `personal`: for its owner, and whoever
works for them. `grave`: harm if it leaks: money, addresses, what somebody watches, what was reported. `key`: it opens
an account. What protects each: docs/privacy.md."""

INFO = "privacy"
PERSON_COLUMNS = frozenset(
    (
        *("person", "by", "host", "viewer", "creator", "agency", "reporter", "about", "holder", "follower", "followed"),
        *("giver", "owner", "author", "winner", "buyer", "recipient", "member", "to", "decided_by", "reviewed_by"),
        *("created_by", "approved_by", "seconded_by", "judged_by", "settled_by", "made_by", "closed_by", "posted_by"),
        *("chosen_by", "invited_by", "banned_by", "affiliate"),
    )
)
"""Names of columns that hold somebody's id: they have to be among `owner` or `others`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """`words`: by language, for the person. `owners`: see `owner.owned_by`; none: the table is about nobody."""

    words: Mapping[str, str]
    owners: Sequence[str] = ()
    others: frozenset[str] = frozenset()  # columns with ids of other people: exports show their handles
    secret: frozenset[str] = frozenset()  # columns that exports leave out: keys, and what others said in confidence
    erase: Erase = "keep"
    blank: Mapping[str, Any] = field(default_factory=dict)
    law: frozenset[str] = frozenset()  # columns whose text has to stay, for as long as `days`
    days: int | None = None  # after `clock`; None: until the account is erased, or as `law` says
    clock: str = "at"  # a column, Unix ms
    when: str = ""  # SQL: which rows get old at all; `:now` is the time (Unix ms)
    only: str = ""  # SQL: which rows are blanked; empty: all
    old: Literal["delete", "blank"] = "delete"  # what becomes of rows that are too old
    swept: bool = False  # its domain deletes them itself; the figures watch whether it does
    basis: Basis = "contract"
    apart: frozenset[str] = frozenset()  # columns that are called like somebody's id, and hold none
    hold: str = ""  # the kind of open business (`Holds`) that keeps the rows until it is over
    level: Level = "personal"
    untold: str = ""  # SQL: which rows the law forbids to show their owner for now; exports leave them out

    @property
    def personal(self) -> bool:
        return bool(self.owners)


def declare(
    table: Table,
    english: str,
    french: str,
    *,
    owner: str,
    others: str = "",
    secret: str = "",
    erase: Erase = "delete",
    blank: Mapping[str, Any] | None = None,
    law: str = "",
    days: int | None = None,
    clock: str = "at",
    when: str = "",
    only: str = "",
    old: Literal["delete", "blank", ""] = "",
    swept: bool = False,
    basis: Basis = "contract",
    apart: str = "",
    hold: str = "",
    untold: str = "",
    level: Level = "personal",
) -> None:
    """Say what a table holds about people. `owner`: columns separated by `|`; `others`, `secret`, `law`: columns
    separated by spaces. The other fields are those of `Declaration`. Raises ValueError for what cannot be meant."""
    declaration = Declaration(
        words={"en": english, "fr": french}, owners=[one.strip() for one in owner.split("|")],
        others=frozenset(others.split()), secret=frozenset(secret.split()), erase=erase, blank=blank or {},
        law=frozenset(law.split()), days=days, clock=clock, when=when,
        only=only, swept=swept, old=old or ("blank" if blank else "delete"), basis=basis, hold=hold,
        apart=frozenset(apart.split()), untold=untold, level=level,
    )  # fmt: skip
    _check(table, declaration)
    table.info[INFO] = declaration


def impersonal(table: Table, words: str, *, others: str = "", apart: str = "") -> None:
    """Say that no row of a table is about a person. `others`: columns with ids of staff; `apart`: columns that are
    called like somebody's id, and hold none."""
    declaration = Declaration(words={"en": words}, others=frozenset(others.split()), apart=frozenset(apart.split()))
    _check(table, declaration)
    table.info[INFO] = declaration


def declared(table: Table) -> Declaration:
    """Raises KeyError."""
    found: Declaration = table.info[INFO]
    return found


def undeclared(metadata: MetaData) -> list[str]:
    """What is missing, in words that say what to do."""
    faults = [
        f'{name}: say what it holds about people. Beside the table: impersonal({name}, "...") or declare({name}, '
        f'"...", "...", owner="person"); see docs/privacy.md'
        for name, table in metadata.tables.items()
        if INFO not in table.info
    ]
    for name, table in metadata.tables.items():
        if INFO in table.info:
            declaration = declared(table)
            known = {owner.partition(" > ")[0] for owner in declaration.owners} | declaration.others
            faults += [
                f"{name}.{column.name} holds somebody's id: name it in owner= or others="
                for column in table.c
                if column.name in PERSON_COLUMNS - known - declaration.secret - declaration.apart
                and isinstance(column.type, Text)
            ]
    return sorted(faults)


def _check(table: Table, declaration: Declaration) -> None:
    named = {*declaration.apart, *declaration.others, *declaration.secret, *declaration.law, *declaration.blank}
    named |= {owner.partition(" > ")[0] for owner in declaration.owners}
    if declaration.days is not None:
        named.add(declaration.clock)
    if missing := named - set(table.c.keys()):
        raise ValueError(f"{table.name} has no column {', '.join(sorted(missing))}")
    if declaration.erase == "blank" and not declaration.blank:
        raise ValueError(f"{table.name}: say in blank= what becomes of which column")
    if declaration.level == "key" and not declaration.secret:
        raise ValueError(f"{table.name}: what opens an account is in no copy; name it in secret=")
    if declaration.law and declaration.basis != "law":
        raise ValueError(f"{table.name}: text that stays needs basis='law'")
