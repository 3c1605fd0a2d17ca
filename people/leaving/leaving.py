"""What of an account goes when its owner is erased: sessions, follows, pictures, and at last the name."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, delete, or_, select

from core.core import Core
from core.privacy import Media
from people.accounts import Accounts
from people.follows import Follows
from people.leaving.erasing import bury
from people.leaving.mentions import of_column, unnames
from people.sessions import end_sessions
from people.settings.avatar_urls import LARGE_PX, SMALL_PX, avatar_key
from people.tables import avatar_files, follows, notifications

AT_ONCE_MAX = 500


def leave(core: Core, accounts: Accounts, makes: Follows) -> None:
    """Add what `people` does to every erasure and every copy of somebody's data."""
    database, quoted = core.database, notifications.c.text

    def sign_out(person: str) -> None:
        database.write(lambda c: end_sessions(c, person))

    def unfollow(person: str) -> None:
        while database.write(lambda c: _unfollow_some(c, makes, person)):
            pass

    def forget_pictures(person: str) -> None:
        mine = select(avatar_files.c.digest).where(avatar_files.c.person == person)
        for digest in database.read(lambda c: c.execute(mine).scalars().all()):
            for px in (SMALL_PX, LARGE_PX):
                core.storage.delete(avatar_key(person, digest, px))

    def take_name(person: str) -> None:
        def write(connection: Connection) -> None:
            bury(connection, person, core.clock())
            accounts.changed(connection, person)

        database.write(write)

    def pictures(connection: Connection, person: str) -> Iterator[Media]:
        mine = select(avatar_files.c.digest).where(avatar_files.c.person == person, avatar_files.c.doomed.is_(False))
        for digest in connection.execute(mine).scalars().all():
            yield Media(f"pictures/{digest}.webp", avatar_key(person, digest, LARGE_PX))

    core.privacy.step("sessions", sign_out)
    core.privacy.step("follows", unfollow)
    core.privacy.step("inboxes", unnames(database, notifications, quoted, of_column(quoted)))  # they quote texts
    core.privacy.step("pictures", forget_pictures)
    core.privacy.step("name", take_name, "last")
    core.privacy.media(pictures)


def _unfollow_some(connection: Connection, makes: Follows, person: str) -> int:
    """Whom they followed has one follower less, which search weighs."""
    mine = or_(follows.c.follower == person, follows.c.followed == person)
    some = connection.execute(select(follows.c.follower, follows.c.followed).where(mine).limit(AT_ONCE_MAX)).all()
    for follower, followed in some:
        this = (follows.c.follower == follower) & (follows.c.followed == followed)
        connection.execute(delete(follows).where(this))
        makes.changed(connection, followed)
    return len(some)
