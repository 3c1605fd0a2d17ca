"""Account settings: avatars, former handles, the language, and what people know their devices by."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("people", sa.Column("avatar", sa.Text(), nullable=True))
    op.add_column("people", sa.Column("language", sa.Text(), nullable=False, server_default="auto"))
    op.add_column("people", sa.Column("handle_changed_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("sessions", sa.Column("browser", sa.Text(), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("system", sa.Text(), nullable=False, server_default=""))
    op.add_column("sessions", sa.Column("seen_at", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "former_handles",
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_former_handles_person_people"),
        sa.PrimaryKeyConstraint("handle", name="pk_former_handles"),
    )
    op.create_index("ix_former_handles_until", "former_handles", ["until"])
    op.create_table(
        "avatar_files",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("doomed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.id"], name="fk_avatar_files_person_people"),
        sa.PrimaryKeyConstraint("person", "digest", name="pk_avatar_files"),
    )
    op.create_index("ix_avatar_files_at", "avatar_files", ["at"])
