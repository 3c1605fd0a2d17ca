"""Which kinds of notifications a person wants: in the app, and by push. Everything is on until they change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from people.inbox.notices import KINDS, KindName
from people.tables import inbox_settings


class Switch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`in_app`: the kind is shown in the inbox. `push`: it is sent to the person's subscribed browsers."""

    in_app: bool
    push: bool


ON = Switch(in_app=True, push=True)


def switches_of(connection: Connection, person: str) -> dict[str, Switch]:
    """A person's switch of every kind."""
    rows = connection.execute(select(inbox_settings).where(inbox_settings.c.person == person))
    changed = {row.kind: Switch(bool(row.in_app), bool(row.push)) for row in rows}
    return {kind: changed.get(kind, ON) for kind in KINDS}


def set_switches(connection: Connection, person: str, wanted: Mapping[KindName, Switch]) -> None:
    """Change the given kinds and leave the others."""
    if not wanted:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(inbox_settings)
    given = {"in_app": new.excluded.in_app, "push": new.excluded.push}
    rows = [
        {"person": person, "kind": kind, "in_app": int(switch.in_app), "push": int(switch.push)}
        for kind, switch in sorted(wanted.items())
    ]
    connection.execute(new.on_conflict_do_update(index_elements=["person", "kind"], set_=given), rows)


def shown_kinds(connection: Connection, person: str) -> Sequence[str]:
    """The kinds that this person's inbox shows."""
    return [kind for kind, switch in switches_of(connection, person).items() if switch.in_app]
