"""The command line."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import uvloop
from sqlalchemy.exc import DBAPIError

from cadeau import __version__
from cadeau.commands import COMMANDS
from cadeau.migrations import migrate, revisions
from cadeau.migrations.new import new_migration
from core.database import Database, database_url, sqlite_path
from core.database.backup import BackupImpossibleError, back_up
from core.errors import Refusal
from core.jobs import Lane
from core.logs import configure_logs
from core.outages import is_outage
from core.part import Argument, Command
from core.settings import Settings, SettingsError
from core.storage import storage_folder


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 success, 1 failure, 2 wrong usage or an invalid setting."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        if options.command is _doctor:  # the doctor reports an invalid setting like any other problem
            from cadeau.doctor import Finding, Verdict

            print(Finding("settings", Verdict.PROBLEM, str(error)))
            return 1
        print(f"cadeau: {error}", file=sys.stderr)
        return 2
    configure_logs(json=settings.json_logs)
    command: Callable[[Settings, argparse.Namespace], int] = options.command
    try:
        return command(settings, options)
    except SettingsError as error:
        print(f"cadeau: {error}", file=sys.stderr)
        return 2
    except (Refusal, OSError) as error:
        print(f"cadeau: {error}", file=sys.stderr)
        return 1
    except DBAPIError as error:
        if not is_outage(error):
            raise
        print(f"cadeau: the database does not answer: {str(error.orig).strip().splitlines()[0]}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="cadeau", description="Live streaming with gifts, and a short-video feed.")
    parser.add_argument("--version", action="version", version=f"cadeau {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(command=command)
        return sub

    add("serve", _serve, "run the server")
    worker = add("worker", _worker, "run background jobs only, such as transcoding")
    lane_names = [lane.value for lane in Lane]
    worker.add_argument(
        "--lane", action="append", choices=lane_names, dest="lanes", help="run only this lane's jobs; may be repeated"
    )
    migration = add("migrate", _migrate, "migrate the database, or create a new migration")
    verbs = migration.add_subparsers(metavar="VERB")
    new = verbs.add_parser("new", help="create an empty migration with the next number")
    new.add_argument("message", help="what the migration does, in a few words")
    new.set_defaults(command=_new_migration)
    backup = add("backup", _backup, "copy the database to a new file while the server runs")
    backup.add_argument("file", type=Path, help="the file to write; it must not exist")
    add("settings", _settings, "list every setting with its value and meaning")
    add("doctor", _doctor, "check that everything the server needs is available")
    add("openapi", _openapi, "print the OpenAPI document")

    groups: dict[str, Any] = {}
    for command in COMMANDS:
        group, verb = command.words
        if group not in groups:
            groups[group] = add(group, None, command.group_help).add_subparsers(required=True, metavar="VERB")
        sub = groups[group].add_parser(verb, help=command.help)
        for argument in command.arguments:
            if argument.flag:
                sub.add_argument(argument.name, action="store_true", help=argument.help)
                continue
            sub.add_argument(
                argument.name,
                choices=argument.choices,
                type=partial(_read, argument),
                default=argument.default,
                help=argument.help,
            )
        sub.set_defaults(command=partial(_run, command))
    return parser


def _read(argument: Argument, text: str) -> Any:
    """A value from the command line. Raises what argparse reports as wrong usage, with an example of what is right."""
    try:
        return argument.type(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} does not fit: {argument.help}") from None


def _serve(settings: Settings, _: argparse.Namespace) -> int:
    from cadeau.server import serve

    _migrate_when_possible(settings)
    uvloop.run(serve(settings))
    return 0


def _worker(settings: Settings, options: argparse.Namespace) -> int:
    from cadeau.server import work

    _migrate_when_possible(settings)
    lanes = [Lane(name) for name in options.lanes or ()] or list(Lane)
    uvloop.run(work(settings, lanes))
    return 0


def _migrate_when_possible(settings: Settings) -> None:
    """Migrate, waiting for a database that is not there yet: it may start after us."""
    database = Database.from_settings(settings)
    try:
        while True:
            try:
                migrate(database)
                database.reading.over()
                return
            except Exception as error:
                if not is_outage(error):
                    raise
                time.sleep(database.reading.failed(error))
    finally:
        database.close()


def _not_migrated(settings: Settings) -> str:
    """Why the tables are not those that this code needs; empty if they are. Creates no database."""
    file = sqlite_path(database_url(settings))
    if file is not None and not file.exists():
        return f"there is no database at {file}: look at CADEAU_DATA_DIR, or create it by `cadeau migrate`."
    database = Database.from_settings(settings)
    try:
        current, wanted = revisions(database)
    finally:
        database.close()
    if current == wanted:
        return ""
    return f"the tables are at revision {current}, but this version needs {wanted}: `cadeau migrate` migrates them."


def _migrate(settings: Settings, _: argparse.Namespace) -> int:
    database = Database.from_settings(settings)
    try:
        migrate(database)
    finally:
        database.close()
    return 0


def _new_migration(_: Settings, options: argparse.Namespace) -> int:
    try:
        path = new_migration(options.message)
    except ValueError as error:
        print(f"cadeau: {error}", file=sys.stderr)
        return 2
    print(f"created {path}")
    return 0


def _backup(settings: Settings, options: argparse.Namespace) -> int:
    try:
        size = back_up(settings, options.file)
    except BackupImpossibleError as error:
        print(f"cadeau: {error}", file=sys.stderr)
        return 1
    print(f"{options.file}: {size} bytes")
    if not settings.storage_url.startswith("s3:"):
        print(f"The videos are files in {storage_folder(settings)}: copy that folder, too.")
    return 0


def _settings(settings: Settings, _: argparse.Namespace) -> int:
    for field in fields(Settings):
        value = getattr(settings, field.name)
        secret = field.name.endswith(("_key", "_secret")) or (field.name.endswith("_url") and "@" in str(value))
        shown = "(set)" if secret and value else int(value) if isinstance(value, bool) else value
        print(f"CADEAU_{field.name.upper()}={shown}\n    {field.metadata['doc']}")
    return 0


def _doctor(settings: Settings, _: argparse.Namespace) -> int:
    from cadeau.doctor import Verdict, examine

    findings = []
    for finding in examine(settings):
        print(finding, flush=True)
        findings.append(finding)
    return 1 if any(finding.verdict is Verdict.PROBLEM for finding in findings) else 0


def _openapi(settings: Settings, _: argparse.Namespace) -> int:
    from cadeau.app import open_cadeau
    from cadeau.documents import document_json

    cadeau = open_cadeau(settings)
    try:
        print(document_json(cadeau.asgi.routes, version=__version__, cookie=cadeau.asgi.state.gate.cookie).decode())
    finally:
        cadeau.close()
    return 0


def _run(command: Command, settings: Settings, options: argparse.Namespace) -> int:
    from core.core import Core

    if command.migrated and (lacking := _not_migrated(settings)):
        print(f"cadeau: {lacking}", file=sys.stderr)
        return 1
    if command.whole:
        from cadeau.app import open_cadeau

        cadeau = open_cadeau(settings)
        try:
            return command.run(cadeau.core, options)
        finally:
            cadeau.close()
    core = Core.open(settings)
    try:
        return command.run(core, options)
    finally:
        core.close()
