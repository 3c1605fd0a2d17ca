"""The inbox: notifications, settings, web push."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"


def _person(table: str, column: str = "person") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["people.id"], name=f"fk_{table}_{column}_people", ondelete="CASCADE")


def upgrade() -> None:
    op.create_index("ix_follows_followers", "follows", ["followed", "follower"])
    op.create_table(
        "notifications",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False, server_default=""),
        sa.Column("item", sa.Text(), nullable=False, server_default=""),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, server_default=""),
        sa.Column("amount", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("undone", sa.Integer(), nullable=False, server_default="0"),
        _person("notifications"),
        _person("notifications", "by"),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
    )
    key = ["person", "kind", "subject", "item", "by"]
    op.create_index("ix_notifications_key", "notifications", key, unique=True)
    op.create_index("ix_notifications_person", "notifications", ["person", "at"])
    op.create_index("ix_notifications_subject", "notifications", ["subject"])
    op.create_index("ix_notifications_by", "notifications", ["by"])
    op.create_index("ix_notifications_at", "notifications", ["at"])
    op.create_table(
        "inboxes",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("read_until", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("push_due_at", sa.BigInteger(), nullable=True),
        sa.Column("push_leased", sa.Integer(), nullable=False, server_default="0"),
        _person("inboxes"),
        sa.PrimaryKeyConstraint("person", name="pk_inboxes"),
    )
    op.create_index("ix_inboxes_push_due_at", "inboxes", ["push_due_at"])
    op.create_table(
        "inbox_settings",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("in_app", sa.Integer(), nullable=False),
        sa.Column("push", sa.Integer(), nullable=False),
        _person("inbox_settings"),
        sa.PrimaryKeyConstraint("person", "kind", name="pk_inbox_settings"),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("session", sa.LargeBinary(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.LargeBinary(), nullable=False),
        sa.Column("auth", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("pushed_until", sa.BigInteger(), nullable=False),
        sa.Column("retry_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        _person("push_subscriptions"),
        sa.ForeignKeyConstraint(
            ["session"], ["sessions.token_digest"], name="fk_push_subscriptions_session_sessions", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_push_subscriptions"),
    )
    op.create_index("ix_push_subscriptions_endpoint", "push_subscriptions", ["endpoint"], unique=True)
    op.create_index("ix_push_subscriptions_person", "push_subscriptions", ["person"])
    op.create_index("ix_push_subscriptions_session", "push_subscriptions", ["session"])
    op.create_table(
        "push_keys",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_push_keys"),
    )
