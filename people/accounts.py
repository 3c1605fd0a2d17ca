"""Accounts: joining, the profile, roles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Annotated, cast

import msgspec
from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotFound
from core.identity import Person, PersonRole
from core.ids import new_id
from core.text import clean_line, clean_lines, folded
from people.age import ADULT_YEARS, JOIN_YEARS_MIN, today_at, years_old
from people.errors import HandleTaken, TooYoung
from people.passwords import hashed
from people.tables import follows, people

HANDLE_CHARS_MAX = 64  # of what is looked up
HANDLE = re.compile(r"[a-z][a-z0-9_.]{2,23}\Z")
YEARS_MAX = 120
NAME_CHARS_MAX = 40
BIO_CHARS_MAX = 200

Password = Annotated[str, msgspec.Meta(min_length=8, max_length=256)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARS_MAX)]
Bio = Annotated[str, msgspec.Meta(max_length=BIO_CHARS_MAX)]


PersonRecorder = Callable[[Connection, str], None]
"""Called with a person's id in each transaction that changes what others see of them. It may only run SQL, and may run
again when the transaction is retried."""


class Profile(msgspec.Struct, frozen=True):
    """A person as everybody may see them. `followed`: by the caller."""

    id: str
    handle: str
    name: str
    bio: str
    joined_at: int
    followers: int
    following: int
    followed: bool


class OwnProfile(Profile, frozen=True):
    """A person as they see themselves."""

    role: PersonRole
    adult: bool


class Accounts:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._recorders: list[PersonRecorder] = []

    def record(self, recorder: PersonRecorder) -> None:
        """Call `recorder` in the transaction of every new account and every change of handle, name or bio."""
        self._recorders.append(recorder)

    def _changed(self, connection: Connection, person: str) -> None:
        for recorder in self._recorders:
            recorder(connection, person)

    def join(self, handle: str, password: str, birthdate: date, name: str = "") -> Person:
        """`check_new` and `add` at once, for scripts. Blocks for the time of a password hash."""
        self.check_new(handle, birthdate, name)
        return self.add(handle, hashed(password), birthdate, name)

    def check_new(self, handle: str, birthdate: date, name: str = "") -> None:
        """The checks that come before the costly hash. Raises TooYoung, HandleTaken, InvalidRequest."""
        if name:
            checked_name(name)
        if not HANDLE.match(handle):
            raise InvalidRequest("A handle must have 3 to 24 characters of a-z, 0-9, _ and ., and begin with a letter.")
        today = today_at(self._clock())
        age = years_old(birthdate, today)
        if birthdate > today or age > YEARS_MAX:
            raise InvalidRequest("This is not a valid date of birth.")
        if age < JOIN_YEARS_MIN:
            raise TooYoung
        self._database.read(lambda c: self._check_free(c, handle))

    def add(self, handle: str, password_hash: str, birthdate: date, name: str = "") -> Person:
        """Create an account that `check_new` has accepted. Raises HandleTaken."""
        person = Person(new_id(), handle, checked_name(name) if name else handle)
        row = {"password": password_hash, "birthdate": birthdate.isoformat(), "joined_at": self._clock()}

        def write(connection: Connection) -> None:
            connection.execute(insert(people).values(**msgspec.to_builtins(person), **row))
            self._changed(connection, person.id)

        try:
            self._database.write(write)
        except IntegrityError:
            raise HandleTaken from None
        return person

    @staticmethod
    def _check_free(connection: Connection, handle: str) -> None:
        if connection.execute(select(people.c.id).where(people.c.handle == handle)).first():
            raise HandleTaken

    def profile(self, connection: Connection, handle: str, viewer: str | None = None) -> Profile:
        """Raises NotFound."""
        row = connection.execute(select(people).where(people.c.handle == normal_handle(handle))).first()
        if row is None:
            raise NotFound("Nobody has that handle.")
        followers, following, followed = self._follow_counts(connection, row.id, viewer)
        return Profile(row.id, row.handle, row.name, row.bio, row.joined_at, followers, following, followed)

    def own_profile(self, connection: Connection, person: str) -> OwnProfile:
        row = connection.execute(select(people).where(people.c.id == person)).one()
        followers, following, _ = self._follow_counts(connection, person, None)
        adult = is_adult(row.birthdate, self._clock())
        return OwnProfile(
            row.id, row.handle, row.name, row.bio, row.joined_at, followers, following, False, row.role, adult
        )

    @staticmethod
    def _follow_counts(connection: Connection, person: str, viewer: str | None) -> tuple[int, int, bool]:
        def count(condition: object) -> int:
            return connection.execute(select(func.count()).select_from(follows).where(condition)).scalar_one()  # type: ignore[arg-type]

        followed = viewer is not None and bool(count((follows.c.follower == viewer) & (follows.c.followed == person)))
        return count(follows.c.followed == person), count(follows.c.follower == person), followed

    def change(self, person: str, name: str | None, bio: str | None) -> OwnProfile:
        """Change the given fields and leave the others."""
        values = {}
        if name is not None:
            values["name"] = checked_name(name)
        if bio is not None:
            values["bio"] = checked_bio(bio)

        def write(connection: Connection) -> OwnProfile:
            if values:
                connection.execute(update(people).where(people.c.id == person).values(**values))
                self._changed(connection, person)
            return self.own_profile(connection, person)

        return self._database.write(write)

    def grant(self, handle: str, role: PersonRole) -> None:
        """Give a role. Raises NotFound."""
        theirs = update(people).where(people.c.handle == normal_handle(handle))
        found = self._database.write(lambda c: c.execute(theirs.values(role=role)).rowcount)
        if not found:
            raise NotFound(f"Nobody has the handle {handle}.")

    def brief(self, connection: Connection, ids: Iterable[str]) -> dict[str, Person]:
        """People by id, those that exist."""
        wanted = set(ids)
        if not wanted:
            return {}
        rows = connection.execute(select(people.c.id, people.c.handle, people.c.name).where(people.c.id.in_(wanted)))
        return {row.id: Person(row.id, row.handle, row.name) for row in rows}

    def by_handle(self, connection: Connection, handle: str) -> Person:
        """Raises NotFound."""
        row = connection.execute(
            select(people.c.id, people.c.handle, people.c.name).where(people.c.handle == normal_handle(handle))
        ).first()
        if row is None:
            raise NotFound("Nobody has that handle.")
        return Person(*cast(tuple[str, str, str], row))


def is_adult(birthdate: str, now_ms: int) -> bool:
    return years_old(date.fromisoformat(birthdate), today_at(now_ms)) >= ADULT_YEARS


def normal_handle(text: str) -> str:
    """The handle that somebody typed or linked to, as it is stored: in any case and width, with or without "@".

    Empty if no handle looks like that.
    """
    handle = folded(text.removeprefix("@")) if len(text) <= HANDLE_CHARS_MAX else ""
    return handle if HANDLE.match(handle) else ""


def checked_name(text: str) -> str:
    """Raises InvalidRequest."""
    name = clean_line(text, NAME_CHARS_MAX)
    if not name:
        raise InvalidRequest(f"A name must have 1 to {NAME_CHARS_MAX} characters, one of them visible.")
    return name


def checked_bio(text: str) -> str:
    """Raises InvalidRequest."""
    bio = clean_lines(text, BIO_CHARS_MAX)
    if bio is None:
        raise InvalidRequest(f"A bio must have at most {BIO_CHARS_MAX} characters.")
    return bio
