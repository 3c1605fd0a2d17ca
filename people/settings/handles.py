"""Changing one's handle: seldom, and the old one stays reserved and leads to the new one for a while."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database
from people.accounts import Accounts, check_handle
from people.errors import HandleChangedRecently, HandleTaken
from people.tables import former_handles, people

DAY_MS = 24 * 3600 * 1000
CHANGE_MS_MIN = 14 * DAY_MS  # between two changes
RESERVED_MS = 90 * DAY_MS  # so a person reserves at most seven


class Handles:
    def __init__(self, database: Database, accounts: Accounts, clock: Clock) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock

    def change(self, person: str, handle: str) -> None:
        """Blocks. To have the same handle already is no change. One may return to a handle that one reserves.

        Raises InvalidRequest, HandleTaken, HandleChangedRecently.
        """
        check_handle(handle)
        try:
            self._database.write(lambda c: self._change(c, person, handle))
        except IntegrityError:  # somebody else was faster
            raise HandleTaken from None

    def _change(self, connection: Connection, person: str, handle: str) -> None:
        mine = select(people.c.handle, people.c.handle_changed_at).where(people.c.id == person).with_for_update()
        row, now = connection.execute(mine).one(), self._clock()
        if row.handle == handle:
            return
        if (wait_ms := row.handle_changed_at + CHANGE_MS_MIN - now) > 0 and row.handle_changed_at:
            raise HandleChangedRecently(
                f"You can change your handle again in {-(-wait_ms // DAY_MS)} days.",
                headers={"Retry-After": str(-(-wait_ms // 1000))},
            )
        self._accounts.check_free(connection, handle, person)
        over = former_handles.c.until <= now
        connection.execute(delete(former_handles).where(over | former_handles.c.handle.in_([handle, row.handle])))
        reserved = {"handle": row.handle, "person": person, "until": now + RESERVED_MS}
        connection.execute(insert(former_handles).values(reserved))
        connection.execute(update(people).where(people.c.id == person).values(handle=handle, handle_changed_at=now))
        self._accounts.changed(connection, person)
