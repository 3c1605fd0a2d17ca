"""The ledger, creators' earnings by day, coin purchases."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DUE = sa.text("released < coins")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("balance", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("owner", "kind", "unit", name="uq_accounts_owner"),
        sa.CheckConstraint(
            "balance >= 0 OR kind IN ('mint', 'grant', 'provider')", name=op.f("ck_accounts_not_below_zero")
        ),
    )
    op.create_table(
        "transfers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transfers"),
        sa.UniqueConstraint("key", name="uq_transfers_key"),
    )
    op.create_table(
        "entries",
        sa.Column("account", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("transfer", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("balance_after", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "transfer", name="pk_entries"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "earnings",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "day", name="pk_earnings"),
    )
    op.create_index("ix_earnings_due", "earnings", ["day"], sqlite_where=_DUE, postgresql_where=_DUE)
    op.create_table(
        "fractions",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("hundredths", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_fractions"),
    )
    op.create_table(
        "purchases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("pack", sa.Text(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_ref", sa.Text()),
        sa.Column("checkout_url", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_purchases"),
        sa.UniqueConstraint("person", "key", name="uq_purchases_person"),
        sa.UniqueConstraint("provider_ref", name="uq_purchases_provider_ref"),
    )
    _refuse("accounts", "DELETE")
    _refuse("transfers", "UPDATE", "DELETE")
    _refuse("entries", "UPDATE", "DELETE")


def _refuse(table: str, *verbs: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        action = "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        op.execute(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE EXCEPTION '% are append-only', TG_TABLE_NAME; END$$"
        )
    else:
        action = f"BEGIN SELECT RAISE(ABORT, '{table} are append-only'); END"
    for verb in verbs:
        op.execute(f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {action}")
