"""Videos that the creator fund does not count, because they show what an earlier one does."""

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"


def upgrade() -> None:
    disputed = sa.text("state = 'disputed'")
    op.create_table(
        "fund_originality",
        sa.Column("video", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("creator", "original", "author")),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, server_default=""),
        sa.Column("disputed_at", sa.BigInteger()),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", sa.BigInteger()),
    )
    op.create_index("ix_fund_originality_creator", "fund_originality", ["creator", "video"])
    op.create_index("ix_fund_originality_author", "fund_originality", ["author"])
    op.create_index(
        "ix_fund_originality_disputed", "fund_originality", ["video"],
        sqlite_where=disputed, postgresql_where=disputed,
    )  # fmt: skip
    op.create_table(
        "fund_left_out",
        *(sa.Column(name, sa.Text(), primary_key=True) for name in ("period", "video")),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_fund_left_out_creator", "fund_left_out", ["creator"])
    op.create_index("ix_machine_sights_at", "machine_sights", ["kind", "at", "subject"])
