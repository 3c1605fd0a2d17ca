"""Who follows whom."""

from __future__ import annotations

from collections.abc import Callable, Collection

from sqlalchemy import Connection, bindparam, delete, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.database import Database
from core.errors import Conflict
from core.http import Page
from core.identity import Identity, Person
from people.accounts import BRIEF, Accounts, PersonRecorder
from people.errors import CannotFollowYourself
from people.inbox.notices import Notice
from people.inbox.notifications import Notifications
from people.leaving.resting import is_shown
from people.tables import follows, people

FOLLOWING_MAX = 5_000

FollowListener = Callable[[Identity, str], None]
"""(who, the id of whom they follow now): called after the commit, on the SQL pool."""

_FOLLOWED = select(follows.c.followed).where(follows.c.follower == bindparam("person"))


class Follows:
    def __init__(
        self, database: Database, accounts: Accounts, clock: Clock, notifications: Notifications | None = None
    ) -> None:
        """`notifications`: tells people who follows them."""
        self._database = database
        self._accounts = accounts
        self._clock = clock
        self._notifications = notifications
        self._listeners: list[FollowListener] = []
        self._recorders: list[PersonRecorder] = []

    def record(self, recorder: PersonRecorder) -> None:
        """Call `recorder` with whoever has more or fewer followers, in that transaction."""
        self._recorders.append(recorder)

    def changed(self, connection: Connection, followed: str) -> None:
        """Tell the recorders. Whatever adds or removes a follow calls it."""
        for recorder in self._recorders:
            recorder(connection, followed)

    def listen(self, listener: FollowListener) -> None:
        """Be told of each new follow."""
        self._listeners.append(listener)

    def follow_as(self, who: Identity, handle: str) -> None:
        """As `follow`, and tells the listeners."""
        followed = self.follow(who.id, handle)
        for listener in self._listeners if followed is not None else ():
            listener(who, str(followed))

    def follow(self, follower: str, handle: str) -> str | None:
        """Follow a person; idempotent. Raises NotFound, CannotFollowYourself, Conflict.

        Returns the id of whom the person has not followed before."""

        def write(connection: Connection) -> str | None:
            followed = self._accounts.found(connection, handle, follower).id
            if followed == follower:
                raise CannotFollowYourself
            count = select(func.count()).select_from(follows).where(follows.c.follower == follower)
            if connection.execute(count).scalar_one() >= FOLLOWING_MAX:
                raise Conflict(f"You can follow at most {FOLLOWING_MAX} people.")
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            row = {"follower": follower, "followed": followed, "at": self._clock()}
            new = dialect.insert(follows).values(row).on_conflict_do_nothing().returning(follows.c.followed)
            made = connection.execute(new).scalar_one_or_none()
            if made is not None:
                self.changed(connection, followed)
                if self._notifications is not None:
                    self._notifications.tell(connection, [Notice(followed, "follow", follower)])
            return made

        return self._database.write(write)

    def unfollow(self, follower: str, handle: str) -> None:
        def write(connection: Connection) -> None:
            followed = self._accounts.by_handle(connection, handle).id
            connection.execute(delete(follows).where(follows.c.follower == follower, follows.c.followed == followed))
            self.changed(connection, followed)
            if self._notifications is not None:
                self._notifications.undo_for(connection, followed, "follow", follower)

        self._database.write(write)

    def following(self, connection: Connection, person: str) -> list[str]:
        """Ids of the people somebody follows; at most FOLLOWING_MAX."""
        return list(connection.execute(_FOLLOWED, {"person": person}).scalars().all())

    def followers(self, connection: Connection, person: str, after: str, limit: int) -> list[str]:
        """Ids of the people who follow somebody, in order, those after an id."""
        query = select(follows.c.follower).where(follows.c.followed == person, follows.c.follower > after)
        return list(connection.execute(query.order_by(follows.c.follower).limit(limit)).scalars())

    def made(self, connection: Connection, start: int, end: int, after: str, limit: int) -> list[tuple[str, str, int]]:
        """Who followed whom when (Unix ms, from `start` to before `end`), by follower, then followed; at most `limit`.
        `after`: the last `follower followed` of the call before."""
        follower, _, followed = after.partition(" ")
        rows = connection.execute(
            select(follows.c.follower, follows.c.followed, follows.c.at)
            .where(
                follows.c.at >= start, follows.c.at < end,
                (follows.c.follower > follower) | ((follows.c.follower == follower) & (follows.c.followed > followed)),
            )
            .order_by(follows.c.follower, follows.c.followed)
            .limit(limit)
        )  # fmt: skip
        return [(row.follower, row.followed, row.at) for row in rows]

    def page(self, handle: str, viewer: str | None, *, followers: bool, cursor: str, limit: int) -> Page[Person]:
        """A person's followers, or the people they follow, ordered by id, without accounts that rest. Raises
        NotFound."""

        def read(connection: Connection) -> Page[Person]:
            person = self._accounts.found(connection, handle, viewer).id
            here, there = (
                (follows.c.followed, follows.c.follower) if followers else (follows.c.follower, follows.c.followed)
            )
            rows = connection.execute(
                select(*BRIEF)
                .join(follows, there == people.c.id)
                .where(here == person, people.c.id > cursor, is_shown())
                .order_by(people.c.id)
                .limit(limit + 1)
            ).all()
            items = [self._accounts.person(row) for row in rows[:limit]]
            return Page(items, items[-1].id if len(rows) > limit else None)

        return self._database.read(read)


def follower_counts(connection: Connection, people: Collection[str]) -> dict[str, int]:
    """How many follow each of these; those without any are missing."""
    counted = select(follows.c.followed, func.count()).where(follows.c.followed.in_(people))
    rows = connection.execute(counted.group_by(follows.c.followed))
    return {person: number for person, number in rows}  # noqa: C416  dict(rows) is not typed


def followed_at(connection: Connection, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Since when (Unix ms) each of these followers follows the other; pairs that do not are missing."""
    rows = connection.execute(select(follows).where(tuple_(follows.c.follower, follows.c.followed).in_(pairs)))
    return {(row.follower, row.followed): row.at for row in rows}


def followed_among(connection: Connection, follower: str, people: Collection[str]) -> set[str]:
    """Those of these people whom somebody follows."""
    own = select(follows.c.followed).where(follows.c.follower == follower, follows.c.followed.in_(people))
    return set(connection.execute(own).scalars())
