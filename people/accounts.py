"""Accounts: joining, the profile, roles."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Row, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotFound
from core.identity import Person, PersonRole
from core.ids import new_id
from core.text import clean_line, clean_lines, folded
from people.age import ADULT_YEARS, JOIN_YEARS_MIN, today_at, years_old
from people.errors import HandleTaken, TooYoung
from people.leaving.erasing import is_blocked
from people.leaving.resting import rests
from people.leaving.unused import day_of
from people.passwords import hashed
from people.security.handles import check_reserved
from people.settings.avatar_urls import AvatarUrls
from people.tables import follows, former_handles, people

HANDLE_CHARS_MAX = 64  # of what is looked up
HANDLE = re.compile(r"[a-z][a-z0-9_.]{2,23}\Z")
YEARS_MAX = 120
NAME_CHARS_MAX = 40
BIO_CHARS_MAX = 200

Password = Annotated[str, msgspec.Meta(min_length=8, max_length=256)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_CHARS_MAX)]
Language = Literal["auto", "en", "fr"]
"""Of the interface. `auto`: whatever each browser asks for."""
Bio = Annotated[str, msgspec.Meta(max_length=BIO_CHARS_MAX)]


BRIEF = people.c.id, people.c.handle, people.c.name, people.c.avatar
_IN_BRIEF = select(*BRIEF).where(people.c.id.in_(bindparam("ids")))  # built once: every list of anything asks it
PersonRecorder = Callable[[Connection, str], None]
"""Called with a person's id in each transaction that changes what others see of them. It may only run SQL, and may run
again when the transaction is retried."""


class Profile(msgspec.Struct, frozen=True):
    """A person as everybody may see them. `followed`: by the caller. `avatar`, `avatar_large`: addresses of the
    picture, 128 and 512 px wide, left out where there is none."""

    id: str
    handle: str
    name: str
    bio: str
    joined_at: int
    followers: int
    following: int
    followed: bool
    avatar: str | UnsetType = UNSET
    avatar_large: str | UnsetType = UNSET


class OwnProfile(Profile, frozen=True, kw_only=True):
    """A person as they see themselves. `handle_changed_at`: Unix ms, 0 for never; `country`: empty, if they do not
    say."""

    role: PersonRole
    adult: bool
    language: Language
    handle_changed_at: int
    country: str = ""


class Accounts:
    def __init__(self, database: Database, clock: Clock, avatars: AvatarUrls | None = None) -> None:
        self._database = database
        self._clock = clock
        self._avatars = avatars or AvatarUrls()
        self._recorders: list[PersonRecorder] = []

    def record(self, recorder: PersonRecorder) -> None:
        """Call `recorder` in the transaction of every new account and every change of handle, name or bio."""
        self._recorders.append(recorder)

    def changed(self, connection: Connection, person: str) -> None:
        """Tell the recorders. Whatever changes what others see of a person calls it."""
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
        check_handle(handle)
        today = today_at(self._clock())
        age = years_old(birthdate, today)
        if birthdate > today or age > YEARS_MAX:
            raise InvalidRequest("This is not a valid date of birth.")
        if age < JOIN_YEARS_MIN:
            raise TooYoung
        self._database.read(lambda c: self.check_free(c, handle))

    def add(
        self, handle: str, password_hash: str, birthdate: date, name: str = "", also: PersonRecorder | None = None
    ) -> Person:
        """Create an account that `check_new` has accepted; `also` joins the transaction. Raises HandleTaken."""
        person = Person(new_id(), handle, checked_name(name) if name else handle)
        now = self._clock()
        row = {"password": password_hash, "birthdate": birthdate.isoformat(), "joined_at": now, "used_at": day_of(now)}

        def write(connection: Connection) -> None:
            self.check_free(connection, handle)
            connection.execute(insert(people).values(**msgspec.to_builtins(person), **row))
            self.changed(connection, person.id)
            if also is not None:
                also(connection, person.id)

        try:
            self._database.write(write)
        except IntegrityError:
            raise HandleTaken from None
        return person

    def check_free(self, connection: Connection, handle: str, person: str = "") -> None:
        """Raises HandleTaken if somebody has the handle or, unless that is `person`, had it until a while ago,
        and HandleReserved if it could be taken for the staff's.

        In this order: whoever gives up a handle reserves it in the same transaction, so one of the two is seen.
        """
        if connection.execute(select(people.c.id).where(people.c.handle == handle)).first():
            raise HandleTaken
        if self._former_owner(connection, handle) not in (None, person):
            raise HandleTaken
        if is_blocked(connection, handle, self._clock()):
            raise HandleTaken
        check_reserved(connection, handle, person)

    def _former_owner(self, connection: Connection, handle: str) -> str | None:
        reserved = former_handles.c.handle == handle, former_handles.c.until > self._clock()
        return connection.execute(select(former_handles.c.person).where(*reserved)).scalar()

    def _find(self, connection: Connection, handle: str) -> Row[Any]:
        """The person who has a handle, or had it until a while ago. Raises NotFound."""
        wanted = normal_handle(handle)
        row = connection.execute(select(people).where(people.c.handle == wanted)).first()
        if row is None and (former := self._former_owner(connection, wanted)) is not None:
            row = connection.execute(select(people).where(people.c.id == former)).first()
        if row is None:
            raise NotFound("Nobody has that handle.")
        return row

    def _found(self, connection: Connection, handle: str, viewer: str | None) -> Row[Any]:
        """The same, for who looks for somebody: nobody else finds an account that rests. Raises NotFound."""
        row = self._find(connection, handle)
        if rests(row) and row.id != viewer:
            raise NotFound("Nobody has that handle.")
        return row

    def profile(self, connection: Connection, handle: str, viewer: str | None = None) -> Profile:
        """Raises NotFound."""
        row = self._found(connection, handle, viewer)
        return Profile(
            row.id, row.handle, row.name, row.bio, row.joined_at, *self._follow_counts(connection, row.id, viewer),
            self._avatars.small(row.id, row.avatar), self._avatars.large(row.id, row.avatar),
        )  # fmt: skip

    def own(self, person: str) -> OwnProfile:
        """`own_profile`, with a connection of its own. Blocks."""
        return self._database.read(lambda c: self.own_profile(c, person))

    def own_profile(self, connection: Connection, person: str) -> OwnProfile:
        row = connection.execute(select(people).where(people.c.id == person)).one()
        followers, following, _ = self._follow_counts(connection, person, None)
        adult = is_adult(row.birthdate, self._clock())
        return OwnProfile(
            row.id, row.handle, row.name, row.bio, row.joined_at, followers, following, False,
            self._avatars.small(person, row.avatar), self._avatars.large(person, row.avatar),
            role=row.role, adult=adult, language=row.language, handle_changed_at=row.handle_changed_at,
            country=row.country,
        )  # fmt: skip

    @staticmethod
    def _follow_counts(connection: Connection, person: str, viewer: str | None) -> tuple[int, int, bool]:
        def count(condition: object) -> int:
            return connection.execute(select(func.count()).select_from(follows).where(condition)).scalar_one()  # type: ignore[arg-type]

        followed = viewer is not None and bool(count((follows.c.follower == viewer) & (follows.c.followed == person)))
        return count(follows.c.followed == person), count(follows.c.follower == person), followed

    def change(
        self, person: str, name: str | None, bio: str | None, language: Language | None = None,
        country: str | None = None,
    ) -> OwnProfile:  # fmt: skip
        """Change the given fields and leave the others."""
        values: dict[str, str] = {}
        if language is not None:
            values["language"] = language
        if country is not None:
            values["country"] = country
        if name is not None:
            values["name"] = checked_name(name)
        if bio is not None:
            values["bio"] = checked_bio(bio)

        def write(connection: Connection) -> OwnProfile:
            if values:
                connection.execute(update(people).where(people.c.id == person).values(**values))
                self.changed(connection, person)
            return self.own_profile(connection, person)

        return self._database.write(write)

    def said_by(self, connection: Connection, person: str) -> str | None:
        """What a profile says, for moderators; None if there is no such person."""
        row = connection.execute(select(people).where(people.c.id == person)).first()
        return None if row is None else "\n".join(filter(None, (f"@{row.handle}", row.name, row.bio)))

    def staff_among(self, connection: Connection, ids: Collection[str]) -> set[str]:
        """Those of these people who moderate or administer."""
        staff = select(people.c.id).where(people.c.id.in_(ids), people.c.role.in_(("moderator", "admin")))
        return set(connection.execute(staff).scalars())

    def page_of(self, connection: Connection, person: str) -> str:
        """The path of somebody's profile."""
        handle = connection.execute(select(people.c.handle).where(people.c.id == person)).scalar()
        return f"/@{handle}" if handle else ""

    def is_staff(self, connection: Connection, person: str) -> bool:
        """Whether somebody moderates or administers."""
        role = connection.execute(select(people.c.role).where(people.c.id == person)).scalar()
        return role in ("moderator", "admin")

    def moderators(self, connection: Connection) -> int:
        """How many people may moderate now."""
        staff = people.c.role.in_(("moderator", "admin")), people.c.suspended_until <= self._clock()
        return connection.execute(select(func.count()).select_from(people).where(*staff)).scalar_one()

    def staff(self, connection: Connection, admins: bool) -> list[str]:
        """Ids of those who moderate, or only of the admins, the oldest account first."""
        roles = ("admin",) if admins else ("moderator", "admin")
        them = select(people.c.id).where(people.c.role.in_(roles), people.c.erased_at == 0)
        return list(connection.execute(them.order_by(people.c.id)).scalars())

    def country(self, connection: Connection, person: str) -> str:
        """The country that somebody says they live in (ISO 3166-1); empty: they do not."""
        return connection.execute(select(people.c.country).where(people.c.id == person)).scalar() or ""

    def grant(self, handle: str, role: PersonRole) -> None:
        """Give a role. Raises NotFound."""
        theirs = update(people).where(people.c.handle == normal_handle(handle))
        since = theirs.values(role=role, role_at=self._clock())
        found = self._database.write(lambda c: c.execute(since).rowcount)
        if not found:
            raise NotFound(f"Nobody has the handle {handle}.")

    def brief(self, connection: Connection, ids: Iterable[str]) -> dict[str, Person]:
        """People by id, those that exist."""
        wanted = set(ids)
        if not wanted:
            return {}
        rows = connection.execute(_IN_BRIEF, {"ids": [*wanted]}).all()
        return {row.id: self.person(row) for row in rows}

    def joined_at(self, connection: Connection, ids: Collection[str]) -> dict[str, int]:
        """When each of these joined, in Unix ms; deleted ones are missing."""
        return joined_at(connection, ids)

    def adults(self, connection: Connection, ids: Collection[str]) -> set[str]:
        """Those of these people who are of age now; deleted ones are missing."""
        rows = connection.execute(select(people.c.id, people.c.birthdate).where(people.c.id.in_(ids)))
        return {row.id for row in rows if is_adult(row.birthdate, self._clock())}

    def by_id(self, connection: Connection, person: str) -> Person:
        """Raises NotFound."""
        found = self.brief(connection, [person]).get(person)
        if found is None:
            raise NotFound("There is no such person.")
        return found

    def by_handle(self, connection: Connection, handle: str) -> Person:
        """Raises NotFound."""
        return self.person(self._find(connection, handle))

    def found(self, connection: Connection, handle: str, viewer: str | None) -> Person:
        """As `by_handle`, but nobody else finds an account that rests. Raises NotFound."""
        return self.person(self._found(connection, handle, viewer))

    def person(self, row: Row[*tuple[Any, ...]]) -> Person:
        """Of a row with the columns BRIEF."""
        return Person(row.id, row.handle, row.name, self._avatars.small(row.id, row.avatar))


