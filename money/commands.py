"""Commands of `money`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from core.errors import Unavailable
from core.part import Argument, Command
from money.ledger import Ledger, verify
from money.providers import PROVIDERS
from money.purchases.proofs import PROOFS
from money.reconciliation.differences import Differences
from money.reconciliation.reconciliation import RECONCILE_DAYS, Reconciliation

if TYPE_CHECKING:
    from core.core import Core

RECONCILE_DAYS_MAX = 3_660


def verify_ledger(core: Core, _: argparse.Namespace) -> int:
    findings = core.database.read(lambda c: verify(c) + verify(c, PROOFS))
    for finding in findings:
        print(finding, file=sys.stderr)
    print("The ledger is inconsistent." if findings else "Every balance adds up.")
    return 1 if findings else 0


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
        help="verify that all balances add up",
        run=verify_ledger,
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
