"""Rates, identities, destinations and payouts."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def _text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=null)


def _number(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=null)


def upgrade() -> None:
    op.create_table(
        "coin_rates",
        _text("currency"), _number("valid_from"), _number("per_thousand"), _text("by"),
        sa.PrimaryKeyConstraint("currency", "valid_from", name="pk_coin_rates"),
    )  # fmt: skip
    op.create_table(
        "payout_identities",
        _text("person"), _text("state"), _text("name"), _text("country"), _text("reason"), _number("until", null=True),
        _text("account", null=True), _text("by"), _number("at"),
        sa.PrimaryKeyConstraint("person", name="pk_payout_identities"),
        sa.UniqueConstraint("account", name="uq_payout_identities_account"),
    )  # fmt: skip
    op.create_index("ix_payout_identities_state", "payout_identities", ["state", "at"])
    op.create_table(
        "payout_destinations",
        _text("id"), _text("person"), _text("rail"), sa.Column("details", sa.JSON(), nullable=False), _text("shown"),
        _text("fingerprint"), _number("at"), _number("usable_at"),
        sa.PrimaryKeyConstraint("id", name="pk_payout_destinations"),
    )  # fmt: skip
    op.create_index("ix_payout_destinations_person", "payout_destinations", ["person", "id"])
    op.create_table(
        "payouts",
        _text("id"), _text("person"), _text("key"), _text("state"), _text("currency"), _number("amount_minor"),
        _number("fee_minor"), _number("coins"), _number("per_thousand"), _text("rail"),
        sa.Column("destination", sa.JSON(), nullable=True), _text("shown"), _text("fingerprint"), _text("reason"),
        _number("waits_until", null=True), _text("approved_by", null=True), _text("seconded_by", null=True),
        _number("approved_at", null=True), _text("file", null=True), sa.Column("attempt", sa.Integer(), nullable=False),
        _text("answer"), _number("called_at"), _text("ref", null=True), _number("at"),
        sa.PrimaryKeyConstraint("id", name="pk_payouts"),
        sa.UniqueConstraint("person", "key", name="uq_payouts_person"),
    )  # fmt: skip
    op.create_index("ix_payouts_person", "payouts", ["person", "id"])
    op.create_index("ix_payouts_state", "payouts", ["state", "id"])
    op.create_index("ix_payouts_approved", "payouts", ["approved_at"])
    op.create_index("ix_payouts_file", "payouts", ["file"])
    op.create_table(
        "payout_steps",
        _text("payout"), _text("state"), _number("at"), _text("by"), _text("note"),
        sa.PrimaryKeyConstraint("payout", "state", name="pk_payout_steps"),
    )  # fmt: skip
    op.create_table(
        "payout_days",
        _text("day"), _text("currency"), _number("minor"),
        sa.PrimaryKeyConstraint("day", "currency", name="pk_payout_days"),
    )  # fmt: skip
    op.create_table(
        "payout_files",
        _text("id"), _text("state"), sa.Column("count", sa.Integer(), nullable=False), _number("total_minor"),
        _text("made_by"), _number("made_at"), _text("approved_by", null=True), _number("approved_at", null=True),
        _text("content", null=True),
        sa.PrimaryKeyConstraint("id", name="pk_payout_files"),
    )  # fmt: skip
