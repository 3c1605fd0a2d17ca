"""How a row is altered by hand, and what `ledger verify` must say of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from money import tables


class Alteration(NamedTuple):
    """`row`: selects the row's name; `sql`: alters it, as `:row`. The finding names `named`, or else the row."""

    table: str
    what: str
    row: str
    sql: str
    rule: str
    named: str = ""


def changed(table: str, rule: str, row: str, key: str, *columns: str, named: str = "") -> Iterator[Alteration]:
    """Each of these columns set to another value; `NAME=SQL` sets it to that."""
    for column in columns:
        name, _, value = column.partition("=")
        sql = f'UPDATE {table} SET "{name}" = {value or f"{name} + 1"} WHERE {key} = :row'
        yield Alteration(table, column, row, sql, rule, named)


def removed(table: str, rule: str, row: str, key: str, named: str = "") -> Alteration:
    return Alteration(table, "removed", row, f"DELETE FROM {table} WHERE {key} = :row", rule, named)


def inserted(table: str, rule: str, row: str, key: str, named: str = "", /, **values: str) -> Alteration:
    """A copy of the row with these values."""
    chosen = {column.name: values.get(column.name, f'"{column.name}"') for column in getattr(tables, table).columns}
    names = ", ".join(f'"{name}"' for name in chosen)
    sql = f"INSERT INTO {table} ({names}) SELECT {', '.join(chosen.values())} FROM {table} WHERE {key} = :row"
    return Alteration(table, "inserted", row, sql, rule, named)


def of(table: str, key: str, where: str = "1 = 1") -> str:
    return f"SELECT min({key}) FROM {table} WHERE {where}"
