"""The migrations create the tables that the code defines."""

from __future__ import annotations

import asyncio
import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from cadeau.migrations import migrate
from core.database import Database, normalized
from core.ids import new_id
from core.tables import metadata
from money import part as money_part
from money.agreements import InForce
from money.earnings import Earnings, Holds
from money.errors import NotRefundable
from money.gifts import GiftOrder, GiftReceipt, Gifts
from money.ledger import Ledger
from money.ledger.accounts import MINT, cash, provider, wallet
from money.ledger.proofs import verify
from money.ledger.rules import Posted, Transfer
from money.spending import Caps
from tests.cores import core_over
from tests.served import ROOT

importlib.import_module("cadeau.app")  # which imports every table


MIGRATION_S_MAX = 240  # four at once, on a machine that may be busy


def _is_in_the_code(name: str | None, kind: str, _parents: object) -> bool:
    """Not the full-text index: it is another kind of table in each database (vod/search/index/word_index.py)."""
    return kind != "table" or name is None or not name.startswith("search_words")


def test_migrated_tables_match_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _is_in_the_code})
        differences = compare_metadata(context, metadata)
    assert differences == []


def test_check_and_unique_constraints_match_the_code(database: Database) -> None:
    inspector = inspect(database.engine)
    for table in metadata.sorted_tables:
        wanted = {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}
        assert {c["name"] for c in inspector.get_check_constraints(table.name)} == wanted, table.name


def test_migrating_twice_changes_nothing(database: Database) -> None:
    migrate(database)
    migrate(database)


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without tables, once SQLite and once PostgreSQL."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        server: str = request.getfixturevalue("postgres")
        name = f"test_{new_id()}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        url = normalized(server.replace("/postgres", f"/{name}"))
    opened = Database(url)
    yield opened
    opened.close()


def test_people_keep_the_stream_key_of_their_newest_room(empty: Database) -> None:
    migrate(empty, "0009")

    def fill(connection: Connection) -> None:
        person = text(
            "INSERT INTO people (id, handle, name, password, birthdate, joined_at) "
            "VALUES (:id, :id, 'x', 'x', '1990-01-01', 1)"
        )
        connection.execute(person, [{"id": handle} for handle in ("ann", "bob", "cleo")])
        room = text(
            "INSERT INTO rooms (id, host, title, state, live, stream_key, coins, created_at, started_at, ended_at) "
            "VALUES (:id, :host, 'x', :state, :live, :key, :coins, 1, :started, :ended)"
        )
        rooms = [
            ("1", "ann", "ended", 0, "old", 30, 1_000, 61_000), ("2", "ann", "live", 1, "new", 0, 5_000, None),
            ("3", "bob", "idle", 0, "bobs", 0, None, None),
        ]  # fmt: skip
        names = ("id", "host", "state", "live", "key", "coins", "started", "ended")
        connection.execute(room, [dict(zip(names, row, strict=True)) for row in rooms])

    empty.write(fill)
    migrate(empty)
    keys = "SELECT person, stream_key FROM stream_keys ORDER BY person"
    found = empty.read(lambda c: [tuple(row) for row in c.execute(text(keys))])
    assert found == [("ann", "new"), ("bob", "bobs")]
    summaries = "SELECT id, on_air_ms, live_since, earned FROM rooms ORDER BY id"
    found = empty.read(lambda c: [tuple(row) for row in c.execute(text(summaries))])
    assert found == [("1", 60_000, None, None), ("2", 0, 5_000, 0), ("3", 0, None, 0)]


def test_who_is_muted_in_a_room_stays_muted_in_all_rooms_of_its_host(empty: Database) -> None:
    migrate(empty, "0054")

    def fill(connection: Connection) -> None:
        person = text(
            "INSERT INTO people (id, handle, name, password, birthdate, joined_at) "
            "VALUES ('ann', 'ann', 'x', 'x', '1990-01-01', 1)"
        )
        connection.execute(person)
        room = text("INSERT INTO rooms (id, host, title, state, created_at) VALUES (:id, 'ann', 'x', 'idle', 1)")
        connection.execute(room, [{"id": one} for one in ("1", "2")])
        mute = text("INSERT INTO room_mutes (room, person, until) VALUES (:room, :person, :until)")
        rows = [("1", "bob", 5), ("2", "bob", 9), ("1", "cleo", 0)]
        connection.execute(mute, [dict(zip(("room", "person", "until"), row, strict=True)) for row in rows])

    empty.write(fill)
    migrate(empty)
    standings = "SELECT host, person, muted_until, banned_at, permissions FROM room_standings"
    assert empty.read(lambda c: [tuple(row) for row in c.execute(text(standings))]) == [("ann", "bob", 9, 0, "")]


def test_several_processes_can_migrate_concurrently(postgres: str) -> None:
    name = f"test_{new_id()}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    url = normalized(postgres.replace("/postgres", f"/{name}"))

    command = [sys.executable, "-m", "cadeau", "migrate"]
    environment = os.environ | {"CADEAU_DATABASE_URL": url}
    started = [subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) for _ in range(4)]
    for process in started:
        _, errors = process.communicate(timeout=MIGRATION_S_MAX)
        assert process.returncode == 0, errors.decode()


