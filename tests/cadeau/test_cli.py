"""The command line: the domains' commands, and commands that need no server."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from cadeau import cli
from cadeau.app import open_cadeau
from cadeau.commands import COMMANDS
from cadeau.migrations import migrate
from cadeau.migrations.new import VERSIONS, new_migration
from core.database import Database
from core.settings import Settings
from tests.services import free_port


def test_the_command_line_has_every_command_of_the_parts(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    database = Database.from_settings(settings)
    migrate(database)
    database.close()
    cadeau = open_cadeau(settings)
    carried = [command for part in cadeau.parts for command in part.commands]
    cadeau.close()
    assert carried == list(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.words))
def test_every_command_has_help(command: object, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main([*getattr(command, "words"), "--help"])  # noqa: B009
    assert end.value.code == 0
    assert "usage: cadeau" in capsys.readouterr().out


@pytest.mark.parametrize("words", ["ledger verify", "ledger checkpoint", "money revenue 2026-11", "vat oss 2026Q4 X"])
def test_a_command_on_a_database_that_is_not_migrated_says_so(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CADEAU_DATA_DIR", str(tmp_path / "data"))
    assert cli.main(words.split()) == 1
    assert capsys.readouterr().err.startswith("cadeau: there is no database at ")
    assert list(tmp_path.iterdir()) == [], "a wrong folder stays as it was"
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cadeau.db").touch()
    assert cli.main(words.split()) == 1
    assert "`cadeau migrate`" in capsys.readouterr().err


def test_a_command_without_its_database_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CADEAU_DATABASE_URL", f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    assert cli.main(["ledger", "verify"]) == 1
    told = capsys.readouterr().err
    assert "cadeau: the database does not answer: " in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("vat oss 2026Q5 FILE", "'2026Q5' does not fit: such as 2026Q4"),
        ("tax dac7 20266 FILE", "'20266' does not fit: calendar year, as 2026"),
        ("money revenue 2026-13", "'2026-13' does not fit: UTC, as 2026-11"),
        ("ledger reconcile --days 0", "'0' does not fit: how far back, at most 3660"),
    ],
)
def test_wrong_usage_is_answered_by_what_is_right(words: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(words.split())
    assert end.value.code == 2
    assert told in capsys.readouterr().err


def test_a_worker_refuses_unknown_lanes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["worker", "--lane", "fast"])
    assert end.value.code == 2
    assert "'media', 'privacy', 'export', 'trust'" in capsys.readouterr().err


def test_a_new_migration_has_the_next_number_and_the_last_as_parent(tmp_path: Path) -> None:
    first = new_migration("Add a table", tmp_path)
    second = new_migration("Add another: with an index!", tmp_path)
    assert (first.name, second.name) == ("0001_add_a_table.py", "0002_add_another_with_an_index.py")
    spec = importlib.util.spec_from_file_location("second", second)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (module.revision, module.down_revision) == ("0002", "0001")


def test_a_migration_without_a_message_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="message"):
        new_migration(" ?! ", tmp_path)
    assert not list(tmp_path.iterdir())


def test_migration_numbers_are_unique() -> None:
    numbers = sorted(path.name[:4] for path in VERSIONS.glob("0*.py"))
    assert len(numbers) == len(set(numbers))
