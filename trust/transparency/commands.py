"""`cadeau moderation report`."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

from core.core import Core
from core.part import Argument, Command

if TYPE_CHECKING:
    from trust.transparency.report import Report

Line = tuple[str, str, str, float]
"""(month, or `total`, or `now`; figure; key; value)"""


def run(core: Core, options: argparse.Namespace) -> int:
    from functools import partial

    from people.sessions import signed_in
    from trust.machine.judging.thresholds import Thresholds
    from trust.transparency.report import read_history

    now = core.clock()
    recipients = partial(signed_in, now=now)
    history = core.database.read(lambda c: read_history(c, now, Thresholds(core.clock), recipients))
    found = history.report(getattr(options, "from"), options.to, public=False)
    if options.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("month", "figure", "key", "value"))
        writer.writerows(lines(found))
    else:
        for line in _table(found):
            print(line)
    return 0


def lines(report: Report) -> Iterator[Line]:
    """The report, one figure a line."""
    import msgspec

    for name, one in (*((month.month, month.figures) for month in report.months), ("total", report.total)):
        for figure, value in msgspec.to_builtins(one).items():
            for key, number in value.items() if isinstance(value, dict) else (("", value),):
                if number is not None:
                    yield name, figure, key, number
    for label in report.machine:
        for figure, value in (("decided", label.decided), ("marked", label.marked), ("precision", label.precision),
                              ("low", label.low), ("high", label.high)):  # fmt: skip
            if value is not None:
                yield "now", f"machine {figure}", label.label, value
    yield "now", "recipients", "", report.recipients or 0


def _table(report: Report) -> Iterator[str]:
    """A column for each month, then the total; what is of now comes last."""
    found: dict[tuple[str, str], dict[str, float]] = {}
    for column, figure, key, value in lines(report):
        found.setdefault((figure, key), {})[column] = value
    columns = [*(month.month for month in report.months), "total"]
    width = max(len(f"{figure} {key}") for figure, key in found)
    yield " " * width + "".join(f"{column:>10}" for column in columns)
    for (figure, key), values in found.items():
        name = f"{figure} {key}".strip()
        if "now" in values:
            yield f"{name:{width}}{values['now']:>10g} now"
        else:
            yield f"{name:{width}}" + "".join(f"{values.get(column, 0):>10g}" for column in columns)


def _month(text: str) -> object:
    from trust.transparency.months import Month

    return Month.read(text)


COMMANDS = (
    Command(
        words=("moderation", "report"),
        group_help="how good automated moderation is, and what was reported and decided",
        help="print the transparency report with exact figures, by month; without a period the newest twelve months",
        run=run,
        arguments=(
            Argument("--from", type=_month, help="a month such as 2026-06"),
            Argument("--to", type=_month, help="a month such as 2026-11"),
            Argument("--csv", flag=True, help="one figure a line: month, figure, key, value"),
        ),
    ),
)
