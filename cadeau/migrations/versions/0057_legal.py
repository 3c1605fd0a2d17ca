"""Notices of illegal content, mails to people without an account, orders of authorities with the files they keep."""

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0056"


def upgrade() -> None:
    _notices()
    _orders()
    _opinions()
    op.add_column("machine_heads", _number("stale", "0"))
    with op.batch_alter_table("mail_outbox") as batch:
        batch.alter_column("person", existing_type=sa.Text(), nullable=True)
    op.create_index("ix_case_events_at", "case_events", ["at"])


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def _notices() -> None:
    op.create_table(
        "legal_notices",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        *map(_text, ("kind", "subject", "about", "reason", "address", "why", "name", "email", "language")),
        _text("state", "open"),
        _text("decision", ""),
        _number("decided_at", "0"),
        _number("at"),
    )
    op.create_index("ix_legal_notices_digest", "legal_notices", ["digest"], unique=True)
    waiting = sa.text("state = 'open'")
    op.create_index(
        "ix_legal_notices_open", "legal_notices", ["kind", "subject"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index("ix_legal_notices_about", "legal_notices", ["about"])
    op.create_index("ix_legal_notices_decision", "legal_notices", ["decision"])


def _orders() -> None:
    op.create_table(
        "legal_orders",
        sa.Column("id", sa.Text(), primary_key=True),
        *map(_text, ("kind", "authority", "reference", "contact", "note")),
        *map(_number, ("received_at", "due_at")),
        _number("acted_at", "0"),
        _text("outcome", ""),
        _text("answer", ""),
        _number("answered_at", "0"),
        _text("answered_by", ""),
        sa.Column("alarm", sa.Integer(), nullable=False, server_default="0"),
        _text("by"),
        _number("at"),
    )
    to_do = sa.text("acted_at = 0 AND outcome = ''")
    op.create_index("ix_legal_orders_due", "legal_orders", ["due_at"], sqlite_where=to_do, postgresql_where=to_do)
    op.create_table(
        "legal_order_items",
        sa.Column("order", sa.Text(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        *map(_text, ("address", "kind", "subject", "about", "evidence", "state")),
        _text("decision", ""),
        _number("removed_at", "0"),
    )
    op.create_index("ix_legal_order_items_about", "legal_order_items", ["about"])
    op.create_table("kept_files", sa.Column("key", sa.Text(), primary_key=True), _number("until"))
    op.create_index("ix_kept_files_until", "kept_files", ["until"])


def _opinions() -> None:
    op.create_table(
        "case_opinions",
        sa.Column("case", sa.Text(), primary_key=True),
        sa.Column("by", sa.Text(), primary_key=True),
        *map(_text, ("content", "measure")),
        _number("for_good"),
        _number("admin"),
        _number("settled", "0"),
        _number("at"),
    )
    op.create_index("ix_case_opinions_by", "case_opinions", ["by"])
