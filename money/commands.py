"""Commands of `money`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from core.part import Command
from money.ledger import verify

if TYPE_CHECKING:
    from core.core import Core


def verify_ledger(core: Core, _: argparse.Namespace) -> int:
    findings = core.database.read(verify)
    for finding in findings:
        print(finding, file=sys.stderr)
    print("The ledger is inconsistent." if findings else "Every balance adds up.")
    return 1 if findings else 0


COMMANDS = (
    Command(
        words=("ledger", "verify"),
        group_help="inspect the ledger",
        help="verify that all balances add up",
        run=verify_ledger,
    ),
)
