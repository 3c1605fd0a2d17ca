"""Privacy: accounts that rest or are erased, exports, erasures, consents, the breach log."""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def upgrade() -> None:
    for column in ("closing_at", "restricted_at", "opted_out_at", "erased_at"):
        op.add_column("people", _number(column, "0"))
    op.create_table(
        "erased_handles",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        _number("until"),
    )
    op.create_table(
        "privacy_exports",
        sa.Column("id", sa.Text(), primary_key=True),
        *map(_text, ("person", "state", "key")),
        *map(_number, ("asked_at", "ready_at", "expires_at", "bytes")),
        _text("reason", ""),
    )
    op.create_index("ix_privacy_exports_person", "privacy_exports", ["person", "id"])
    op.create_index("ix_privacy_exports_expires_at", "privacy_exports", ["state", "expires_at"])
    op.create_table(
        "privacy_erasures",
        sa.Column("id", sa.Text(), primary_key=True),
        *map(_text, ("person", "state")),
        *map(_number, ("asked_at", "due_at")),
        _text("step", ""),
        sa.Column("held", sa.JSON(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        _number("done_at", "0"),
    )
    op.create_index("ix_privacy_erasures_person", "privacy_erasures", ["person", "id"])
    op.create_index("ix_privacy_erasures_due_at", "privacy_erasures", ["state", "due_at"])
    op.create_table(
        "privacy_journal",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        _number("at"),
    )
    op.create_index("ix_privacy_journal_digest", "privacy_journal", ["digest"], unique=True)
    op.create_table(
        "consents",
        sa.Column("id", sa.Text(), primary_key=True),
        *map(_text, ("person", "purpose")),
        sa.Column("given", sa.Boolean(), nullable=False),
        *map(_text, ("version", "language", "how")),
        _number("at"),
    )
    op.create_index("ix_consents_person", "consents", ["person", "purpose", "id"])
    op.create_table(
        "breaches",
        sa.Column("id", sa.Text(), primary_key=True),
        *map(_text, ("what", "data", "measures")),
        *map(_number, ("people", "began_at", "known_at", "authority_at", "people_at", "closed_at")),
        _text("by"),
        _number("at"),
    )
