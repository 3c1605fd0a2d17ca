"""Commission by platform, creator and agency, with validity dates."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"

_OPEN = sa.text("until IS NULL")
_PROPOSED = sa.text("state = 'open'")
_FIXED = 'UPDATE OF id, creator, agency, platform_percent, agency_percent, valid_from, "by", at, proposal'


def upgrade() -> None:
    op.create_table(
        "agreements",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text()),
        sa.Column("platform_percent", sa.Integer(), nullable=False),
        sa.Column("agency_percent", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger()),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("proposal", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_agreements"),
    )
    op.create_index("ix_agreements_creator", "agreements", ["creator", "valid_from"])
    op.create_index("ix_agreements_agency", "agreements", ["agency", "valid_from"])
    op.create_index(
        "uq_agreements_open", "agreements", ["creator"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    _proposals()
    _earnings()
    _refuse("no_delete", "DELETE")
    _refuse("no_rewrite", _FIXED)


def _proposals() -> None:
    op.create_table(
        "agreement_proposals",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("platform_percent", sa.Integer(), nullable=False),
        sa.Column("agency_percent", sa.Integer(), nullable=False),
        sa.Column("valid_from", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_agreement_proposals"),
    )
    op.create_index("ix_agreement_proposals_creator", "agreement_proposals", ["creator", "id"])
    op.create_index(
        "uq_agreement_proposals_open", "agreement_proposals", ["creator"], unique=True, sqlite_where=_PROPOSED,
        postgresql_where=_PROPOSED,
    )  # fmt: skip


def _earnings() -> None:
    op.create_table(
        "agency_fractions",
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("hundredths", sa.BigInteger(), nullable=False),
        sa.Column("bonus_hundredths", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("creator", "agency", name="pk_agency_fractions"),
    )
    op.create_table(
        "agency_earnings",
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("gifts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("agency", "day", "creator", name="pk_agency_earnings"),
    )
    op.create_index("ix_agency_earnings_creator", "agency_earnings", ["creator", "day"])
    op.add_column("taken_gifts", sa.Column("agency", sa.Text()))
    op.add_column("taken_gifts", sa.Column("agency_class", sa.Text()))
    op.add_column("taken_gifts", sa.Column("agency_coins", sa.BigInteger(), nullable=False, server_default="0"))


def _refuse(name: str, verbs: str) -> None:
    trigger = f"CREATE TRIGGER agreements_{name} BEFORE {verbs} ON agreements"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"{trigger} BEGIN SELECT RAISE(ABORT, 'agreements are append-only'); END")
    else:
        op.execute(f"{trigger} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
