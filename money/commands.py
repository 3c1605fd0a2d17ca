"""Commands of `money`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from core.database.proofs import Finding, findings
from core.errors import Unavailable
from core.part import Argument, Command
from money.ledger import Ledger
from money.ledger.checkpoints import Checkpoints, wrong_anchors
from money.ledger.journals import FORMATS
from money.ledger.proofs import verify_since_checkpoint
from money.ledger.reading import use_one_state
from money.providers import PROVIDERS
from money.reconciliation.differences import Differences
from money.reconciliation.reconciliation import RECONCILE_DAYS, Reconciliation

if TYPE_CHECKING:
    from core.core import Core

RECONCILE_DAYS_MAX = 3_660


_ONLY_OURS = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def verify_ledger(core: Core, options: argparse.Namespace) -> int:
    """One line if everything holds; otherwise one line for each fault."""
    anchors = Path(core.settings.ledger_anchor_file)

    def prove(connection: Connection) -> list[Finding]:
        if options.since_checkpoint:
            return verify_since_checkpoint(connection)
        use_one_state(connection)
        found = list(findings(connection, core.proofs))
        if anchors.is_file():
            found += wrong_anchors(connection, anchors)
        return found

    found = core.database.read(prove)
    for finding in found:
        print(finding)
    if not found:
        print("Every balance adds up.")
    return 1 if found else 0


def make_checkpoint(core: Core, _: argparse.Namespace) -> int:
    """Print the line to keep elsewhere."""
    checkpoint = Checkpoints(core.database, core.clock, core.settings.ledger_anchor_file).make()
    if checkpoint is None:
        print("The ledger is empty.")
    else:
        print(f"{checkpoint.transfer} {checkpoint.digest.hex()}")
    return 0


def export_ledger(core: Core, options: argparse.Namespace) -> int:
    """Written beside the file and renamed at the end: nobody reads half a journal."""
    file = Path(options.file)
    part = file.with_name(f"{file.name}.part")

    def write(connection: Connection) -> None:
        use_one_state(connection)
        with os.fdopen(os.open(part, _ONLY_OURS, 0o600), "w", encoding="utf-8") as journal:
            journal.writelines(FORMATS[options.format](connection))

    try:
        core.database.read(write)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return 0


def reconcile(core: Core, arguments: argparse.Namespace) -> int:
    provider = PROVIDERS[core.settings.payments](core.settings, core.clock)
    differences = Differences(core.clock)
    try:
        done = Reconciliation(core.database, core.clock, Ledger(), provider, differences).run(arguments.days)
    except Unavailable as silent:
        print(silent.detail, file=sys.stderr)
        return 2
    finally:
        provider.close()
    print(f"{done.rows} rows of {provider.name} compared: {done.found} differences, {done.new} of them new.")
    return 1 if done.found else 0


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= RECONCILE_DAYS_MAX:
        raise ValueError
    return days


COMMANDS = (
    Command(
        words=("ledger", "verify"),
        group_help="inspect the ledger",
        help="verify the books: every balance, every row, and the hash chain",
        arguments=(Argument("--since-checkpoint", flag=True, help="only what was posted since the last checkpoint"),),
        run=verify_ledger,
        whole=True,
    ),
    Command(
        words=("ledger", "checkpoint"),
        group_help="inspect the ledger",
        help="note the state of the books, and print the line to keep elsewhere",
        run=make_checkpoint,
    ),
    Command(
        words=("ledger", "export"),
        group_help="inspect the ledger",
        help="write every transfer as a journal",
        arguments=(
            Argument("--format", choices=tuple(FORMATS), default="hledger", help="hledger by default"),
            Argument("file"),
        ),
        run=export_ledger,
    ),
    Command(
        words=("ledger", "reconcile"),
        group_help="inspect the ledger",
        help="compare the books with what moved at the payment provider, both ways",
        run=reconcile,
        arguments=(
            Argument("--days", type=_days, default=RECONCILE_DAYS, help=f"how far back (default {RECONCILE_DAYS})"),
        ),
    ),
)
