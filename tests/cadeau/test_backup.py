"""A backup is complete although the server writes, is readable by its owner only, and can be restored."""

from __future__ import annotations

import shlex
import stat
import subprocess
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from cadeau.app import Cadeau, open_cadeau
from cadeau.cli import main
from cadeau.migrations import migrate
from core.database.backup import BackupImpossibleError, back_up
from core.ids import new_id
from core.settings import Settings
from tests.services import program

BIRTHDATE = date(1990, 1, 1)


@pytest.fixture
def cadeau(tmp_path: Path, sqlite_url: str) -> Iterator[Cadeau]:
    opened = open_cadeau(Settings(data_dir=tmp_path, database_url=sqlite_url))
    yield opened
    opened.close()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CADEAU_DATA_DIR", str(tmp_path))


def test_everything_acknowledged_before_it_is_in_it(cadeau: Cadeau, tmp_path: Path) -> None:
    person = cadeau.people.accounts.join("ada", "correct horse battery", BIRTHDATE)
    cadeau.core.database.write(lambda c: cadeau.money.grant(c, person.id, 700, new_id(), "test"))
    stop = threading.Event()

    def go_on_writing() -> None:
        while not stop.is_set():
            cadeau.core.database.write(lambda c: cadeau.money.grant(c, person.id, 1, new_id(), "test"))

    writing = threading.Thread(target=go_on_writing)
    writing.start()
    try:
        assert main(["backup", str(tmp_path / "copy.db")]) == 0
    finally:
        stop.set()
        writing.join()
    assert stat.S_IMODE((tmp_path / "copy.db").stat().st_mode) == 0o600
    folder = tmp_path / "restored"
    folder.mkdir()
    (tmp_path / "copy.db").rename(folder / "cadeau.db")
    restored = open_cadeau(Settings(data_dir=folder))
    try:
        database = restored.core.database
        migrate(database)
        assert database.read(lambda c: restored.people.accounts.by_handle(c, "ada")).id == person.id
        assert database.read(restored.money.verify) == []
        assert database.read(lambda c: restored.money.wallets.wallet(c, person.id)).coins >= 700
    finally:
        restored.close()


def test_it_never_overwrites_a_file(cadeau: Cadeau, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "precious").write_text("yesterday's")
    assert main(["backup", str(tmp_path / "precious")]) == 1
    assert "precious" in capsys.readouterr().err
    assert (tmp_path / "precious").read_text() == "yesterday's"


@pytest.mark.usefixtures("cadeau")
def test_a_backup_that_fails_leaves_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", str(tmp_path / "nowhere" / "copy.db")]) == 1
    (tmp_path / "cadeau.db").write_bytes(b"not a database" * 100)
    assert main(["backup", str(tmp_path / "copy.db")]) == 1
    assert not (tmp_path / "copy.db").exists()
    assert "Traceback" not in capsys.readouterr().err


def test_for_postgresql_it_names_the_command_without_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CADEAU_DATABASE_URL", "postgresql://ada:hunter2@db.example:5433/cadeau?sslmode=require")
    assert main(["backup", str(tmp_path / "a copy")]) == 1
    said = capsys.readouterr().err
    url = "'postgresql://ada@db.example:5433/cadeau?sslmode=require'"
    assert f"pg_dump --format=custom --file='{tmp_path}/a copy' {url}" in said
    assert "hunter2" not in said


def test_a_dump_of_postgresql_restores(postgres_url: str, postgres: str, tmp_path: Path) -> None:
    """The command that it names works as it is named."""
    cadeau = open_cadeau(Settings(data_dir=tmp_path, database_url=postgres_url))
    person = cadeau.people.accounts.join("ada", "correct horse battery", BIRTHDATE)
    cadeau.close()
    with pytest.raises(BackupImpossibleError) as impossible:
        back_up(Settings(database_url=postgres_url), tmp_path / "dump")
    command = shlex.split(str(impossible.value).splitlines()[-1])
    folders = "/usr/lib/postgresql/*/bin"
    subprocess.run([program(command[0], folders), *command[1:]], check=True)
    name = f"restored_{new_id()}"
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
    url = postgres.replace("/postgres", f"/{name}")
    subprocess.run([program("pg_restore", folders), f"--dbname={url}", str(tmp_path / "dump")], check=True)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT id FROM people WHERE handle = 'ada'").fetchone() == (person.id,)
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
