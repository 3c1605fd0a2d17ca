"""Commands of ads."""

from __future__ import annotations

import argparse
import json
from datetime import date
from typing import TYPE_CHECKING

from core.part import Argument, Command

if TYPE_CHECKING:
    from core.core import Core

_GROUP = "check and simulate advertising"


def verify(core: Core, options: argparse.Namespace) -> int:
    """One line if the day's bills can be recomputed; otherwise one line for each fault."""
    from vod.ads.billing.verify import verify_day

    number = (options.day - date(1970, 1, 1)).days
    found = core.database.read(lambda connection: list(verify_day(connection, number)))
    for finding in found:
        print(finding)
    if not found:
        print(f"Every bill of {options.day} follows from its receipts.")
    return 1 if found else 0


def simulate(_: Core, options: argparse.Namespace) -> int:
    from vod.ads.simulation.simulate import simulate as simulated

    for result in simulated(options.seed):
        print(json.dumps(result), flush=True)
    return 0


def seed(text: str) -> int:
    """A whole number from 0."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


AD_COMMANDS = (
    Command(
        words=("ads", "verify"),
        group_help=_GROUP,
        help="recompute a day's bills from the receipts and the ledger",
        arguments=(Argument("day", type=date.fromisoformat, help="of UTC, as in 2026-11-30"),),
        run=verify,
    ),
    Command(
        words=("ads", "simulate"),
        group_help=_GROUP,
        help="play days with bursts, wrong curves and bots: spend against budget and plan, prices, caps, fairness",
        arguments=(Argument("--seed", type=seed, default=1, help="of the days (default: 1)"),),
        run=simulate,
        migrated=False,
    ),
)
