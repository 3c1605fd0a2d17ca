"""What the recommender learns from and keeps: checked events, why something was shown, snapshots, experiments."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("uploads", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("videos", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("feed_events", sa.Column("profile", sa.Text(), nullable=True))
    op.add_column("feed_events", sa.Column("fraction", sa.Float(), nullable=False, server_default="0"))
    op.add_column("feed_events", sa.Column("voice", sa.Float(), nullable=False, server_default="0"))
    op.create_index("ix_feed_events_impression", "feed_events", ["impression"])
    op.add_column("feed_impressions", sa.Column("details", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("feed_impressions", sa.Column("score", sa.Float(), nullable=False, server_default="0"))
    op.add_column("feed_impressions", sa.Column("propensity", sa.Float(), nullable=False, server_default="1"))
    op.add_column("feed_impressions", sa.Column("ranker", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_feed_impressions_viewer", "feed_impressions", ["viewer", "subject"])
    op.create_table(
        "feed_changes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, server_default=""),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed_changes"),
    )
    op.create_table(
        "feed_settings",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("personalised", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_feed_settings"),
    )
    op.create_table(
        "feed_snapshots",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", "part", name="pk_feed_snapshots"),
    )
    op.create_table(
        "feed_experiments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("control", sa.Text(), nullable=False),
        sa.Column("treatment", sa.Text(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_feed_experiments"),
    )
