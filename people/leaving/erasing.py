"""What `people` does when somebody is erased: an id is all that stays, so that rooms and the ledger stay valid."""

from __future__ import annotations

import hashlib
import re

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from people.tables import erased_handles, former_handles, people

DAY_MS = 24 * 3_600_000
BLOCKED_MS = 90 * DAY_MS  # as long as a handle that was changed
TOMBSTONE_NAME = "[deleted]"
_BORN = "1900-01-01"  # says nothing, and can be read as a date


def erased_handle(person: str) -> str:
    """No handle that somebody could choose or look up."""
    return f"-{person}"


def digest_of_handle(handle: str) -> bytes:
    return hashlib.sha256(handle.encode()).digest()


def is_blocked(connection: Connection, handle: str, now: int) -> bool:
    """Whether a handle was an erased account's until a while ago."""
    mine = erased_handles.c.digest == digest_of_handle(handle)
    until = connection.execute(select(erased_handles.c.until).where(mine)).scalar()
    return until is not None and until > now


def bury(connection: Connection, person: str, now: int) -> None:
    """Leave a tombstone: no name, no handle, no password that could match. Again changes nothing."""
    row = connection.execute(select(people.c.handle, people.c.erased_at).where(people.c.id == person)).first()
    if row is None or row.erased_at:
        return
    former = select(former_handles.c.handle).where(former_handles.c.person == person)
    for handle in [row.handle, *connection.execute(former).scalars()]:
        block = {"digest": digest_of_handle(handle), "until": now + BLOCKED_MS}
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(erased_handles).values(block).on_conflict_do_nothing())
    connection.execute(delete(former_handles).where(former_handles.c.person == person))
    connection.execute(delete(erased_handles).where(erased_handles.c.until <= now))
    connection.execute(
        update(people)
        .where(people.c.id == person)
        .values(
            handle=erased_handle(person), name=TOMBSTONE_NAME, bio="", password="!", birthdate=_BORN, role="member",
            avatar=None, language="auto", country="", erased_at=now, closing_at=0, restricted_at=0, opted_out_at=0,
            used_at=0,
        )
    )  # fmt: skip


def called(connection: Connection, person: str) -> tuple[str, str, str] | None:
    """Handle, name and bio; None if there is no such person, or no longer."""
    columns = people.c.handle, people.c.name, people.c.bio
    row = connection.execute(select(*columns).where(people.c.id == person, people.c.erased_at == 0)).first()
    return None if row is None else (row.handle, row.name, row.bio)


def unnamed(text: str, handle: str) -> str:
    """A text of somebody else without the handle that it mentions."""
    return re.sub(rf"@{re.escape(handle)}(?![a-z0-9_.]*[a-z0-9_])", "@[deleted]", text, flags=re.IGNORECASE)


def living(connection: Connection, after: str, limit: int) -> list[str]:
    """Ids of the accounts that are not erased, in their order, from the one behind `after`."""
    some = select(people.c.id).where(people.c.id > after, people.c.erased_at == 0)
    return list(connection.execute(some.order_by(people.c.id).limit(limit)).scalars())


def is_last_admin(connection: Connection, person: str) -> bool:
    """Whether nobody would be left to run the server."""
    role = connection.execute(select(people.c.role).where(people.c.id == person)).scalar()
    others = select(func.count()).where(people.c.role == "admin", people.c.id != person, people.c.erased_at == 0)
    return role == "admin" and connection.execute(others).scalar_one() == 0
