"""`cadeau audit verify`."""

from __future__ import annotations

import argparse
import sys

from core.core import Core
from core.part import Argument, Command


def verify(core: Core, options: argparse.Namespace) -> int:
    from trust.audit.chain import BrokenAudit
    from trust.audit.chain import verify as verified

    try:
        head = core.database.read(lambda c: verified(c, options.head))
    except BrokenAudit as broken:
        print(f"cadeau: the audit log is broken: {broken}", file=sys.stderr)
        return 1
    print(f"{head.number} rows, none altered. Keep this elsewhere, and give it to --head next time: {head}")
    return 0


def _head(text: str) -> object:
    from trust.audit.chain import head_of

    return head_of(text)


COMMANDS = (
    Command(
        words=("audit", "verify"),
        group_help="check the log of what staff did",
        help="recompute the chain of the audit log, and print its head",
        run=verify,
        arguments=(Argument("--head", type=_head, help="NUMBER:DIGEST, a head that was printed before"),),
    ),
)
