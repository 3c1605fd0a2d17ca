"""Commands of `money`."""

from __future__ import annotations

import argparse
import sys

from core.core import Core
from core.part import Command
from money.ledger import verify


def verify_ledger(core: Core, _: argparse.Namespace) -> int:
    findings = core.database.read(verify)
    for finding in findings:
        print(finding, file=sys.stderr)
    print("The ledger does not add up." if findings else "Every balance adds up.")
    return 1 if findings else 0


COMMANDS = (
    Command(
        words=("ledger", "verify"),
        group_help="look after the money",
        help="prove that every balance adds up",
        run=verify_ledger,
    ),
)
