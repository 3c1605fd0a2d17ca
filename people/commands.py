"""Commands of `people`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, select

from core.errors import NotFound
from core.part import Argument, Command
from people.accounts import Accounts, normal_handle
from people.mail.links import Links, link_to
from people.mail.outbox import Outbox
from people.mail.resets import Resets
from people.security.policy.breached import write_breached
from people.sessions import end_sessions
from people.sign_outs import announce_from_outside
from people.tables import passkeys, people, recovery_codes, totp_secrets

if TYPE_CHECKING:
    from core.core import Core


def grant(core: Core, options: argparse.Namespace) -> int:
    Accounts(core.database, core.clock).grant(options.handle, options.role)
    print(f"{normal_handle(options.handle)} is now {options.role}")
    if options.role != "member" and core.settings.staff_factor_days:
        print(
            f"Without a second factor (Settings, Security) the role rests after {core.settings.staff_factor_days} days."
        )
    return 0


def reset_link(core: Core, options: argparse.Namespace) -> int:
    """For a server without mail, or a person without an address: whoever gets the link may choose the password."""
    links, outbox = Links(core.clock), Outbox(core.jobs, core.clock, enabled=False)
    secret = Resets(core.database, core.jobs, core.clock, links, outbox).link(normal_handle(options.handle))
    if secret is None:
        raise NotFound(f"Nobody has the handle {options.handle}.")
    print(link_to(core.settings.base_url, "reset", secret))
    return 0


def drop_factors(core: Core, options: argparse.Namespace) -> int:
    """For who has lost them and the recovery codes. Make sure who asks."""
    handle = normal_handle(options.handle)

    def write(connection: Connection) -> list[bytes]:
        person = connection.execute(select(people.c.id).where(people.c.handle == handle)).scalar()
        if person is None:
            raise NotFound(f"Nobody has the handle {options.handle}.")
        for table in (totp_secrets, passkeys, recovery_codes):
            connection.execute(delete(table).where(table.c.person == person))
        return end_sessions(connection, person)

    tell_ended(core, core.database.write(write))
    print(f"{handle} signs in with the password alone")
    return 0


def tell_ended(core: Core, digests: Sequence[bytes]) -> None:
    """Sessions have ended: tell the nodes, and whoever has typed the command how soon open connections follow."""
    told = announce_from_outside(core.settings, digests)
    print(f"{len(digests)} sessions ended; open connections {'have heard' if told else 'close within a minute'}")
    if not told and core.settings.redis_url:
        print("cadeau: Redis does not answer", file=sys.stderr)


def index_passwords(_: Core, options: argparse.Namespace) -> int:
    with Path(options.source).open() as lines:
        count = write_breached(lines, Path(options.file))
    print(f"{count} passwords in {options.file}: set CADEAU_BREACHED_PASSWORDS to it")
    return 0


def renew_push_key(core: Core, _: argparse.Namespace) -> int:
    from people.inbox.push.keys import forget_key

    core.database.write(forget_key)
    print("Push goes on for each browser when its owner opens the site again. Now restart all servers.")
    return 0


COMMANDS = (
    Command(
        words=("admin", "grant"),
        group_help="manage accounts",
        help="grant a role",
        arguments=(Argument("handle"), Argument("role", choices=("member", "moderator", "admin"))),
        run=grant,
    ),
    Command(
        words=("admin", "reset-link"),
        group_help="manage accounts",
        help="print a link by which somebody chooses a new password within 10 minutes",
        arguments=(Argument("handle"),),
        run=reset_link,
    ),
    Command(
        words=("admin", "drop-factors"),
        group_help="manage accounts",
        help="remove somebody's passkeys, authenticator app and recovery codes, and sign them out",
        arguments=(Argument("handle"),),
        run=drop_factors,
    ),
    Command(
        words=("keys", "renew-push"),
        group_help="renew keys that the database keeps",
        help="make a new key for web push; all subscriptions are forgotten",
        run=renew_push_key,
    ),
    Command(
        words=("passwords", "index"),
        group_help="refuse breached passwords",
        help="make the file for CADEAU_BREACHED_PASSWORDS from a sorted list of SHA-1 digests",
        arguments=(Argument("source"), Argument("file")),
        run=index_passwords,
    ),
)
