"""Whatever somebody alters by hand, `ledger verify` names the first transfer that is not as it was posted."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from core.database import Database
from core.settings import Settings
from money.commands import verify_ledger
from money.gifts import GiftOrder
from money.ledger.checkpoints import Checkpoints, wrong_anchors
from money.ledger.proofs import PROOFS, verify, verify_since_checkpoint
from money.part import Money
from money.tables import TRIGGERS
from tests.coins import add_coins
from tests.cores import core_over
from tests.money.conftest import START, HeldClock

GIFTS = 6


@pytest.fixture
def books(database: Database, money: Money) -> Database:
    """Transfer 1 opens Ada's wallet, 2 grants 40 bonus coins, 3 to 8 are cakes for Bob."""
    database.write(lambda c: add_coins(c, "ada", 1_000, "ada"))
    database.write(lambda c: money.grant(c, "ada", 40, "ada", "welcome"))
    for n in range(GIFTS):
        order = GiftOrder(f"k{n}", "ada", "bob", "cake", 1, "room", START)
        database.write(lambda c: money.gifts.give(c, [order]))  # noqa: B023
    return database


@pytest.fixture
def money(database: Database, clock: HeldClock, tmp_path: Path) -> Money:
    """Unlike everywhere else, nothing is verified at the end."""
    from money import part as money_part
    from tests.money.conftest import brief

    core = core_over(database, tmp_path, settings=Settings(data_dir=tmp_path, commission_percent=40), clock=clock)
    return money_part.open(core, brief=brief).api


def alter(database: Database, *statements: str) -> None:
    """As somebody with access to the database would: the triggers are dropped, and made again afterwards."""

    def change(connection: Connection) -> None:
        made = drop_triggers(connection)
        for statement in statements:
            connection.execute(text(statement))
        for trigger in made:
            connection.execute(text(trigger))

    database.write(change)


def drop_triggers(connection: Connection) -> list[str]:
    """Returns the statements that make them again."""
    if connection.dialect.name == "sqlite":
        found = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        made = {name: sql for name, sql in connection.execute(text(found)) if name in TRIGGERS}
        for name in made:
            connection.execute(text(f"DROP TRIGGER {name}"))
        return list(made.values())
    tables = ("accounts", "transfers", "entries", "ledger_checkpoints", "agreements")
    for table in tables:
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    return [f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables]


def of(owner: str, kind: str) -> str:
    return f"(SELECT id FROM accounts WHERE owner = '{owner}' AND kind = '{kind}')"


