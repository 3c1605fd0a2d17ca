"""Sessions in the database."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import func, select

from core.database import Database
from people import sessions as module
from people.accounts import Accounts
from people.authentication import Authentication
from people.sessions import LIFE_MS, Sessions
from people.tables import sessions as table

NOW = 1_800_000_000_000


@pytest.fixture
def clock() -> list[int]:
    return [NOW]


def test_a_session_expires(database: Database, clock: list[int]) -> None:
    accounts, sessions = Accounts(database, lambda: clock[0]), Sessions(database, lambda: clock[0])
    person = accounts.join("ada", "correct horse", date(1990, 1, 1))
    token = sessions.open(person.id)
    assert Authentication(database, sessions, lambda: clock[0]).by_token(token).id == person.id  # type: ignore[union-attr]
    clock[0] += LIFE_MS
    assert Authentication(database, sessions, lambda: clock[0]).by_token(token) is None


def test_only_a_tokens_digest_is_stored_and_invalid_tokens_are_refused(database: Database, clock: list[int]) -> None:
    accounts, sessions = Accounts(database, lambda: clock[0]), Sessions(database, lambda: clock[0])
    person = accounts.join("ada", "correct horse", date(1990, 1, 1))
    token = sessions.open(person.id)
    stored = database.read(lambda c: c.execute(select(table.c.token_digest)).scalar_one())
    assert token.encode() not in bytes(stored)
    for nonsense in ("", "x", token[:-1], token + "x", "x" * 10_000, "\0", stored.hex()):
        assert Authentication(database, sessions, lambda: clock[0]).by_token(nonsense) is None


def test_the_oldest_sessions_are_dropped_above_the_limit(
    database: Database, clock: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SESSIONS_PER_PERSON_MAX", 3)
    accounts, sessions = Accounts(database, lambda: clock[0]), Sessions(database, lambda: clock[0])
    person = accounts.join("ada", "correct horse", date(1990, 1, 1))
    tokens = []
    for _ in range(5):
        clock[0] += 1
        tokens.append(sessions.open(person.id))
    assert [Authentication(database, sessions, lambda: clock[0]).by_token(token) is not None for token in tokens] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert database.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one()) == 3


def test_a_role_is_granted_by_handle(database: Database, clock: list[int]) -> None:
    accounts, sessions = Accounts(database, lambda: clock[0]), Sessions(database, lambda: clock[0])
    person = accounts.join("ada", "correct horse", date(1990, 1, 1))
    token = sessions.open(person.id)
    accounts.grant("ada", "moderator")
    identity = Authentication(database, sessions, lambda: clock[0]).by_token(token)
    assert identity is not None
    assert identity.moderates


def test_only_expired_sessions_are_deleted(database: Database, clock: list[int]) -> None:
    accounts, sessions = Accounts(database, lambda: clock[0]), Sessions(database, lambda: clock[0])
    person = accounts.join("ada", "correct horse", date(1990, 1, 1))
    sessions.open(person.id)
    clock[0] += module.LIFE_MS
    token = sessions.open(person.id)
    assert sessions.delete_expired() == 1
    assert Authentication(database, sessions, lambda: clock[0]).by_token(token) is not None
