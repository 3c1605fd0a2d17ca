"""Each person's unspent granted coins move from their wallet to their bonus account, by transfers."""

import hashlib

import msgspec
import sqlalchemy as sa
from alembic import op

from core.clock import system_clock

revision = "0023"
down_revision = "0022"

_GRANTED = sa.text(
    "SELECT DISTINCT e.account, a.owner FROM entries e JOIN transfers t ON t.id = e.transfer "
    "JOIN accounts a ON a.id = e.account "
    "WHERE t.kind = 'grant' AND a.kind = 'wallet' AND a.balance > 0 ORDER BY a.owner"
)
_ENTRIES = sa.text(
    "SELECT t.kind, e.amount FROM entries e JOIN transfers t ON t.id = e.transfer "
    "WHERE e.account = :account ORDER BY e.transfer"
).execution_options(yield_per=5_000)


def upgrade() -> None:
    connection = op.get_bind()
    number, digest = connection.execute(sa.text("SELECT transfer, digest FROM ledger_head")).one()
    digest = bytes(digest)
    at = system_clock()
    for account, owner in connection.execute(_GRANTED).all():
        if coins := _unspent(connection, account):
            number, digest = _move(connection, number + 1, digest, at, account, owner, coins)
    connection.execute(
        sa.text("UPDATE ledger_head SET transfer = :number, digest = :digest"), {"number": number, "digest": digest}
    )


def _unspent(connection: sa.Connection, account: int) -> int:
    """The granted coins that are left, had they been spent first."""
    granted = 0
    for kind, amount in connection.execute(_ENTRIES, {"account": account}):
        if kind == "grant":
            granted += amount
        elif amount < 0:
            granted = max(0, granted + amount)
    return granted


def _move(
    connection: sa.Connection, number: int, digest: bytes, at: int, account: int, owner: str, coins: int
) -> tuple[int, bytes]:
    """Post a transfer and link it to the chain (money/ledger/chain.py). Returns its id and digest."""
    kind = "migration"
    key, detail = f"migration:bonus:{owner}", '{"reason":"bonus accounts"}'
    content = hashlib.blake2b(f"{kind}\n{coins}".encode(), digest_size=16).hexdigest()
    new = {"owner": owner}
    connection.execute(
        sa.text("INSERT INTO accounts (owner, kind, unit, balance) VALUES (:owner, 'bonus', 'coins', 0)"), new
    )
    bonus = connection.execute(
        sa.text("SELECT id FROM accounts WHERE owner = :owner AND kind = 'bonus' AND unit = 'coins'"), new
    ).scalar_one()
    left = connection.execute(sa.text("SELECT balance FROM accounts WHERE id = :id"), {"id": account}).scalar_one()
    entries = [(account, "wallet", -coins, left - coins), (bonus, "bonus", coins, coins)]
    parts = sorted([[owner, name, "coins"], amount, balance] for _, name, amount, balance in entries)
    encoded = msgspec.json.encode(((number, key, kind, at, content, detail), parts))
    digest = hashlib.blake2b(digest + encoded, digest_size=32).digest()
    connection.execute(
        sa.text(
            "INSERT INTO transfers (id, key, kind, at, content, detail, digest) "
            "VALUES (:id, :key, :kind, :at, :content, :detail, :digest)"
        ),
        {"id": number, "key": key, "kind": kind, "at": at, "content": content, "detail": detail, "digest": digest},
    )
    for entry, _, amount, balance in entries:
        connection.execute(
            sa.text("INSERT INTO entries (account, transfer, amount, balance_after) VALUES (:a, :t, :n, :b)"),
            {"a": entry, "t": number, "n": amount, "b": balance},
        )
        connection.execute(
            sa.text("UPDATE accounts SET balance = :balance WHERE id = :id"), {"balance": balance, "id": entry}
        )
    return number, digest
