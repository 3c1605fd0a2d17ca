"""Every outcome of a purchase: refunds, disputes, coins taken back, and what moved at the provider."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

_ASKED = sa.text("state = 'asked'")


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def upgrade() -> None:
    op.add_column("earnings", _count("reversed"))
    op.add_column("purchases", sa.Column("payment_ref", sa.Text()))
    for name in ("refunded_minor", "returned_minor", "taken_coins"):
        op.add_column("purchases", _count(name))
    op.add_column("purchases", sa.Column("gift", sa.Text()))
    op.add_column("purchases", sa.Column("count", sa.BigInteger()))
    op.add_column("purchases", sa.Column("country", sa.Text()))
    op.add_column("purchases", sa.Column("card_country", sa.Text()))
    op.create_index("ix_purchases_person", "purchases", ["person", "id"])
    op.create_index("ix_purchases_state", "purchases", ["state", "id"])
    op.execute("UPDATE purchases SET state = 'paid' WHERE state = 'completed'")
    op.execute("UPDATE purchases SET state = 'expired' WHERE state = 'failed'")
    _refunds_and_disputes()
    _takes()
    _movements()


def _refunds_and_disputes() -> None:
    op.create_table(
        "refunds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("purchase", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("provider_ref", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_refunds"),
        sa.UniqueConstraint("purchase", "key", name="uq_refunds_purchase"),
    )
    op.create_index(
        "uq_refunds_asked", "refunds", ["purchase"], unique=True, sqlite_where=_ASKED, postgresql_where=_ASKED
    )
    op.create_table(
        "disputes",
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("purchase", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("cash_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", sa.BigInteger()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("ref", name="pk_disputes"),
    )
    op.create_index("ix_disputes_purchase", "disputes", ["purchase"])


def _takes() -> None:
    op.create_table(
        "takes",
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("purchase", sa.Text(), nullable=False),
        sa.Column("wallet_coins", sa.BigInteger(), nullable=False),
        sa.Column("gift_coins", sa.BigInteger(), nullable=False),
        sa.Column("debt_coins", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("restored_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("cause", name="pk_takes"),
    )
    op.create_index("ix_takes_purchase", "takes", ["purchase"])
    op.create_table(
        "taken_gifts",
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("gift", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("class", sa.Text()),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("giver", sa.Text(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("creator_coins", sa.BigInteger(), nullable=False),
        sa.Column("restored", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("cause", "gift", name="pk_taken_gifts"),
    )
    op.create_index("ix_taken_gifts_gift", "taken_gifts", ["gift"])


def _movements() -> None:
    op.create_table(
        "movements",
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("purchase", sa.Text()),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("provider", "ref", name="pk_movements"),
    )
    op.create_index("ix_movements_purchase", "movements", ["purchase"])
    op.create_index("ix_movements_at", "movements", ["provider", "at"])
    op.create_table(
        "differences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("purchase", sa.Text()),
        sa.Column("ours_minor", sa.BigInteger()),
        sa.Column("theirs_minor", sa.BigInteger()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("found_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger()),
        sa.Column("settled_by", sa.Text()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_differences"),
        sa.UniqueConstraint("provider", "kind", "ref", name="uq_differences_provider"),
    )
