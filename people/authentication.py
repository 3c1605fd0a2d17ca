"""Authentication: the one place that turns a credential into a person who may act.

A session token (HTTP, WebSocket, uploads) and a stream key (WHIP, by way of the room's host) both end in `admit`.
A ban, or any other reason to refuse an account, belongs in `check` and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, select

from core.clock import Clock
from core.database import Database
from core.errors import NotSignedIn
from core.identity import Identity
from people.accounts import BRIEF, is_adult
from people.sessions import Sessions
from people.settings.avatar_urls import AvatarUrls
from people.tables import people

Account = Row[*tuple[Any, ...]]
AccountCheck = Callable[[Account], None]
"""Looks at an account's state and raises a Refusal when its owner may not act."""


def check_account(account: Account) -> None:
    """Today every account may act."""


_ACCOUNT = select(*BRIEF, people.c.role, people.c.birthdate)


class Authentication:
    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        clock: Clock,
        check: AccountCheck = check_account,
        avatars: AvatarUrls | None = None,
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._clock = clock
        self._check = check
        self._avatars = avatars or AvatarUrls()

    def by_token(self, token: str) -> Identity | None:
        """The owner of a session token, or None when it is unknown or expired. Blocks. Raises what `check` raises."""
        session = self._sessions.find(token)
        if session is None:
            return None
        owner = session.subquery()
        query = _ACCOUNT.add_columns(owner.c.seen_at).join(owner, owner.c.person == people.c.id)
        account = self._database.read(lambda c: c.execute(query).first())
        if account is None:
            return None
        identity = self.admit(account)
        self._sessions.note_seen(token, account.seen_at)
        return identity

    async def by_id(self, person: str) -> Identity:
        """A person whose credential the caller has checked, such as a room's host by stream key. Raises a Refusal."""
        account = await self._database.read_async(lambda c: _find(c, person))
        if account is None:
            raise NotSignedIn
        return self.admit(account)

    def admit(self, account: Account) -> Identity:
        self._check(account)
        adult = is_adult(account.birthdate, self._clock())
        avatar = self._avatars.small(account.id, account.avatar)
        return Identity(account.id, account.handle, account.name, account.role, adult, avatar)


def _find(connection: Connection, person: str) -> Account | None:
    return connection.execute(_ACCOUNT.where(people.c.id == person)).first()
