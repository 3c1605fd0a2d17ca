"""The audit log: what is altered, removed, cut off or written anew is found."""

from __future__ import annotations

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from core.database import Database
from trust.audit.chain import Audit, BrokenAudit, Head, head_of, verify
from trust.audit.tables import audit_head


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database, 5)
    return database


def fill(database: Database, rows: int, by: str = "ann") -> None:
    audit = Audit(lambda: 1_000)
    for number in range(rows):
        database.write(lambda c, number=number: audit.append(c, by, "decided", f"d{number}", "hide none"))  # type: ignore[misc]


def verified(database: Database, noted: Head | None = None) -> Head:
    return database.read(lambda c: verify(c, noted))


def by_force(database: Database, sql: str) -> None:
    """As somebody with the whole database in their hands."""

    def write(connection: object) -> None:
        postgres = database.engine.dialect.name == "postgresql"
        for verb in ("update", "delete"):
            connection.execute(text(f"DROP TRIGGER audit_no_{verb}" + (" ON audit" if postgres else "")))  # type: ignore[attr-defined]
        connection.execute(text(sql))  # type: ignore[attr-defined]

    database.write(write)


def test_an_untouched_log_is_intact_and_its_head_can_be_kept(filled: Database) -> None:
    head = verified(filled)
    assert head.number == 5
    fill(filled, 2)
    assert verified(filled, head_of(str(head))).number == 7


@pytest.mark.parametrize("sql", ["UPDATE audit SET what = 'x' WHERE number = 2", "DELETE FROM audit WHERE number = 5"])
def test_the_database_refuses_changes(filled: Database, sql: str) -> None:
    with pytest.raises(DBAPIError):
        filled.write(lambda c: c.execute(text(sql)))


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE audit SET at = 7 WHERE number = 2", "row 2 was altered"),
        *((f"UPDATE audit SET \"{column}\" = '7' WHERE number = 2", "row 2 was altered")
          for column in ("by", "what", "subject", "detail")),
        ("UPDATE audit SET digest = (SELECT digest FROM audit WHERE number = 1) WHERE number = 2", "row 2 was altered"),
        ("DELETE FROM audit WHERE number = 3", "row 3 is missing"),
        ("DELETE FROM audit WHERE number = 5", "the head says 5 rows, but there are 4"),
    ],
)  # fmt: skip
def test_what_was_altered_is_named(filled: Database, sql: str, found: str) -> None:
    by_force(filled, sql)
    with pytest.raises(BrokenAudit, match=found):
        verified(filled)


def test_a_log_that_was_cut_or_written_anew_does_not_fit_a_head_that_was_kept(filled: Database) -> None:
    kept = verified(filled)
    by_force(filled, "DELETE FROM audit")
    filled.write(lambda c: c.execute(update(audit_head).values(number=0, digest=b"")))
    fill(filled, 3, by="eve")
    with pytest.raises(BrokenAudit, match="rows 4 to 5 are missing"):
        verified(filled, kept)
    fill(filled, 3, by="eve")
    with pytest.raises(BrokenAudit, match="row 5 is not the one that was noted"):
        verified(filled, kept)
