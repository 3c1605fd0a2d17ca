"""Commands of `vod`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from core.part import Command

if TYPE_CHECKING:
    from core.core import Core


def rebuild_search(core: Core, _: argparse.Namespace) -> int:
    from people.accounts import Accounts
    from vod.search.discovery import rebuild

    brief = Accounts(core.database, core.clock).brief
    print(f"{rebuild(core, brief)} subjects indexed")
    return 0


COMMANDS = (
    Command(
        words=("search", "rebuild"),
        group_help="maintain the search index",
        help="build the search index anew, also while the server runs",
        run=rebuild_search,
    ),
)
