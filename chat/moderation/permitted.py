"""Whether somebody may moderate a host's rooms."""

from __future__ import annotations

from sqlalchemy import Connection

from chat.moderation.standing import NOBODY, PERMISSIONS, Permission, read_standings
from core.errors import NotAllowed
from core.identity import Identity
from people.accounts import Accounts


def may_moderate(
    connection: Connection, accounts: Accounts, who: Identity, host: str, *permissions: Permission
) -> bool:
    """Whether `who` has one of these permissions in the host's rooms (none given: any). Raises NotFound without such a
    host."""
    if who.id == host:
        return True
    accounts.by_id(connection, host)
    if who.moderates:
        return True
    has = read_standings(connection, [(host, who.id)]).get((host, who.id), NOBODY).permissions
    return bool(has & frozenset(permissions or PERMISSIONS))


def must_moderate(
    connection: Connection, accounts: Accounts, who: Identity, host: str, *permissions: Permission
) -> None:
    """Raises NotAllowed, NotFound."""
    if not may_moderate(connection, accounts, who, host, *permissions):
        raise NotAllowed("Only the host and moderators may do this.")
