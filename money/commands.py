"""Commands of `money`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from core.database.proofs import findings
from core.part import Command

if TYPE_CHECKING:
    from core.core import Core


def verify_ledger(core: Core, _: argparse.Namespace) -> int:
    """One line if everything holds; otherwise one line for each fault."""
    found = core.database.read(lambda connection: list(findings(connection, core.proofs)))
    for finding in found:
        print(finding)
    if not found:
        print("Every balance adds up.")
    return 1 if found else 0


COMMANDS = (
    Command(
        words=("ledger", "verify"),
        group_help="inspect the ledger",
        help="verify the books: every balance, every row, and the hash chain",
        run=verify_ledger,
        whole=True,
    ),
)
