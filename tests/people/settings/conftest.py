"""An account on each database, with a clock that the test moves."""

from __future__ import annotations

from datetime import date

import pytest

from core.database import Database
from core.identity import Person
from people.accounts import Accounts

NOW = 1_800_000_000_000


@pytest.fixture
def clock() -> list[int]:
    return [NOW]


@pytest.fixture
def accounts(database: Database, clock: list[int]) -> Accounts:
    return Accounts(database, lambda: clock[0])


@pytest.fixture
def ada(accounts: Accounts) -> Person:
    return accounts.join("ada", "correct horse", date(1990, 1, 1), "Ada")
