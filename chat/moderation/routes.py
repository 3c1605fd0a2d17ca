"""A host's moderators, and who is muted or banned in the host's rooms, over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from sqlalchemy import Connection, Row, func, or_, select, update

from chat.errors import BannedHere, TooManyModerators
from chat.moderation.permitted import must_moderate
from chat.moderation.standing import (
    NOBODY,
    PERMISSIONS,
    Permission,
    read_standings,
    set_moderators,
    standing_of,
)
from chat.moderation.standings import Standings
from chat.moderation.tables import room_standings
from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotAllowed
from core.http import Call, Operation, Page, Paging
from core.identity import Identity, Person
from people.accounts import Accounts

MODERATORS_MAX = 100  # of one host


class NewPermissions(msgspec.Struct, forbid_unknown_fields=True):
    permissions: Annotated[list[Permission], msgspec.Meta(min_length=1, max_length=len(PERMISSIONS))]


class ModeratorView(msgspec.Struct):
    """`at`: when the permissions were last set (Unix ms)."""

    person: Person
    permissions: list[Permission]
    at: int


class SanctionView(msgspec.Struct):
    """`muted_until`: Unix ms, 0: not muted; `banned_at`: Unix ms, 0: not banned. `by`: who did it, if it was the host
    or one of the host's moderators."""

    person: Person
    muted_until: int
    banned_at: int
    by: Person | None


class StandingView(msgspec.Struct):
    """`permissions`: empty for those who moderate nothing here."""

    permissions: list[Permission]
    muted_until: int
    banned: bool


