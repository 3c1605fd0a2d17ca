"""Who follows whom."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.errors import Conflict
from core.http import Page
from core.identity import Person
from people.accounts import Accounts, PersonRecorder
from people.errors import CannotFollowYourself
from people.tables import follows, people

FOLLOWING_MAX = 5_000


class Follows:
    def __init__(self, database: Database, accounts: Accounts, clock: Clock) -> None:
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._recorders: list[PersonRecorder] = []

    def record(self, recorder: PersonRecorder) -> None:
        """Call `recorder` with whoever has more or fewer followers, in that transaction."""
        self._recorders.append(recorder)

    def _changed(self, connection: Connection, followed: str) -> None:
        for recorder in self._recorders:
            recorder(connection, followed)

    def follow(self, follower: str, handle: str) -> None:
        """Follow a person; idempotent. Raises NotFound, CannotFollowYourself, Conflict."""

        def write(connection: Connection) -> None:
            followed = self._accounts.by_handle(connection, handle).id
            if followed == follower:
                raise CannotFollowYourself
            count = select(func.count()).select_from(follows).where(follows.c.follower == follower)
            if connection.execute(count).scalar_one() >= FOLLOWING_MAX:
                raise Conflict(f"You can follow at most {FOLLOWING_MAX} people.")
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            row = {"follower": follower, "followed": followed, "at": self._clock()}
            connection.execute(dialect.insert(follows).values(row).on_conflict_do_nothing())
            self._changed(connection, followed)

        self._database.write(write)

    def unfollow(self, follower: str, handle: str) -> None:
        def write(connection: Connection) -> None:
            followed = self._accounts.by_handle(connection, handle).id
            connection.execute(delete(follows).where(follows.c.follower == follower, follows.c.followed == followed))
            self._changed(connection, followed)

        self._database.write(write)

    def following(self, connection: Connection, person: str) -> list[str]:
        """Ids of the people somebody follows; at most FOLLOWING_MAX."""
        return list(connection.execute(select(follows.c.followed).where(follows.c.follower == person)).scalars())

    def page(self, handle: str, *, followers: bool, cursor: str, limit: int) -> Page[Person]:
        """A person's followers, or the people they follow, ordered by id."""

        def read(connection: Connection) -> Page[Person]:
            person = self._accounts.by_handle(connection, handle).id
            here, there = (
                (follows.c.followed, follows.c.follower) if followers else (follows.c.follower, follows.c.followed)
            )
            rows = connection.execute(
                select(people.c.id, people.c.handle, people.c.name)
                .join(follows, there == people.c.id)
                .where(here == person, people.c.id > cursor)
                .order_by(people.c.id)
                .limit(limit + 1)
            ).all()
            items = [Person(row.id, row.handle, row.name) for row in rows[:limit]]
            return Page(items, items[-1].id if len(rows) > limit else None)

        return self._database.read(read)
