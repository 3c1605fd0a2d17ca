"""Anybody can compute a month again from its export, by the program in the docs; and what was altered is found."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from core.database import Database
from core.errors import Refusal
from money.fund.proofs import verify_period
from money.fund.results.export import lines
from tests.money.fund.conftest import PERIOD, World

DOCS = Path(__file__).resolve().parents[3] / "docs" / "fund.md"
PROGRAM_LINES_MAX = 30


def crowd(world: World, seed: int) -> None:
    draw = random.Random(seed)
    world.followers = {"poor": 2}
    world.fill(draw.randrange(1, 100_000))
    videos = [f"{creator}/{number}" for creator in ("bob", "carl", "dora", "poor", "gone") for number in range(3)]
    for number in range(12):
        for day in draw.sample(range(31), draw.randint(1, 15)):
            some = draw.sample(videos, draw.randint(1, 6))
            world.watch(f"v{number}", *some, days=[day], ms=draw.randint(5_000, 9_000_000), reactions=draw.randrange(8))


def export(world: World, folder: Path) -> Path:
    file = folder / "month"
    file.write_text("".join(world.database.read(lambda c: list(lines(c, PERIOD)))))
    return file


def recompute(file: Path) -> str:
    found = re.search(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found is not None
    assert len(found[1].splitlines()) <= PROGRAM_LINES_MAX
    run = subprocess.run([sys.executable, "-c", found[1], str(file)], capture_output=True, text=True, check=True)
    return run.stdout.strip()


@pytest.mark.parametrize("seed", range(4))
def test_the_program_in_the_docs_computes_every_amount(sqlite_world: World, tmp_path: Path, seed: int) -> None:
    crowd(sqlite_world, seed)
    sqlite_world.posted()
    assert recompute(export(sqlite_world, tmp_path)) == "every amount agrees"


def test_it_agrees_on_a_month_in_which_nobody_gets_anything(sqlite_world: World, tmp_path: Path) -> None:
    sqlite_world.fill(100)
    sqlite_world.watch("ann", "gone/1")
    sqlite_world.close()
    assert recompute(export(sqlite_world, tmp_path)) == "every amount agrees"


def test_it_finds_what_was_altered(sqlite_world: World, tmp_path: Path) -> None:
    crowd(sqlite_world, 9)
    sqlite_world.close()
    file = export(sqlite_world, tmp_path)
    told = file.read_text().splitlines()
    paid = next(at for at, line in enumerate(told) if line.startswith("creator") and not line.endswith("\t0"))
    told[paid] += "0"
    file.write_text("\n".join(told) + "\n")
    assert recompute(file) == "differs"


def test_an_export_names_nobody(sqlite_world: World, tmp_path: Path) -> None:
    crowd(sqlite_world, 3)
    sqlite_world.close()
    told = export(sqlite_world, tmp_path).read_text()
    assert not re.search(r"\b(bob|carl|dora|poor|gone|v\d+)\b", told)
    own = sqlite_world.database.read(lambda c: sqlite_world.fund.explaining.explain(c, "bob", PERIOD))
    assert f"creator\t{own.code}\t1\t{own.month.coins}\n" in told


def test_only_a_closed_month_is_exported(sqlite_world: World, tmp_path: Path) -> None:
    sqlite_world.watch("ann", "bob/1")
    with pytest.raises(Refusal):
        export(sqlite_world, tmp_path)


ALTERED = [
    "UPDATE fund_views SET ms = ms + 1 WHERE creator = 'bob'",
    "UPDATE fund_views SET reactions = 7 - reactions",
    "UPDATE fund_views SET creator = 'carl' WHERE creator = 'bob'",
    "DELETE FROM fund_views WHERE creator = 'poor'",
    "INSERT INTO fund_views SELECT period, viewer, day, 'bob/9', 'bob', ms, reactions FROM fund_views "
    "WHERE video = 'bob/1'",
    "UPDATE fund_creators SET views = views + 1 WHERE creator = 'poor'",
    "UPDATE fund_creators SET days = days + 1 WHERE creator = 'bob'",
    "UPDATE fund_creators SET weight = weight + 1 WHERE creator = 'bob'",
    "UPDATE fund_creators SET coins = coins + 1 WHERE creator = 'bob'",
    "UPDATE fund_creators SET reasons = '', followers = 99 WHERE creator = 'poor'",
    "UPDATE fund_videos SET liked = liked + 1 WHERE video = 'bob/1'",
    "UPDATE fund_videos SET weight = weight + 1 WHERE video = 'bob/1'",
    "DELETE FROM fund_videos WHERE video = 'bob/1'",
    "UPDATE fund_periods SET digest = ''",
    "UPDATE fund_periods SET views = views + 1",
    "UPDATE fund_periods SET pot = pot + 1",
    "UPDATE fund_periods SET terms = '{\"viewer_active_days\": 1}'",
]


@pytest.fixture
def closed(world: World, database: Database) -> World:
    crowd(world, 5)
    world.close()
    assert database.read(lambda c: list(verify_period(c, PERIOD))) == []
    return world


def test_fund_verify_fails_on_each_altered_row(
    closed: World, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("money.fund.proofs.use_one_state", lambda _: None)  # the alteration is not committed
    for sql in ALTERED:
        with database.engine.connect() as connection:
            connection.execute(text(sql))
            found = list(verify_period(connection, PERIOD))
            connection.rollback()
        assert found, sql
