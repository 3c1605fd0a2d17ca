"""The command line."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import uvloop

from cadeau import __version__
from cadeau.migrations import migrate
from core.clock import system_clock
from core.database import Database
from core.errors import Refusal
from core.logs import configure_logs
from core.settings import Settings, SettingsError
from money.assembly import open_money
from people.accounts import Accounts


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit status: 0 done, 1 failed, 2 the command or a setting makes no sense."""
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        if options.command is _doctor:  # who is asked what is wrong says it like everything else
            from cadeau.doctor import Finding, Verdict

            print(Finding("settings", Verdict.PROBLEM, str(error)))
            return 1
        print(f"cadeau: {error}", file=sys.stderr)
        return 2
    configure_logs(json=settings.json_logs)
    command: Callable[[Settings, argparse.Namespace], int] = options.command
    try:
        return command(settings, options)
    except (Refusal, OSError) as error:
        print(f"cadeau: {error}", file=sys.stderr)
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
    add("worker", _worker, "only do jobs, such as transcoding")
    add("migrate", _migrate, "bring the database's tables up to date")
    add("settings", _settings, "list every setting, its value and what it means")
    add("doctor", _doctor, "look whether everything the server needs is there")
    add("openapi", _openapi, "print the OpenAPI document")

    admin = add("admin", None, "look after people").add_subparsers(required=True, metavar="VERB")
    grant = admin.add_parser("grant", help="give somebody a role")
    grant.add_argument("handle")
    grant.add_argument("role", choices=("member", "moderator", "admin"))
    grant.set_defaults(command=_grant)

    ledger = add("ledger", None, "look after the money").add_subparsers(required=True, metavar="VERB")
    verify = ledger.add_parser("verify", help="prove that every balance adds up")
    verify.set_defaults(command=_verify)
    return parser


def _serve(settings: Settings, _: argparse.Namespace) -> int:
    from cadeau.server import serve

    _migrate(settings, _)
    uvloop.run(serve(settings))
    return 0


def _worker(settings: Settings, _: argparse.Namespace) -> int:
    from cadeau.server import work

    _migrate(settings, _)
    uvloop.run(work(settings))
    return 0


def _migrate(settings: Settings, _: argparse.Namespace) -> int:
    database = Database.from_settings(settings)
    try:
        migrate(database)
    finally:
        database.close()
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
        print(document_json(cadeau.asgi.routes, version=__version__).decode())
    finally:
        cadeau.close()
    return 0


def _grant(settings: Settings, options: argparse.Namespace) -> int:
    database = Database.from_settings(settings)
    try:
        Accounts(database, system_clock).grant(options.handle, options.role)
    finally:
        database.close()
    print(f"{options.handle} is now {options.role}")
    return 0


def _verify(settings: Settings, _: argparse.Namespace) -> int:
    database = Database.from_settings(settings)
    money = open_money(database, system_clock, settings, Accounts(database, system_clock).brief)
    try:
        findings = database.read(money.verify)
    finally:
        money.close()
        database.close()
    for finding in findings:
        print(finding, file=sys.stderr)
    print("The ledger does not add up." if findings else "Every balance adds up.")
    return 1 if findings else 0