def test_unspent_granted_coins_become_bonus_coins_and_old_books_are_chained(empty: Database) -> None:
    """Ada was granted 50 coins, bought 100, and gave 30 to Bob; of the 10 that Cleo was granted she gave all."""
    migrate(empty, "0021")

    def fill(connection: Connection) -> None:
        account = text("INSERT INTO accounts (id, owner, kind, unit, balance) VALUES (:id, :owner, :kind, 'coins', :n)")
        people = [(1, "ada", "wallet", 120), (2, "cleo", "wallet", 0), (3, "bob", "pending", 20)]
        platform = [(4, "platform", "grant", -60), (5, "platform", "mint", -100), (6, "platform", "commission", 20)]
        connection.execute(
            account, [{"id": one, "owner": owner, "kind": kind, "n": n} for one, owner, kind, n in people + platform]
        )
        posted = [
            (3, "grant", [(1, 50, 50), (4, -50, -50)], "{}"),  # the ids of PostgreSQL have gaps
            (4, "grant", [(2, 10, 10), (4, -10, -60)], '{"reason": "wel\u00e7ome \u2764"}'),
            (7, "gift", [(1, -30, 20), (3, 15, 15), (6, 15, 15)], gift("ada", 30)),
            (8, "purchase", [(1, 100, 120), (5, -100, -100)], "{}"),
            (9, "gift", [(2, -10, 0), (3, 5, 20), (6, 5, 20)], gift("cleo", 10)),
        ]
        for number, kind, entries, detail in posted:
            connection.execute(
                text(
                    "INSERT INTO transfers (id, key, kind, at, content, detail) VALUES (:id, :key, :kind, 5, 'c', :d)"
                ),
                {"id": number, "key": f"k{number}\n", "kind": kind, "d": detail},
            )
            for account_id, amount, balance in entries:
                connection.execute(text(f"INSERT INTO entries VALUES ({account_id}, {number}, {amount}, {balance})"))
        connection.execute(text("INSERT INTO earnings VALUES ('bob', '1970-01-01', 20, 0)"))
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT setval('accounts_id_seq', 6)"))

    def gift(giver: str, coins: int) -> str:
        return f'{{"coins":{coins},"giver":"{giver}","creator":"bob","commission_percent":50}}'

    empty.write(fill)
    migrate(empty)
    assert empty.read(verify) == []
    found = "SELECT owner, kind, balance FROM accounts WHERE owner <> 'platform' ORDER BY owner, kind"
    assert [tuple(row) for row in empty.read(lambda c: c.execute(text(found)).all())] == [
        ("ada", "bonus", 20),
        ("ada", "wallet", 100),
        ("bob", "pending", 20),
        ("cleo", "wallet", 0),
    ]
    moved = "SELECT id, key FROM transfers WHERE kind = 'migration'"
    assert [tuple(row) for row in empty.read(lambda c: c.execute(text(moved)).all())] == [(10, "migration:bonus:ada")]
    holds = Holds(lambda _, __: {}, standard_days=7, new_days=7)
    money = Gifts(Ledger(), Earnings(empty, lambda: 0, Ledger(), holds), InForce(50), Caps(1_000, 1_000))
    receipts = empty.write(lambda c: money.give(c, [GiftOrder("k", "ada", "bob", "cake", 1, "r", 5)]))
    assert receipts == [GiftReceipt(30, 5, 90, False, bonus=20)]
    assert empty.read(verify) == [], "the chain goes on"


def test_purchases_of_before_there_were_outcomes_can_be_refunded(empty: Database, tmp_path: Path) -> None:
    """Of four purchases: one paid, one given up, one begun, and one that was paid long before the others."""
    migrate(empty, "0031")
    old = [("a", "completed"), ("b", "failed"), ("c", "pending"), ("d", "completed")]

    def fill(connection: Connection) -> None:
        insert = text(
            "INSERT INTO purchases (id, person, pack, coins, price_minor, currency, provider, provider_ref, state, "
            "key, at, settled_at) "
            "VALUES (:id, 'ada', 'coins-70', 70, 99, 'USD', 'sandbox', :id, :state, :id, 5, :settled)"
        )
        rows = [{"id": one, "state": state, "settled": None if state == "pending" else 6} for one, state in old]
        connection.execute(insert, rows)
        for one, state in old:
            if state == "completed":
                entries = {MINT: -70, wallet("ada"): 70, provider("sandbox", "USD"): -99, cash("USD"): 99}
                paid = Transfer(f"purchase:{one}", "purchase", 6, one, entries, {"purchase": one, "price_minor": 99})
                assert isinstance(Ledger().post(connection, [paid])[0], Posted)

    empty.write(fill)
    migrate(empty)
    money = money_part.open(core_over(empty, tmp_path), brief=lambda _c, _ids: {}).api
    found = [empty.read(lambda c: money.purchases.purchase(c, "ada", one)) for one, _ in old]  # noqa: B023
    assert [one.state for one in found] == ["paid", "expired", "pending", "paid"]
    assert {(one.refunded_minor, one.returned_minor, one.taken_coins) for one in found} == {(0, 0, 0)}
    assert empty.read(money.verify) == []
    asyncio.run(money.purchases.ask_refund("a", by="eve", key="k", reason="request"))
    assert empty.read(lambda c: money.purchases.purchase(c, "ada", "a")).state == "refunded"
    assert empty.read(lambda c: money.wallets.wallet(c, "ada")).coins == 70
    with pytest.raises(NotRefundable):
        asyncio.run(money.purchases.ask_refund("b", by="eve", key="k", reason="request"))
    money.purchases.look_after()  # the one that was begun has long ended
    assert empty.read(lambda c: money.purchases.purchase(c, "ada", "c")).state == "expired"
    assert empty.read(money.verify) == []
