"""Money on a real database, with a clock that the test controls."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest
from sqlalchemy import Connection

from core.database import Database
from core.identity import Person
from core.part import Part
from core.settings import Settings
from money import part as money_part
from money.part import Money
from tests.cores import core_over

START = 1_700_000_000_000  # 2023-11-14, 22:13 UTC


class HeldClock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


def brief(_: Connection, ids: Collection[str]) -> Mapping[str, Person]:
    """Every account exists, except deleted ones."""
    return {who: Person(who, f"handle.{who}", who.title()) for who in ids if who != "gone"}


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def part(database: Database, clock: HeldClock, tmp_path: Path) -> Iterator[Part[Money]]:
    """A commission of 40 percent, 7 days of hold for everybody, the sandbox; everything must add up at a test's end."""
    settings = Settings(data_dir=tmp_path, commission_percent=40, earnings_new_hold_days=7)
    opened = money_part.open(core_over(database, tmp_path, settings=settings, clock=clock), brief=brief)
    yield opened
    assert database.read(opened.api.verify) == []
    opened.close()


@pytest.fixture
def money(part: Part[Money]) -> Money:
    return part.api
