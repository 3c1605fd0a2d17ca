"""Erasing somebody takes the decisions about them out of what was learned: it is fitted anew the same night."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update

from trust.machine.tables import machine_heads, machine_labels


def forget(connection: Connection, person: str) -> None:
    """Their decisions go, and every head that has learned from them is stale from now on. Again changes nothing."""
    mine = machine_labels.c.about == person
    labels = list(connection.execute(select(machine_labels.c.label).where(mine).distinct()).scalars())
    if labels:
        learned = machine_heads.c.label.in_(labels)
        connection.execute(update(machine_heads).where(learned).values(stale=1))
        connection.execute(delete(machine_labels).where(mine))
