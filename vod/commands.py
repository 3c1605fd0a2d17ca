"""Commands of `vod`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from core.part import Argument, Command
from vod.ads.commands import AD_COMMANDS

if TYPE_CHECKING:
    from core.core import Core

LAST = 20_000
ALS_MISSING = "it takes the package implicit, which pip install 'cadeau[evaluate]' installs"


def rebuild_search(core: Core, _: argparse.Namespace) -> int:
    from people.accounts import Accounts
    from vod.search.discovery import rebuild

    brief = Accounts(core.database, core.clock).brief
    print(f"{rebuild(core, brief)} subjects indexed")
    return 0


def renew_file_key(core: Core, _: argparse.Namespace) -> int:
    from vod.catalogue.withdrawal.seals import forget_key

    core.database.write(forget_key)
    print("Addresses of withdrawn files that were given out will not open them. Now restart all servers.")
    return 0


def renew_ad_key(core: Core, _: argparse.Namespace) -> int:
    from vod.ads.serving.signing import forget_key

    core.database.write(forget_key)
    print("Ads on screens count no more, nor do conversions of clicks until now. Now restart all servers.")
    return 0


def evaluate(_: Core, options: argparse.Namespace) -> int:
    from vod.feed.evaluation.batch import Als
    from vod.feed.evaluation.evaluate import evaluate_all
    from vod.feed.evaluation.log import LogDamaged, read_log

    try:
        log = read_log(options.file)
    except LogDamaged as error:
        print(f"cadeau: {options.file}: {error}", file=sys.stderr)
        return 1
    if not Als.installed():
        print(f"cadeau: without {Als.name}: {ALS_MISSING}", file=sys.stderr)
    if options.shuffle is not None:
        log = log.shuffled(options.shuffle)
    for result in evaluate_all(log, options.last):
        print(json.dumps(result), flush=True)
    return 0


def simulate(_: Core, options: argparse.Namespace) -> int:
    from vod.feed.evaluation.simulate import simulate as simulated

    for result in simulated(options.seed):
        print(json.dumps(result), flush=True)
    return 0


def count(text: str) -> int:
    """A whole number above 0."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def seed(text: str) -> int:
    """A whole number from 0."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


COMMANDS = (
    *AD_COMMANDS,
    Command(
        words=("keys", "renew-files"),
        group_help="renew keys that the database keeps",
        help="make a new key for addresses of withdrawn files",
        run=renew_file_key,
    ),
    Command(
        words=("keys", "renew-ads"),
        group_help="renew keys that the database keeps",
        help="make a new key for impressions and clicks of ads",
        run=renew_ad_key,
    ),
    Command(
        words=("search", "rebuild"),
        group_help="maintain the search index",
        help="build the search index anew, also while the server runs",
        run=rebuild_search,
    ),
    Command(
        words=("recommend", "evaluate"),
        group_help="measure the recommender",
        help="replay a log, and compare predictions with other methods",
        arguments=(
            Argument("file", type=Path, help="lines of person, item, Unix seconds and signal, with tabs between them"),
            Argument("--last", type=count, default=LAST, help=f"events to predict (default: {LAST})"),
            Argument("--shuffle", type=seed, help="a seed: put the events in an order that says nothing"),
        ),
        run=evaluate,
        migrated=False,
    ),
    Command(
        words=("recommend", "simulate"),
        group_help="measure the recommender",
        help="serve a simulated world: new videos, newcomers, bots",
        arguments=(Argument("--seed", type=seed, default=1, help="of the world (default: 1)"),),
        run=simulate,
        migrated=False,
    ),
)
