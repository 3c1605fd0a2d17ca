"""Hashtag challenges: what advertisers book, what entered, and the prizes that are held for them."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    _challenges()
    _entries()
    _money()


def _challenges() -> None:
    op.create_table(
        "ad_challenges",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("advertiser", sa.Text(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("open_tag", sa.Text()),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("prize_micro", sa.BigInteger(), nullable=False),
        sa.Column("fee_micro", sa.BigInteger(), nullable=False),
        sa.Column("choice", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewed_by", sa.Text()),
        sa.Column("reviewed_at", sa.BigInteger()),
        sa.Column("sponsor", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text()),
        sa.Column("judge_until", sa.BigInteger()),
        sa.Column("winner", sa.Text()),
        sa.Column("winner_video", sa.Text()),
        sa.Column("winner_likes", sa.BigInteger()),
        sa.Column("chosen_by", sa.Text()),
        sa.Column("chosen_because", sa.Text(), nullable=False, server_default=""),
        sa.Column("decided_at", sa.BigInteger()),
        sa.Column("stopped_because", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ad_challenges"),
        sa.ForeignKeyConstraint(["advertiser"], ["advertisers.id"], name="fk_ad_challenges_advertiser_advertisers"),
        sa.UniqueConstraint("open_tag", name="uq_ad_challenges_open_tag"),
    )
    op.create_index("ix_ad_challenges_advertiser", "ad_challenges", ["advertiser", "id"])
    op.create_index("ix_ad_challenges_state", "ad_challenges", ["state", "id"])
    op.create_index("ix_ad_challenges_tag", "ad_challenges", ["tag", "id"])
    op.create_table(
        "ad_challenge_fees",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fee_micro", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ad_challenge_fees"),
    )


def _entries() -> None:
    op.create_table(
        "ad_challenge_entries",
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("likes", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("challenge", "video", name="pk_ad_challenge_entries"),
        sa.ForeignKeyConstraint(
            ["challenge"], ["ad_challenges.id"], name="fk_ad_challenge_entries_challenge_ad_challenges"
        ),
        sa.ForeignKeyConstraint(
            ["video"], ["videos.id"], name="fk_ad_challenge_entries_video_videos", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_ad_challenge_entries_video", "ad_challenge_entries", ["video"])
    op.create_index("ix_ad_challenge_entries_liked", "ad_challenge_entries", ["challenge", "likes", "video"])


def _money() -> None:
    op.create_table(
        "ad_prizes",
        sa.Column("challenge", sa.Text(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("advertiser", sa.Text(), nullable=False),
        sa.Column("prize_micro", sa.BigInteger(), nullable=False),
        sa.Column("fee_micro", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_at", sa.BigInteger(), nullable=False),
        sa.Column("began_at", sa.BigInteger()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("winner", sa.Text()),
        sa.Column("coins", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("per_thousand", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("challenge", "attempt", name="pk_ad_prizes"),
    )
    op.create_index("ix_ad_prizes_advertiser", "ad_prizes", ["advertiser"])
