"""The whole application over a real database, without a server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cadeau.app import Cadeau, open_cadeau
from core.settings import Settings


class HeldClock:
    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now

    def pass_days(self, days: float) -> None:
        self.now += round(days * 86_400_000)


class House:
    def __init__(self, cadeau: Cadeau, clock: HeldClock, folder: Path) -> None:
        self.cadeau, self.clock, self.folder = cadeau, clock, folder
        self.database, self.privacy = cadeau.core.database, cadeau.privacy

    def join(self, handle: str, name: str = "") -> str:
        return self.cadeau.people.accounts.join(handle, "correct horse battery", date(1990, 5, 17), name).id


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    clock = HeldClock()
    opened = open_cadeau(Settings(data_dir=tmp_path, database_url=database_url), clock=clock)
    yield House(opened, clock, tmp_path)
    opened.close()
