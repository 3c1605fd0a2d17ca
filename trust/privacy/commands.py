"""`cadeau privacy ...`: exports and erasures for whom asks in another way than by the page, and reports."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from core.core import Core
from core.part import Argument, Command
from people.accounts import Accounts

if TYPE_CHECKING:
    from trust.privacy.opening import OpenPrivacy

MODE = 0o600  # an export is for one person


def export(core: Core, options: argparse.Namespace) -> int:
    privacy = _opened(core)
    person = core.database.read(lambda c: Accounts(core.database, core.clock).by_handle(c, options.handle))
    descriptor = os.open(options.file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, MODE)
    with os.fdopen(descriptor, "wb") as sink:
        archive = privacy.exporting.write(person.id, sink)
    rows, missing = sum(one.rows for one in archive.manifest.tables), [m for m in archive.manifest.media if m.missing]
    print(f"{rows} rows and {len(archive.manifest.media)} files of @{person.handle} in {options.file}")
    for one in missing:
        print(f"cadeau: the storage has no {one.file}", file=sys.stderr)
    return 0


def erase(core: Core, options: argparse.Namespace) -> int:
    privacy = _opened(core)
    person = core.database.read(lambda c: Accounts(core.database, core.clock).by_handle(c, options.handle))
    for hold in core.database.read(lambda c: privacy.erasures.holds(c, person.id)):
        print(f"open: {hold.code} ({hold.amount}){', to be settled first' if hold.stops else ''}")
    asked = core.database.write(lambda c: privacy.erasures.ask(c, person.id))
    if not options.now:
        print(f"@{person.handle} is hidden, and will be erased in {privacy.erasures.undo_days} days")
        return 0
    core.database.write(lambda c: privacy.erasures.hurry(c, asked.id))
    return _finish(core, privacy, asked.id)


def report(core: Core, _: argparse.Namespace) -> int:
    from core.tables import metadata
    from trust.privacy.notice import records_of_processing

    for line in records_of_processing(metadata):
        print(line)
    privacy = _opened(core)
    late = privacy.retention.count()
    for table, rows in sorted(late.items()):
        print(f"cadeau: {table} has {rows} rows that should be gone", file=sys.stderr)
    return 1 if late else 0


def replay(core: Core, _: argparse.Namespace) -> int:
    privacy = _opened(core)
    revived = privacy.erasing.replay()
    waiting = privacy.erasing.go_on()
    print(f"{revived} erased accounts were in the database again" + (f"; {waiting} still wait" if waiting else ""))
    return 1 if waiting else 0


def _finish(core: Core, privacy: OpenPrivacy, erasure: str) -> int:
    privacy.erasing.go_on()
    row = core.database.read(lambda c: privacy.erasures.row(c, erasure))
    if row.state not in ("done", "held"):
        print(f"waits after the step {row.step!r}: a running server ends open rooms and goes on")
        return 1
    for trace in row.found:
        print(f"{'kept by law' if trace['lawful'] else 'LEFT'}: {trace['place']}, {trace['rows']} rows")
    for kind in row.held:
        print(f"kept until it is over: {kind}")
    print("erased")
    return 1 if any(not trace["lawful"] for trace in row.found) else 0


def _opened(core: Core) -> OpenPrivacy:
    return cast("OpenPrivacy", core.privacy.opened)


HELP = "exports, erasures, and what is kept"
COMMANDS = (
    Command(
        words=("privacy", "export"), group_help=HELP, help="write a copy of somebody's data to a new file (ZIP)",
        run=export, arguments=(Argument("handle"), Argument("file", type=Path)), whole=True,
    ),
    Command(
        words=("privacy", "erase"), group_help=HELP, help="hide somebody, and erase them after 14 days",
        run=erase, arguments=(Argument("handle"), Argument("--now", flag=True, help="do not wait")), whole=True,
    ),
    Command(
        words=("privacy", "report"), group_help=HELP,
        help="print the records of processing; fails if rows were kept for too long", run=report, whole=True,
    ),
    Command(
        words=("privacy", "replay"), group_help=HELP, whole=True, run=replay,
        help="erase again whom a restored backup has brought back; the server does so by itself when it starts",
    ),
)  # fmt: skip
