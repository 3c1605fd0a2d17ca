"""Accounts that may be below zero: debts, and what the platform has spent."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_BELOW_ZERO = "'mint', 'grant', 'provider', 'debt', 'marketing', 'fees', 'losses', 'cost'"
_CONDITION = f"balance >= 0 OR kind IN ({_BELOW_ZERO})"
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'accounts are append-only'); END"


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint(op.f("ck_accounts_not_below_zero"), "accounts", type_="check")
        op.create_check_constraint(op.f("ck_accounts_not_below_zero"), "accounts", _CONDITION)
        return
    # SQLite cannot change a constraint: the table is copied, with every id as it was.
    op.create_table(
        "accounts_new",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("owner", "kind", "unit", name="uq_accounts_owner"),
        sa.CheckConstraint(_CONDITION, name=op.f("ck_accounts_not_below_zero")),
    )
    op.execute("INSERT INTO accounts_new SELECT id, owner, kind, unit, balance FROM accounts")
    op.execute("DROP TABLE accounts")
    op.execute("ALTER TABLE accounts_new RENAME TO accounts")
    op.execute(f"CREATE TRIGGER accounts_no_delete BEFORE DELETE ON accounts {_REFUSE}")
