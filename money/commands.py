"""Commands of `money`."""

from __future__ import annotations

import argparse
import sys
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from core.database.proofs import FINDINGS_MAX, Finding, findings
from core.errors import InvalidRequest, Unavailable
from core.part import Argument, Command
from money.fund.commands import COMMANDS as FUND_COMMANDS
from money.ledger import Ledger
from money.ledger.checkpoints import Checkpoints, wrong_anchors
from money.ledger.journals import FORMATS
from money.ledger.proofs import verify_since_checkpoint
from money.ledger.reading import use_one_state
from money.providers import PROVIDERS
from money.reconciliation.differences import Differences
from money.reconciliation.reconciliation import RECONCILE_DAYS, Reconciliation
from money.reports.commands import COMMANDS as REPORT_COMMANDS
from money.reports.files import write_privately
from money.tax.commands import COMMANDS as TAX_COMMANDS
from money.vat import report
from money.vat.quarters import is_quarter
from money.vat.recapitulative import customers, recapitulative_csv

if TYPE_CHECKING:
    from core.core import Core

RECONCILE_DAYS_MAX = 3_660
_HOW_FAR_BACK = f"how far back, at most {RECONCILE_DAYS_MAX} (default {RECONCILE_DAYS})"


def verify_ledger(core: Core, options: argparse.Namespace) -> int:
    """One line if everything holds; otherwise one line for each fault."""

    def prove(connection: Connection) -> list[Finding]:
        if options.since_checkpoint:
            found = verify_since_checkpoint(connection)
        else:
            use_one_state(connection)
            found = list(findings(connection, core.proofs))
        if anchors := core.settings.ledger_anchor_file:
            found += islice(wrong_anchors(connection, Path(anchors)), FINDINGS_MAX)
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
    def write(connection: Connection) -> None:
        use_one_state(connection)
        write_privately(Path(options.file), FORMATS[options.format](connection))

    core.database.read(write)
    return 0


def export_vat(as_csv: report.AsCsv, core: Core, options: argparse.Namespace) -> int:
    """Write a quarter's VAT as CSV. 2: an exchange rate is missing, and nothing is written."""
    try:
        exchange = report.exchange_of(options.exchange)
        rows = core.database.read(lambda c: report.rows_of(c, options.quarter))
        write_privately(Path(options.file), [as_csv(rows, options.quarter, exchange)])
    except InvalidRequest as refused:
        print(refused.detail, file=sys.stderr)
        return 2
    return 0


def export_recapitulative(core: Core, options: argparse.Namespace) -> int:
    found = core.database.read(lambda c: customers(c, options.quarter))
    write_privately(Path(options.file), [recapitulative_csv(found)])
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


def _quarter(text: str) -> str:
    if not is_quarter(text):
        raise ValueError
    return text


def _days(text: str) -> int:
    days = int(text)
    if not 1 <= days <= RECONCILE_DAYS_MAX:
        raise ValueError
    return days


_OF_A_QUARTER = (Argument("quarter", type=_quarter, help="such as 2026Q4"), Argument("file"))


def _vat(verb: str, help: str, as_csv: report.AsCsv) -> Command:
    return Command(
        words=("vat", verb),
        group_help="report VAT",
        help=help,
        arguments=(
            *_OF_A_QUARTER,
            Argument(
                "--exchange", default="", help="how many euros one unit buys on the quarter's last day: USD=0.9212"
            ),
        ),
        run=partial(export_vat, as_csv),
    )


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
        arguments=(Argument("--days", type=_days, default=RECONCILE_DAYS, help=_HOW_FAR_BACK),),
    ),
    _vat("oss", "write what a quarter's OSS return asks for, as CSV", report.oss_csv),
    _vat("home", "write all other VAT of a quarter, as CSV", report.home_csv),
    Command(
        words=("vat", "recapitulative"),
        group_help="report VAT",
        help="write which businesses of the EU owe the VAT of a quarter themselves, as CSV",
        arguments=_OF_A_QUARTER,
        run=export_recapitulative,
    ),
    *FUND_COMMANDS,
    *REPORT_COMMANDS,
    *TAX_COMMANDS,
)
