"""Triggers that keep tables append-only, whoever writes to them."""

from __future__ import annotations

from sqlalchemy import DDL, MetaData, Table, event

from core.tables import metadata

TRIGGERS: list[str] = []
"""Their names; `ledger verify` looks for them."""


def on_create(target: Table | MetaData, moment: str, dialect: str, sql: str) -> None:
    event.listen(target, moment, DDL(sql).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


def refuse(table: Table, *verbs: str, name: str = "") -> None:
    """Refuse these changes of a table's rows."""
    for verb in verbs:
        TRIGGERS.append(f"{table.name}_no_{name or verb.lower()}")
        head = f"CREATE TRIGGER {TRIGGERS[-1]} BEFORE {verb} ON {table.name}"
        stop = f"BEGIN SELECT RAISE(ABORT, '{table.name} are append-only'); END"
        on_create(table, "after_create", "sqlite", f"{head} {stop}")
        on_create(table, "after_create", "postgresql", f"{head} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")


on_create(
    metadata,
    "before_create",
    "postgresql",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RAISE EXCEPTION '%% are append-only', TG_TABLE_NAME; END$$",
)