def joined_at(connection: Connection, ids: Collection[str]) -> dict[str, int]:
    """When each of these people joined, in Unix ms; deleted ones are missing."""
    rows = connection.execute(select(people.c.id, people.c.joined_at).where(people.c.id.in_(ids)))
    return {row.id: row.joined_at for row in rows}


def born(connection: Connection, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """The handle and the date of birth (YYYY-MM-DD) of each of these people; deleted ones are missing."""
    found = select(people.c.id, people.c.handle, people.c.birthdate).where(people.c.id.in_(ids))
    return {row.id: (row.handle, row.birthdate) for row in connection.execute(found)}


def is_adult(birthdate: str, now_ms: int) -> bool:
    return years_old(date.fromisoformat(birthdate), today_at(now_ms)) >= ADULT_YEARS


def normal_handle(text: str) -> str:
    """The handle that somebody typed or linked to, as it is stored: in any case and width, with or without "@".

    Empty if no handle looks like that.
    """
    handle = folded(text.removeprefix("@")) if len(text) <= HANDLE_CHARS_MAX else ""
    return handle if HANDLE.match(handle) else ""


def check_handle(handle: str) -> None:
    """Raises InvalidRequest."""
    if not HANDLE.match(handle):
        raise InvalidRequest("A handle must have 3 to 24 characters of a-z, 0-9, _ and ., and begin with a letter.")


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