# A coin less from Ada's wallet in transfer 5, and a coin less for the commission, with every balance made to agree.
CONSISTENT = (
    f"UPDATE entries SET amount = amount + 1 WHERE transfer = 5 AND account = {of('ada', 'wallet')}",
    f"UPDATE entries SET amount = amount - 1 WHERE transfer = 5 AND account = {of('platform', 'commission')}",
    f"UPDATE entries SET balance_after = balance_after + 1 WHERE transfer >= 5 AND account = {of('ada', 'wallet')}",
    f"UPDATE entries SET balance_after = balance_after - 1 WHERE transfer >= 5 "
    f"AND account = {of('platform', 'commission')}",
    "UPDATE accounts SET balance = balance + 1 WHERE owner = 'ada' AND kind = 'wallet'",
    "UPDATE accounts SET balance = balance - 1 WHERE owner = 'platform' AND kind = 'commission'",
)
# The last gift taken out of every row that it is in.
UNDONE = (
    "UPDATE accounts SET balance = balance - (SELECT amount FROM entries WHERE transfer = 8 AND account = accounts.id) "
    "WHERE id IN (SELECT account FROM entries WHERE transfer = 8)",
    "UPDATE earnings SET coins = coins - 18",
    "DELETE FROM entries WHERE transfer = 8",
    "DELETE FROM transfers WHERE id = 8",
)
REMOVED = ("DELETE FROM entries WHERE transfer = 5", "DELETE FROM transfers WHERE id = 5")
INSERTED = (
    "INSERT INTO transfers (id, key, kind, at, content, detail, digest) "
    "SELECT 9, 'forged', 'grant', at, content, '{}', digest FROM transfers WHERE id = 2",
    f"INSERT INTO entries VALUES ({of('ada', 'wallet')}, 9, 5, (SELECT balance + 5 FROM accounts "
    "WHERE owner = 'ada' AND kind = 'wallet'))",
    f"INSERT INTO entries VALUES ({of('platform', 'mint')}, 9, -5, (SELECT balance - 5 FROM accounts "
    "WHERE owner = 'platform' AND kind = 'mint'))",
    "UPDATE accounts SET balance = balance + 5 WHERE owner = 'ada' AND kind = 'wallet'",
    "UPDATE accounts SET balance = balance - 5 WHERE owner = 'platform' AND kind = 'mint'",
)
ALTERATIONS = {
    "amounts and balances, consistently": (5, CONSISTENT),
    "a transfer's detail": (4, ("UPDATE transfers SET detail = '{\"reason\":\"x\"}' WHERE id = 4",)),
    "a transfer's key": (4, ("UPDATE transfers SET key = 'other' WHERE id = 4",)),
    "a transfer's time": (4, ("UPDATE transfers SET at = at + 1 WHERE id = 4",)),
    "a transfer's kind": (2, ("UPDATE transfers SET kind = 'purchase' WHERE id = 2",)),
    "a transfer's content": (2, ("UPDATE transfers SET content = 'x' WHERE id = 2",)),
    "a digest": (6, ("UPDATE transfers SET digest = (SELECT digest FROM transfers WHERE id = 3) WHERE id = 6",)),
    "a transfer removed with its entries": (5, REMOVED),
    "a transfer removed without its entries": (5, ("DELETE FROM transfers WHERE id = 5",)),
    "the last transfer undone everywhere": (8, UNDONE),
    "an entry removed": (5, (f"DELETE FROM entries WHERE transfer = 5 AND account = {of('ada', 'wallet')}",)),
    "an entry inserted": (5, (f"INSERT INTO entries VALUES ({of('platform', 'mint')}, 5, 0, -1000)",)),
    "a transfer inserted": (9, INSERTED),
    "an account's owner": (1, ("UPDATE accounts SET owner = 'eve' WHERE owner = 'ada' AND kind = 'wallet'",)),
    "an account removed": (1, ("DELETE FROM accounts WHERE owner = 'ada' AND kind = 'wallet'",)),
}  # fmt: skip


@pytest.mark.parametrize("name", ALTERATIONS)
def test_the_first_row_altered_by_hand_is_named(books: Database, name: str) -> None:
    first, statements = ALTERATIONS[name]
    assert books.read(verify) == []
    alter(books, *statements)
    found = books.read(verify)
    assert found[0].subject == f"transfer {first}", found
    assert {finding.rule for finding in found} & {"chain", "entry_has_its_transfer"}


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("rounding_carry", "UPDATE fractions SET hundredths = hundredths + 1"),
        ("rounding_carry", "DELETE FROM fractions"),
        ("pending_is_earned_and_not_released", "UPDATE earnings SET coins = coins + 1"),
        ("balance_is_that_of_the_last_entry", "UPDATE accounts SET balance = balance + 1 WHERE kind = 'wallet'"),
        ("chain", "DELETE FROM ledger_head"),
        ("chain", "UPDATE ledger_head SET transfer = 7"),
        ("checkpoints", "UPDATE ledger_checkpoints SET digest = (SELECT digest FROM transfers WHERE id = 3)"),
    ],
)
def test_what_is_kept_beside_the_chain_is_compared_with_it(
    books: Database, money: Money, clock: HeldClock, rule: str, statement: str
) -> None:
    rose = GiftOrder("rose", "ada", "bob", "rose", 1, "room", START)  # its share is 60 hundredths
    books.write(lambda c: money.gifts.give(c, [rose]))
    Checkpoints(books, clock, "").make()
    assert books.read(verify) == []
    alter(books, statement)
    assert rule in {finding.rule for finding in books.read(verify)}


def test_a_dropped_trigger_is_named(books: Database) -> None:
    books.write(drop_triggers)
    assert {finding.subject for finding in books.read(verify)} == {f"trigger {name}" for name in TRIGGERS}


