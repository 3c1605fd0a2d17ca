"""`cadeau fund`."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from core.part import Argument, Command
from money.fund.corrections import Correction
from money.fund.fund import Fund, open_fund
from money.fund.periods import MONTH, NOTE_CHARS_MAX, Period
from money.fund.proofs import verify_period
from money.fund.results.explaining import Explanation
from money.fund.results.export import lines
from money.ledger import Ledger
from money.ledger.rules import TRANSFER_AMOUNT_MAX
from money.rates import Rates
from money.reports.files import write_privately
from money.reports.months import YEAR_MAX, YEAR_MIN

if TYPE_CHECKING:
    from core.core import Core

_GROUP = "the creator fund"
_KEY = re.compile(r"[!-~]{1,64}\Z")
BY = "command line"


def _open(core: Core) -> Fund:
    from people.inbox.notifications import Notifications

    rates = Rates.from_settings(core.settings, core.clock)
    return open_fund(core.settings, core.database, core.clock, Ledger(), rates, Notifications(core.clock, core.jobs))


def fill(core: Core, options: argparse.Namespace) -> int:
    fund = _open(core)

    def write(connection: Connection) -> None:
        fund.periods.fill(connection, options.period, options.coins, options.key, by=BY, note=options.note)

    core.database.write(write)
    print(f"{options.coins} coins are in the pot of {options.period}.")
    return 0


def close(core: Core, options: argparse.Namespace) -> int:
    _print(_open(core).closing.close(options.period, BY))
    return 0


def review(core: Core, options: argparse.Namespace) -> int:
    fund = _open(core)
    _print(core.database.write(lambda c: fund.posting.review(c, options.period, BY)))
    return 0


def post(core: Core, options: argparse.Namespace) -> int:
    _print(_open(core).posting.post(options.period, BY))
    return 0


def explain(core: Core, options: argparse.Namespace) -> int:
    """Why a creator gets what they get."""
    from people.accounts import Accounts

    def read(connection: Connection) -> Explanation:
        person = Accounts(core.database, core.clock).by_handle(connection, options.handle)
        return _open(core).explaining.explain(connection, person.id, options.period)

    found = core.database.read(read)
    month = found.month
    print(f"{options.handle} in {month.period}: {month.coins} of {month.pot} coins ({month.state})")
    print(f"  weight {found.weight} of {found.total_weight}; {month.views} views")
    for need in found.needs:
        print(f"  {need.name}: {need.has}, needed {need.least}{'' if (need.has or 0) >= need.least else ': lacking'}")
    for day in found.days:
        if day.coins:
            print(f"  {day.day}  {day.coins:>10}")
    for one in found.corrections:
        when = "posted with" if one.posted else "to be posted with"
        print(f"  {one.coins:+} coins for {one.month}, {when} {one.period}: {one.reason}")
    for video in found.videos:
        print(f"  {video.video}  {video.coins:>10}  {video.views} views, {video.watched_ms // 1000} s")
    return 0


def correct(core: Core, options: argparse.Namespace) -> int:
    """A line of the month that is running, for one that was posted."""
    from people.accounts import Accounts

    def write(connection: Connection) -> Correction:
        person = Accounts(core.database, core.clock).by_handle(connection, options.handle)
        return _open(core).corrections.correct(
            connection, options.period, person.id, options.coins, options.key, by=BY, reason=options.reason
        )

    made = core.database.write(write)
    more = f"{made.coins} coins more" if made.coins > 0 else f"{-made.coins} coins fewer"
    print(f"{options.handle} gets {more} for {made.month}, posted with {made.period}.")
    return 0


def verify(core: Core, options: argparse.Namespace) -> int:
    """One line if the month follows from its views; otherwise one line for each fault."""
    found = core.database.read(lambda c: list(verify_period(c, options.period)))
    for finding in found:
        print(finding)
    if not found:
        print(f"Every amount of {options.period} follows from its views.")
    return 1 if found else 0


def export(core: Core, options: argparse.Namespace) -> int:
    core.database.read(lambda c: write_privately(Path(options.file), lines(c, options.period)))
    return 0


def _print(period: Period) -> None:
    paid = period.pot - period.carried
    print(f"{period.period} is {period.state}: {paid} of {period.pot} coins for {period.views} views.")


def period(text: str) -> str:
    if not MONTH.match(text) or not YEAR_MIN <= int(text[:4]) <= YEAR_MAX:
        raise ValueError
    return text


def coins(text: str) -> int:
    number = int(text)
    if not 1 <= number <= TRANSFER_AMOUNT_MAX:
        raise ValueError
    return number


def difference(text: str) -> int:
    number = int(text)
    if not 1 <= abs(number) <= TRANSFER_AMOUNT_MAX:
        raise ValueError
    return number


def key(text: str) -> str:
    if not _KEY.match(text):
        raise ValueError
    return text


def note(text: str) -> str:
    if len(text) > NOTE_CHARS_MAX or not text.isprintable():
        raise ValueError
    return text


_WHICH = Argument("period", type=period, help="a month, UTC, as 2026-11")

COMMANDS = (
    Command(
        words=("fund", "fill"),
        group_help=_GROUP,
        help="put coins into a month's pot, once for each key",
        arguments=(
            _WHICH,
            Argument("coins", type=coins, help="a whole number above 0"),
            Argument("key", type=key, help="your name for this filling: repeated, it fills nothing"),
            Argument("--note", type=note, default="", help="why, at most 200 characters"),
        ),
        run=fill,
    ),
    Command(
        words=("fund", "close"), group_help=_GROUP, help="freeze a month that is over, and compute all amounts",
        arguments=(_WHICH,), run=close,
    ),
    Command(
        words=("fund", "review"), group_help=_GROUP, help="confirm that somebody has looked at the amounts",
        arguments=(_WHICH,), run=review,
    ),
    Command(
        words=("fund", "post"), group_help=_GROUP, help="pay out a month that was reviewed",
        arguments=(_WHICH,), run=post,
    ),
    Command(
        words=("fund", "correct"), group_help=_GROUP,
        help="give a creator more or fewer coins for a posted month, as a line of the one that is running",
        arguments=(
            _WHICH, Argument("handle"),
            Argument("coins", type=difference, help="how many more; below zero, fewer"),
            Argument("key", type=key, help="your name for this correction: repeated, it corrects nothing"),
            Argument("reason", type=note, help="why, at most 200 characters: the creator reads it"),
        ),
        run=correct,
    ),
    Command(
        words=("fund", "explain"), group_help=_GROUP, help="print why a creator gets what they get",
        arguments=(_WHICH, Argument("handle")), run=explain,
    ),
    Command(
        words=("fund", "verify"), group_help=_GROUP, help="compute a closed month again from its views",
        arguments=(_WHICH,), run=verify,
    ),
    Command(
        words=("fund", "export"), group_help=_GROUP,
        help="write a closed month without names, so that anybody can compute it", run=export,
        arguments=(_WHICH, Argument("file")),
    ),
)  # fmt: skip
