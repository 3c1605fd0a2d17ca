"""The ledger's hash chain over all transfers, checkpoints, and accounts that cannot change hands."""

import hashlib
import itertools

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_ROWS_AT_ONCE = 5_000
_TRANSFERS = sa.text(
    "SELECT id, key, kind, at, content, CAST(detail AS TEXT) FROM transfers WHERE id > :after ORDER BY id LIMIT :rows"
)
_ENTRIES = sa.text(
    "SELECT e.transfer, a.owner, a.kind, a.unit, e.amount, e.balance_after "
    "FROM entries e JOIN accounts a ON a.id = e.account ORDER BY e.transfer"
).execution_options(yield_per=_ROWS_AT_ONCE)
_SET = sa.text("UPDATE transfers SET digest = :digest WHERE id = :id")
_REFUSED = (
    ("accounts", "rename", "UPDATE OF id, owner, kind, unit"),
    ("ledger_checkpoints", "update", "UPDATE"),
    ("ledger_checkpoints", "delete", "DELETE"),
)


def upgrade() -> None:
    op.add_column("transfers", sa.Column("digest", sa.LargeBinary(), nullable=True))
    op.add_column("fractions", sa.Column("bonus_hundredths", sa.BigInteger(), nullable=False, server_default="0"))
    head = op.create_table(
        "ledger_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("transfer", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_head"),
    )
    op.create_table(
        "ledger_checkpoints",
        sa.Column("transfer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("transfer", name="pk_ledger_checkpoints"),
    )
    for table, name, verbs in _REFUSED:
        _refuse(table, name, verbs)
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER transfers_no_update")
    else:
        op.execute("DROP TRIGGER transfers_no_update ON transfers")
    transfer, digest = _link()
    _refuse("transfers", "update", "UPDATE")
    op.bulk_insert(head, [{"id": 1, "transfer": transfer, "digest": digest}])


def _refuse(table: str, name: str, verbs: str) -> None:
    trigger = f"CREATE TRIGGER {table}_no_{name} BEFORE {verbs} ON {table}"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{trigger} BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END")
    else:
        op.execute(f"{trigger} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")


def _link() -> tuple[int, bytes]:
    """Give every transfer its digest (money/ledger/chain.py). Returns the last one's id and digest."""
    connection = op.get_bind()
    after, digest = 0, bytes(32)
    by_transfer = itertools.groupby(connection.execute(_ENTRIES), lambda row: row[0])
    at, entries = next(by_transfer, (None, iter(())))
    while transfers := connection.execute(_TRANSFERS, {"after": after, "rows": _ROWS_AT_ONCE}).all():
        digests = []
        for row in transfers:
            while at is not None and at < row[0]:  # of no transfer: `ledger verify` names it
                at, entries = next(by_transfer, (None, iter(())))
            found = []
            if at == row[0]:
                found = sorted([account, amount, balance] for _, *account, amount, balance in entries)
            content = msgspec.json.encode((tuple(row), found))
            digest = hashlib.blake2b(digest + content, digest_size=32).digest()
            digests.append({"id": row[0], "digest": digest})
        connection.execute(_SET, digests)
        after = transfers[-1][0]
    return after, digest