class ModerationRoutes:
    def __init__(self, database: Database, clock: Clock, accounts: Accounts, standings: Standings) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._standings = standings

    def operations(self) -> list[Operation]:
        here = "/api/hosts/{host}"
        return [
            Operation("GET", f"{here}/moderators", self.moderators),
            Operation("PUT", f"{here}/moderators/{{handle}}", self.appoint),
            Operation("DELETE", f"{here}/moderators/{{handle}}", self.dismiss),
            Operation("GET", f"{here}/sanctions", self.sanctions),
            Operation("DELETE", f"{here}/sanctions/{{handle}}", self.lift, action="act"),  # of others, not one's own
            Operation("GET", f"{here}/standings/{{handle}}", self.standing),
        ]

    # -- moderators ------------------------------------------------------------------------------

    def moderators(self, call: Call, host: str) -> Page[ModeratorView]:
        """List a host's moderators, for the host, moderators and staff."""
        rows = select(room_standings).where(room_standings.c.host == host, room_standings.c.permissions != "")

        def read(connection: Connection) -> Page[ModeratorView]:
            self._permitted(connection, call.identity, host)
            found = connection.execute(rows.order_by(room_standings.c.appointed_at, room_standings.c.person)).all()
            people = self._accounts.brief(connection, [row.person for row in found])
            items = [
                ModeratorView(people[row.person], _listed(row), row.appointed_at)
                for row in found
                if row.person in people
            ]
            return Page(items)

        return self._database.read(read)

    async def appoint(self, call: Call, host: str, handle: str, body: NewPermissions) -> ModeratorView:
        """Make somebody a moderator of your rooms, or change what they may do."""
        self._is_host(call.identity, host)
        permissions = [one for one in PERMISSIONS if one in body.permissions]
        now = self._clock()

        def write(connection: Connection) -> Person:
            person = self._accounts.by_handle(connection, handle)
            if person.id == host:
                raise InvalidRequest("You moderate your own rooms already.")
            before = read_standings(connection, [(host, person.id)]).get((host, person.id), NOBODY)
            if before.banned:
                raise BannedHere
            count = select(func.count()).select_from(room_standings)
            mine = count.where(room_standings.c.host == host, room_standings.c.permissions != "")
            if not before.permissions and connection.execute(mine).scalar_one() >= MODERATORS_MAX:
                raise TooManyModerators(f"You can have at most {MODERATORS_MAX} moderators.")
            row = {"host": host, "person": person.id, "permissions": " ".join(permissions)}
            set_moderators(connection, [{**row, "appointed_at": now, "changed_at": now}])
            return person

        person = await self._database.write_async(write)
        self._standings.announce(host, person.id)
        return ModeratorView(person, permissions, now)

    async def dismiss(self, call: Call, host: str, handle: str) -> None:
        """Take a moderator's permissions in your rooms."""
        self._is_host(call.identity, host)

        def write(connection: Connection) -> str:
            person = self._accounts.by_handle(connection, handle).id
            values = {"permissions": "", "appointed_at": 0, "changed_at": self._clock()}
            self._change(connection, host, person, values)
            return person

        self._standings.announce(host, await self._database.write_async(write))

    # -- sanctions -------------------------------------------------------------------------------

    def sanctions(self, call: Call, host: str, query: Paging) -> Page[SanctionView]:
        """List who is muted or banned in a host's rooms, by id, for those who may lift it."""
        table = room_standings.c
        rows = select(room_standings).where(
            table.host == host, table.person > query.cursor,
            or_(table.muted_until > self._clock(), table.banned_at > 0),
        )  # fmt: skip

        def read(connection: Connection) -> Page[SanctionView]:
            self._permitted(connection, call.identity, host, "timeout", "ban")
            found = connection.execute(rows.order_by(table.person).limit(query.limit + 1)).all()
            page = found[: query.limit]
            people = self._accounts.brief(connection, {one for row in page for one in (row.person, *_by(row))})
            staff = self._accounts.staff_among(connection, {one for row in page for one in _by(row)}) - {host}
            items = [
                SanctionView(people[row.person], row.muted_until if row.muted_until > self._clock() else 0,
                             row.banned_at, _author(row, people, staff))
                for row in page
                if row.person in people
            ]  # fmt: skip
            return Page(items, page[-1].person if len(found) > len(page) else None)

        return self._database.read(read)

    async def lift(self, call: Call, host: str, handle: str) -> None:
        """Let somebody write in a host's rooms, and come in, again."""

        def write(connection: Connection) -> str:
            person = self._accounts.by_handle(connection, handle).id
            now = self._clock()
            standing = read_standings(connection, [(host, person)]).get((host, person), NOBODY)
            wanted: list[Permission] = ["ban"] if standing.banned else []
            if standing.muted_until > now:
                wanted.append("timeout")
            for permission in wanted:
                self._permitted(connection, call.identity, host, permission)
            if not wanted:
                self._permitted(connection, call.identity, host, "timeout", "ban")
            values = {"muted_until": 0, "muted_by": "", "banned_at": 0, "banned_by": "", "changed_at": now}
            self._change(connection, host, person, values)
            return person

        self._standings.announce(host, await self._database.write_async(write))

    def standing(self, call: Call, host: str, handle: str) -> StandingView:
        """Get how somebody stands with a host, for the host, moderators and staff."""

        def read(connection: Connection) -> StandingView:
            self._permitted(connection, call.identity, host)
            person = self._accounts.by_handle(connection, handle).id
            found = read_standings(connection, [(host, person)]).get((host, person), NOBODY)
            permissions = [one for one in PERMISSIONS if one in found.permissions]
            until = found.muted_until if found.muted_until > self._clock() else 0
            return StandingView(permissions, until, found.banned)

        return self._database.read(read)

    # -- who may ---------------------------------------------------------------------------------

    @staticmethod
    def _is_host(who: Identity, host: str) -> None:
        if who.id != host:
            raise NotAllowed("Only the host may do this.")

    def _permitted(self, connection: Connection, who: Identity, host: str, *permissions: Permission) -> None:
        """Raises NotAllowed, unless `who` has one of these permissions in the host's rooms (none given: any), and
        NotFound without such a host."""
        must_moderate(connection, self._accounts, who, host, *permissions)

    @staticmethod
    def _change(connection: Connection, host: str, person: str, values: dict[str, Any]) -> None:
        """Change a row, if there is one."""
        table = room_standings.c
        connection.execute(update(room_standings).where(table.host == host, table.person == person).values(values))


def _listed(row: Row[Any]) -> list[Permission]:
    has = standing_of(row).permissions
    return [one for one in PERMISSIONS if one in has]


def _by(row: Row[Any]) -> list[str]:
    return [one for one in (row.banned_by, row.muted_by) if one]


def _author(row: Row[Any], people: dict[str, Person], staff: set[str]) -> Person | None:
    """The handles of staff are shown to nobody."""
    by = (row.banned_by if row.banned_at else row.muted_by) or ""
    return None if by in staff else people.get(by)
