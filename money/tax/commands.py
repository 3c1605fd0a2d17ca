"""`cadeau tax dac7` and `cadeau tax us1099`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from core.part import Argument, Command
from money.ledger.reading import use_one_state
from money.rates import Rates
from money.reports.files import as_csv, write_privately
from money.reports.months import YEAR_MAX, YEAR_MIN
from money.reports.sums import Sums
from money.tax.figures import Figures, figures_of
from money.tax.reports import dac7_rows, us1099_rows

if TYPE_CHECKING:
    from core.core import Core

Rows = Callable[[Connection, Sequence[Figures]], Iterable[tuple[object, ...]]]


def write_dac7(core: Core, options: argparse.Namespace) -> int:
    return _write(core, options, dac7_rows)


def write_us1099(core: Core, options: argparse.Namespace) -> int:
    return _write(core, options, lambda connection, figures: us1099_rows(connection, figures, options.year))


def _write(core: Core, options: argparse.Namespace, rows: Rows) -> int:
    """Says how many of those who were paid lack details: without these the report is not complete."""
    Sums(core.database).bring_up_all()
    rates = Rates.from_settings(core.settings, core.clock)

    def table(connection: Connection) -> list[tuple[object, ...]]:
        use_one_state(connection)
        return list(rows(connection, list(figures_of(connection, options.year, rates, core.clock))))

    head, *found = core.database.read(table)
    write_privately(Path(options.file), [as_csv([head, *found])])
    lacking = sum(row[head.index("state")] == "missing" for row in found)
    print(f"{len(found)} rows written, {lacking} of them without tax details.")
    return 0


def _year(text: str) -> int:
    if not (len(text) == 4 and text.isascii() and text.isdigit() and YEAR_MIN <= int(text) <= YEAR_MAX):
        raise ValueError
    return int(text)


_ARGUMENTS = (Argument("year", type=_year, help="calendar year, as 2026"), Argument("file"))
COMMANDS = (
    Command(
        words=("tax", "dac7"),
        group_help="figures for tax offices",
        help="write what creators were paid in a year, by quarter, for DAC7 (CSV)",
        arguments=_ARGUMENTS,
        run=write_dac7,
    ),
    Command(
        words=("tax", "us1099"),
        group_help="figures for tax offices",
        help="write what creators in the US were paid in a year, for forms 1099 (CSV)",
        arguments=_ARGUMENTS,
        run=write_us1099,
    ),
)
