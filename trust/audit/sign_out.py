"""`cadeau admin sign-out`: ends all sessions of somebody, wherever they are."""

from __future__ import annotations

import argparse

from core.core import Core
from core.part import Argument, Command

WHAT = "signed_out_everywhere"
COMMAND_LINE = ""
"""Who has done it, as far as the audit knows."""


def sign_out(core: Core, options: argparse.Namespace) -> int:
    from sqlalchemy import Connection
    from structlog import get_logger

    from people.accounts import Accounts
    from people.commands import tell_ended
    from people.sessions import end_sessions
    from trust.audit.chain import Audit

    accounts, audit = Accounts(core.database, core.clock), Audit(core.clock)

    def write(connection: Connection) -> tuple[str, list[bytes]]:
        person = accounts.by_handle(connection, options.handle)
        ended = end_sessions(connection, person.id)
        audit.append(connection, COMMAND_LINE, WHAT, person.id, str(len(ended)))
        return person.id, ended

    person, ended = core.database.write(write)
    get_logger("security").info(WHAT, person=person, sessions=len(ended))
    tell_ended(core, ended)
    return 0


COMMANDS = (
    Command(
        words=("admin", "sign-out"),
        group_help="manage accounts",
        help="end all sessions of somebody, and their open connections on every node",
        arguments=(Argument("handle"),),
        run=sign_out,
    ),
)
