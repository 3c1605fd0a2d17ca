"""What the page Privacy tells everybody, and the records of processing: both are read from the declarations."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from sqlalchemy import MetaData

from core.privacy import PLACES, Basis, Erase, declared
from trust.privacy.unused import KEPT, UNUSED_DAYS, WARNED_DAYS


class Kept(msgspec.Struct, frozen=True):
    """A table. `words`: what it is, by language. `days`: how long rows are kept; null: as long as the account. `erase`:
    what an erasure does with them. `kept_texts`: columns whose text a law keeps after an erasure."""

    table: str
    words: dict[str, str]
    basis: Basis
    days: int | None
    erase: Erase
    kept_texts: list[str]
    exported: bool


class KeptPlace(msgspec.Struct, frozen=True):
    """A place beside the tables, as `Kept`. `erased`: how what is in it goes."""

    kind: str
    prefix: str
    words: dict[str, str]
    days: int | None
    erased: str


class UnusedAccounts(msgspec.Struct, frozen=True):
    """Accounts that nobody uses: closed after `days`, warned so many days before, unless one of `kept` holds."""

    days: int
    warned_days: list[int]
    kept: list[str]


class Notice(msgspec.Struct, frozen=True):
    tables: list[Kept]
    places: list[KeptPlace]
    unused: UnusedAccounts


def notice(metadata: MetaData) -> Notice:
    tables = [
        Kept(name, dict(one.words), one.basis, one.days, one.erase, sorted(one.law), exported=True)
        for name, one in ((name, declared(table)) for name, table in sorted(metadata.tables.items()))
        if one.personal
    ]
    places = [
        KeptPlace(one.kind, one.prefix, {"en": one.english, "fr": one.french}, one.days, one.erased) for one in PLACES
    ]
    return Notice(tables, places, UnusedAccounts(UNUSED_DAYS, list(WARNED_DAYS), list(KEPT)))


def records_of_processing(metadata: MetaData) -> Iterator[str]:
    """Lines of a table (tabs between): what article 30 of the GDPR asks for, as far as a program knows it."""
    yield "table\twhat\tlevel\tbasis\tkept\tafter an erasure"
    for name, table in sorted(metadata.tables.items()):
        one = declared(table)
        if one.personal:
            kept = "as long as the account" if one.days is None else f"{one.days} days"
            law = f", by law: {', '.join(sorted(one.law))}" if one.law else ""
            yield f"{name}\t{one.words['en']}\t{one.level}\t{one.basis}\t{kept}\t{one.erase}{law}"
    for place in PLACES:
        kept = "with what it belongs to" if place.days is None else f"{place.days} days"
        yield f"{place.kind}: {place.prefix}\t{place.english}\t\t\t{kept}\t{place.erased}"
