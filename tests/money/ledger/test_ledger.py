"""The ledger follows the rules in a constant number of statements, and its rows are immutable."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, func, select, text
from sqlalchemy.exc import DBAPIError

from core.database import Database
from core.errors import IdempotencyKeyReused, Refusal
from core.ids import new_id
from core.tables import metadata
from money.errors import InsufficientCoins
from money.ledger import Ledger
from money.ledger.accounts import COMMISSION, GRANT, payable, wallet
from money.ledger.proofs import verify
from money.ledger.rules import Account, Posted, Transfer, Verdict
from money.tables import accounts, entries, transfers

ledger = Ledger()


def grant(person: str, coins: int) -> Transfer:
    return Transfer(f"grant:{person}", "grant", 0, str(coins), {GRANT: -coins, wallet(person): coins}, {})


def gift(key: str, giver: str, creator: str, coins: int, request: str = "") -> Transfer:
    moved = {wallet(giver): -coins, payable(creator): coins - coins // 2, COMMISSION: coins // 2}
    request = request or f"{giver}{creator}{coins}"
    return Transfer(key, "present", 0, request, moved, {"giver": giver, "creator": creator})


def move(key: str, giver: str, taker: str) -> Transfer:
    return Transfer(key, "move", 0, f"{giver}{taker}", {wallet(giver): -5, wallet(taker): 5}, {})


def post(database: Database, *asked: Transfer) -> list[Verdict]:
    return database.write(lambda c: ledger.post(c, asked))


def balances(database: Database) -> dict[Account, int]:
    rows = database.read(
        lambda c: c.execute(select(accounts.c.owner, accounts.c.kind, accounts.c.unit, accounts.c.balance)).all()
    )
    return {Account(owner, kind, unit): balance for owner, kind, unit, balance in rows}


class Model:
    """The simplest possible ledger, to compare with."""

    def __init__(self) -> None:
        self.balances: Counter[Account] = Counter()
        self.keys: dict[str, str] = {}

    def post(self, t: Transfer) -> str:
        if t.key in self.keys:
            return "replayed" if self.keys[t.key] == t.request else "reused"
        after = self.balances.copy()
        for account, amount in t.entries.items():
            after[account] += amount
            if after[account] < 0 and account != GRANT:
                return "overdrawn"
        self.balances, self.keys[t.key] = after, t.request
        return "posted"


def spoken(verdict: Verdict) -> str:
    if isinstance(verdict, Posted):
        return "replayed" if verdict.replayed else "posted"
    return {IdempotencyKeyReused: "reused", InsufficientCoins: "overdrawn"}[type(verdict)]


people = st.sampled_from("abcd")
gifts = st.builds(
    gift, st.sampled_from([f"k{n}" for n in range(12)]), people, st.sampled_from("wxyz"), st.integers(1, 40)
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(gifts, min_size=1, max_size=12), max_size=6), st.integers(0, 90))
def test_any_transfers_in_any_batches_agree_with_the_model(
    database: Database, batches: Sequence[Sequence[Transfer]], coins: int
) -> None:
    run = new_id()  # all examples share the tables: each has its own people and keys

    def of_this_run(t: Transfer) -> Transfer:
        moved = {a if a.owner == "platform" else a._replace(owner=run + a.owner): n for a, n in t.entries.items()}
        return Transfer(f"{run}{t.key}", t.kind, t.at, t.request, moved, t.detail)

    model = Model()
    start = balances(database)
    first = [of_this_run(grant(person, coins)) for person in "ab"] if coins else []
    for batch in [first, *([of_this_run(t) for t in batch] for batch in batches)]:
        assert [spoken(v) for v in post(database, *batch)] == [model.post(t) for t in batch]
        after = balances(database)
        for account, balance in model.balances.items():
            assert after.get(account, 0) - start.get(account, 0) == balance
    assert database.read(verify) == []


def test_a_repeated_key_gets_the_same_result(database: Database) -> None:
    post(database, grant("ada", 100))
    [first] = post(database, gift("k", "ada", "bob", 7))
    post(database, gift("l", "ada", "bob", 9))
    [again] = post(database, gift("k", "ada", "bob", 7))
    assert isinstance(first, Posted)
    assert isinstance(again, Posted)
    assert (again.entries, again.balances, again.replayed) == (first.entries, first.balances, True)


def test_a_rollback_posts_nothing(database: Database) -> None:
    def undone(connection: Connection) -> None:
        ledger.post(connection, [grant("ada", 100)])
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        database.write(undone)
    assert balances(database) == {}


CHANGES = [
    "UPDATE transfers SET kind = 'x'",
    "UPDATE entries SET amount = amount + 1",
    "DELETE FROM transfers",
    "DELETE FROM entries",
    "DELETE FROM accounts",
    "UPDATE accounts SET owner = 'bob'",
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("made_by", ["migrations", "create_all"])
def test_posted_rows_are_immutable(database: Database, change: str, made_by: str) -> None:
    if made_by == "create_all":
        ours = [accounts, transfers, entries]
        database.write(lambda c: metadata.drop_all(c, ours))
        database.write(lambda c: metadata.create_all(c, ours))
    post(database, grant("ada", 100))
    with pytest.raises(DBAPIError, match="append-only"):
        database.write(lambda c: c.execute(text(change)))
    assert database.read(verify) == []


def test_a_check_constraint_refuses_an_overdraft(database: Database) -> None:
    post(database, grant("ada", 100))
    with pytest.raises(DBAPIError, match="not_below_zero"):
        database.write(lambda c: c.execute(text("UPDATE accounts SET balance = -1 WHERE kind = 'wallet'")))


def test_the_number_of_statements_does_not_depend_on_the_batch_size(database: Database) -> None:
    post(database, *(grant(f"p{n}", 1_000) for n in range(200)))
    post(database, gift("first", "p0", "bob", 3))
    counts = [len(statements(database, f"{size}", size)) for size in (1, 20, 200)]
    assert counts[0] == counts[1] == counts[2] <= 13


def statements(database: Database, run: str, size: int) -> list[str]:
    seen: list[str] = []

    def count(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", count)
    verdicts = post(database, *(gift(f"{run}-{n}", f"p{n}", "bob", 3) for n in range(size)))
    event.remove(database.engine, "before_cursor_execute", count)
    assert all(isinstance(v, Posted) and not v.replayed for v in verdicts)
    return seen


async def test_writers_of_two_nodes_post_each_key_once(postgres_url: str) -> None:
    """The same keys from both at once, and under each key a second transfer that shares no account with the first."""
    nodes = [Database(postgres_url), Database(postgres_url)]
    post(nodes[0], *(grant(f"p{n}", 300) for n in range(8)))
    groups = [node.group("gifts", give) for node in nodes]
    asked = [move(f"k{n}", f"p{(n + other) % 8}", f"c{other}{n % 5}") for n in range(600) for other in (0, 3)]
    answers = await asyncio.gather(*(settled(group.post(t)) for t in asked for group in groups))
    told = Counter(answers)
    posted = nodes[0].read(lambda c: c.execute(select(func.count()).where(transfers.c.kind == "move")).scalar_one())
    assert told["posted"] == posted
    assert set(told) <= {"posted", "replayed", "reused", "overdrawn"}
    assert sum(told.values()) == len(asked) * 2
    assert sum(n for account, n in balances(nodes[0]).items() if account.owner.startswith("c")) == 5 * posted
    assert nodes[1].read(verify) == []
    for node in nodes:
        node.close()


@pytest.mark.parametrize(
    ("second", "first_commits", "told"),
    [
        (("p0", "c0"), True, "replayed"),  # waits for the account locks
        (("p1", "c1"), True, "reused"),  # waits for the key: the transfers share no account
        (("p1", "c1"), False, "posted"),
    ],
)
def test_a_concurrent_transfer_with_the_same_key_waits(
    postgres_url: str, second: tuple[str, str], first_commits: bool, told: str
) -> None:
    here, there = Database(postgres_url), Database(postgres_url)
    post(here, grant("p0", 10), grant("p1", 10), move("open", "p0", "c0"), move("open too", "p1", "c1"))
    with ThreadPoolExecutor(1) as threads, here.engine.connect() as connection:
        ledger.post(connection, [move("k", "p0", "c0")])
        other = threads.submit(post, there, move("k", *second))
        wait_until_somebody_waits(here)
        if first_commits:
            connection.commit()
        else:
            connection.rollback()
        [verdict] = other.result(10)
    assert spoken(verdict) == told
    assert here.read(verify) == []
    here.close()
    there.close()


def wait_until_somebody_waits(database: Database) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    deadline = time.monotonic() + 10
    while not database.read(lambda c: c.execute(waiting).scalar_one()):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def give(connection: Connection, asked: Sequence[Transfer]) -> Sequence[Posted | Exception]:
    return list(ledger.post(connection, asked))


async def settled(answer: asyncio.Future[Posted]) -> str:
    try:
        return spoken(await answer)
    except Refusal as refusal:
        return spoken(refusal)


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("unit_sums_to_zero", "UPDATE accounts SET balance = balance + 1 WHERE kind = 'wallet'"),
        ("balance_is_that_of_the_last_entry", "UPDATE accounts SET balance = balance + 1 WHERE kind = 'wallet'"),
        ("balance_after_is_running_sum", "UPDATE entries SET balance_after = balance_after + 1"),
        ("transfer_sums_to_zero", "UPDATE entries SET amount = amount + 1 WHERE amount > 0"),
        ("transfer_has_entries", "DELETE FROM entries"),
        ("entry_has_its_account", "UPDATE entries SET account = account + 1000"),
        ("entry_has_its_transfer", "UPDATE entries SET transfer = transfer + 1000"),
        ("never_below_zero", "UPDATE accounts SET balance = -1 WHERE kind = 'wallet'"),
        ("pending_is_earned_and_not_released", "UPDATE accounts SET kind = 'pending' WHERE kind = 'wallet'"),
    ],
)
def test_verify_finds_tampering(database: Database, rule: str, damage: str) -> None:
    post(database, grant("ada", 100))
    assert database.read(verify) == []

    def tamper(connection: Connection) -> None:
        if connection.dialect.name == "sqlite":
            connection.execute(text("PRAGMA ignore_check_constraints = ON"))
            for name in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER entries_no_{name}"))
            connection.execute(text("DROP TRIGGER accounts_no_rename"))
        else:
            connection.execute(text("ALTER TABLE entries DISABLE TRIGGER ALL"))
            connection.execute(text("ALTER TABLE accounts DISABLE TRIGGER ALL"))
            connection.execute(text("ALTER TABLE accounts DROP CONSTRAINT ck_accounts_not_below_zero"))
        connection.execute(text(damage))

    database.write(tamper)
    assert rule in {finding.rule for finding in database.read(verify)}


def test_row_counts_match_what_was_posted(database: Database) -> None:
    post(database, grant("ada", 10), gift("a", "ada", "bob", 3), gift("b", "ada", "bob", 90))
    counted = database.read(
        lambda c: (
            c.execute(select(func.count()).select_from(transfers)).scalar_one(),
            c.execute(select(func.count()).select_from(entries)).scalar_one(),
        )
    )
    assert counted == (2, 5)
