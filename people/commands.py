"""Commands of `people`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from core.part import Argument, Command
from people.accounts import Accounts, normal_handle

if TYPE_CHECKING:
    from core.core import Core


def grant(core: Core, options: argparse.Namespace) -> int:
    Accounts(core.database, core.clock).grant(options.handle, options.role)
    print(f"{normal_handle(options.handle)} is now {options.role}")
    return 0


COMMANDS = (
    Command(
        words=("admin", "grant"),
        group_help="manage accounts",
        help="grant a role",
        arguments=(Argument("handle"), Argument("role", choices=("member", "moderator", "admin"))),
        run=grant,
    ),
)