def test_since_a_checkpoint_only_later_transfers_are_read(books: Database, money: Money, clock: HeldClock) -> None:
    assert Checkpoints(books, clock, "").make() is not None
    order = GiftOrder("later", "ada", "bob", "cake", 1, "room", START)
    books.write(lambda c: money.gifts.give(c, [order]))
    assert books.read(verify_since_checkpoint) == []
    alter(books, "UPDATE transfers SET at = at + 1 WHERE id = 4")
    assert books.read(verify_since_checkpoint) == [], "that is before it"
    assert books.read(verify) != []
    alter(books, "UPDATE transfers SET at = at + 1 WHERE id = 9")
    assert [finding.subject for finding in books.read(verify_since_checkpoint)] == ["transfer 9"]


def test_since_a_checkpoint_an_older_balance_that_was_changed_shows(books: Database, clock: HeldClock) -> None:
    Checkpoints(books, clock, "").make()
    alter(
        books,
        "UPDATE accounts SET balance = balance + 9 WHERE owner = 'ada' AND kind = 'wallet'",
        "UPDATE accounts SET balance = balance - 9 WHERE owner = 'platform' AND kind = 'commission'",
    )
    rules = {finding.rule for finding in books.read(verify_since_checkpoint)}
    assert {"balance_is_that_of_the_last_entry", "sums_since_checkpoint"} <= rules


def test_a_chain_that_was_computed_anew_does_not_match_the_anchor(
    books: Database, clock: HeldClock, tmp_path: Path
) -> None:
    file = tmp_path / "anchors"
    checkpoints = Checkpoints(books, clock, str(file))
    made = checkpoints.make()
    assert made is not None
    assert checkpoints.make() == made, "nothing was posted since"
    assert file.read_text().startswith(f"8 {made.digest.hex()} 2023-11-14T22:13:20+00:00\n")
    assert books.read(lambda c: list(wrong_anchors(c, file))) == []
    alter(books, "UPDATE transfers SET digest = (SELECT digest FROM transfers WHERE id = 3) WHERE id = 8")
    assert [f.subject for f in books.read(lambda c: list(wrong_anchors(c, file)))][:1] == ["transfer 8"]
    file.write_text("nonsense\n8 00\n")
    assert len(books.read(lambda c: list(wrong_anchors(c, file)))) == 2


@pytest.mark.parametrize("since_checkpoint", [False, True])
def test_the_command_compares_the_chain_with_the_anchors(
    books: Database, clock: HeldClock, tmp_path: Path, capsys: pytest.CaptureFixture[str], since_checkpoint: bool
) -> None:
    file = tmp_path / "anchors"
    core = core_over(books, tmp_path, settings=Settings(data_dir=tmp_path, ledger_anchor_file=str(file)))
    core.proofs.update(PROOFS)
    options = argparse.Namespace(since_checkpoint=since_checkpoint)
    assert verify_ledger(core, options) == 0, "nothing was anchored yet"
    Checkpoints(books, clock, str(file)).make()
    assert verify_ledger(core, options) == 0
    capsys.readouterr()
    noted = file.read_text()
    file.write_text(f"{noted.replace(' ', ' 00', 1)}999 00\n")
    assert verify_ledger(core, options) == 1
    assert capsys.readouterr().out == (
        "anchors: transfer 8: its digest is not the one that was noted outside\n"
        "anchors: transfer 999: its digest is not the one that was noted outside\n"
    )
    file.unlink()
    assert verify_ledger(core, options) == 1
    assert "anchors: file: it is missing" in capsys.readouterr().out


def test_the_command_prints_one_line_for_each_fault(
    books: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    core = core_over(books, tmp_path)
    core.proofs.update(PROOFS)
    options = argparse.Namespace(since_checkpoint=False)
    assert verify_ledger(core, options) == 0
    assert capsys.readouterr().out == "Every balance adds up.\n"
    alter(books, "UPDATE transfers SET at = at + 1 WHERE id = 4")
    assert verify_ledger(core, options) == 1
    assert capsys.readouterr().out == "chain: transfer 4: was altered or inserted: it does not match its digest\n"
