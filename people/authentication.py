"""Authentication: the one place that turns a credential into a person who may act.

A session token (HTTP, WebSocket, uploads) and a stream key (WHIP, by way of the room's host) both end in `admit`.
A ban, or any other reason to refuse an account, belongs in `check` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select

from core.clock import Clock
from core.database import Database
from core.errors import NotSignedIn
from core.identity import Identity, PersonRole
from core.outages import is_outage
from people.accounts import BRIEF, is_adult
from people.leaving.resting import COLUMNS as RESTS
from people.leaving.unused import day_of, note_used
from people.security.staff import StaffRule
from people.sessions import VALID, Sessions
from people.settings.avatar_urls import AvatarUrls
from people.standing.restrictions import COLUMNS, barred
from people.tables import people, sessions

Account = Row[*tuple[Any, ...]]
AccountCheck = Callable[[Account], None]
"""Looks at an account's state and raises a Refusal when its owner may not act."""


def check_account(account: Account) -> None:
    """Today every account may act."""


_ACCOUNT = select(
    *BRIEF,
    people.c.role,
    people.c.role_at,
    people.c.birthdate,
    people.c.erased_at,
    people.c.opted_out_at,
    people.c.used_at,
    *COLUMNS.values(),
    *RESTS.values(),
)
# Built once: every request asks one of them.
_BY_ID = _ACCOUNT.where(people.c.id == bindparam("person"))
_BY_TOKEN = (
    _ACCOUNT.add_columns(sessions.c.seen_at, sessions.c.stepped_up_at)
    .join(sessions, sessions.c.person == people.c.id)
    .where(VALID)
)


class Authentication:
    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        clock: Clock,
        check: AccountCheck = check_account,
        avatars: AvatarUrls | None = None,
        staff: StaffRule | None = None,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._clock = clock
        self._check = check
        self._avatars = avatars or AvatarUrls()
        self._staff = staff or StaffRule(clock, 0)

    def by_token(self, token: str) -> Identity | None:
        """The owner of a session token, or None when it is unknown or expired. Blocks. Raises what `check` raises."""
        named = self._sessions.named(token)
        if named is None:
            return None
        found = self._database.read(lambda c: self._found(c, _BY_TOKEN, named))
        if found is None:
            return None
        account, role = found
        identity = self.admit(account, role, stepped_up=self._sessions.stepped_up(account.stepped_up_at))
        self._sessions.note_seen(token, account.id, account.seen_at)
        return identity

    async def by_id(self, person: str) -> Identity:
        """A person whose credential the caller has checked, such as a room's host by stream key. Raises a Refusal."""
        found = await self._database.read_async(lambda c: self._found(c, _BY_ID, {"person": person}))
        if found is None:
            raise NotSignedIn
        identity = self.admit(*found)
        now = self._clock()
        if found[0].used_at < day_of(now):
            try:
                await self._database.write_async(lambda c: note_used(c, person, now))
            except Exception as error:
                if not is_outage(error):  # what cannot be written now keeps nobody from streaming
                    raise
        return identity

    def _found(
        self, connection: Connection, query: Select[*tuple[Any, ...]], named: Mapping[str, object]
    ) -> tuple[Account, PersonRole] | None:
        """The account and the role that counts: staff without a second factor have none, after a grace."""
        account = connection.execute(query, named).first()
        if account is None:
            return None
        return account, self._staff.role(connection, account.id, account.role, account.role_at)

    def admit(self, account: Account, role: PersonRole, *, stepped_up: bool = False) -> Identity:
        self._check(account)
        now = self._clock()
        adult = is_adult(account.birthdate, now)
        avatar = self._avatars.small(account.id, account.avatar)
        bars = barred(account, now)
        if "account" in bars or "resting" in bars:
            role = "member"  # whoever is suspended, or leaves, has no say over others
        return Identity(
            account.id, account.handle, account.name, role, adult, avatar, bars, stepped_up, bool(account.opted_out_at)
        )
