"""Staff must have a second factor. After a grace, whoever has none keeps the account but not its powers.

So nobody is locked out: neither the first administrator, who has just been granted the role, nor one from before this
rule, whose grace began with the migration.
"""

from __future__ import annotations

from sqlalchemy import Connection, select

from core.clock import Clock
from core.identity import PersonRole
from people.security.factors import has_factor
from people.tables import people

DAY_MS = 24 * 3_600_000


class StaffRule:
    """Each method is one step inside the caller's transaction."""

    def __init__(self, clock: Clock, grace_days: int) -> None:
        """`grace_days`: after a role was granted; 0: the rule is off."""
        self._clock = clock
        self._grace_ms = grace_days * DAY_MS

    def role(self, connection: Connection, person: str, role: PersonRole, role_at: int) -> PersonRole:
        """The role that counts now."""
        if role == "member" or not self._grace_ms or self._clock() < role_at + self._grace_ms:
            return role
        return role if has_factor(connection, person) else "member"

    def due_at(self, connection: Connection, person: str) -> int:
        """Until when a person must have a second factor (Unix ms); 0 if there is nothing to do."""
        row = connection.execute(select(people.c.role, people.c.role_at).where(people.c.id == person)).one()
        if row.role == "member" or not self._grace_ms or has_factor(connection, person):
            return 0
        return int(row.role_at) + self._grace_ms
