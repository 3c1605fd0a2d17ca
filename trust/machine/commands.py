"""`cadeau moderation evaluate`."""

from __future__ import annotations

import argparse

from core.core import Core
from core.part import Command


def run(core: Core, _: argparse.Namespace) -> int:
    import msgspec

    from trust.machine.judging.thresholds import Thresholds
    from trust.machine.learning.evaluate import evaluate
    from trust.machine.packages import missing

    for part in missing():
        print(msgspec.json.encode({"off": part}).decode())
    found = core.database.read(lambda c: list(evaluate(c, Thresholds(core.clock))))
    for one in found:
        print(msgspec.json.encode(one).decode())
    if not found:
        print(msgspec.json.encode({"decided": 0}).decode())
    return 0


COMMANDS = (
    Command(
        words=("moderation", "evaluate"),
        group_help="how good automated moderation is, and what was reported and decided",
        help="print precision and recall by label and language, one JSON object a line",
        run=run,
    ),
)
