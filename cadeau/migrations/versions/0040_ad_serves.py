"""Ads in the feed: slices of budgets, serves, events, receipts, and what is published of them."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    _budgets()
    _serves()
    _receipts()
    _published()
    _small()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _own(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _budgets() -> None:
    op.create_table("ad_nodes", _text("id"), _number("until"), sa.PrimaryKeyConstraint("id", name="pk_ad_nodes"))
    op.create_table(
        "ad_slices",
        _text("campaign"),
        _text("day"),
        _text("node"),
        _text("advertiser"),
        _number("granted_micro"),
        _number("returned_micro"),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", "day", "node", name="pk_ad_slices"),
    )
    op.create_index("ix_ad_slices_node", "ad_slices", ["node"])


def _serves() -> None:
    op.create_table(
        "ad_serves",
        *map(_text, ("id", "viewer", "campaign", "advertiser", "creative", "video", "day", "node", "place")),
        *map(_number, ("at", "expires_at")),
        _text("bills"),
        *map(_number, ("price_micro", "runner_up_micro")),
        *map(_text, ("reasons", "state")),
        *map(_flag, ("seen", "hidden")),
        sa.PrimaryKeyConstraint("id", name="pk_ad_serves"),
    )
    op.create_index("ix_ad_serves_viewer", "ad_serves", ["viewer", "at"])
    op.create_index("ix_ad_serves_node", "ad_serves", ["node", "state"])
    op.create_table(
        "ad_events",
        *map(_text, ("serve", "kind")),
        _number("at"),
        _text("mark"),
        sa.PrimaryKeyConstraint("serve", "kind", name="pk_ad_events"),
    )
    op.create_index("ix_ad_events_at", "ad_events", ["at"])


def _receipts() -> None:
    op.create_table(
        "ad_receipts",
        *map(_text, ("serve", "campaign", "advertiser", "creative", "place", "kind")),
        *map(_number, ("at", "price_micro", "runner_up_micro", "minute")),
        _text("digest"),
        sa.PrimaryKeyConstraint("serve", name="pk_ad_receipts"),
    )
    op.create_index("ix_ad_receipts_minute", "ad_receipts", ["minute", "campaign"])
    op.create_index("ix_ad_receipts_campaign", "ad_receipts", ["campaign", "serve"])
    op.create_table(
        "ad_days",
        *map(_text, ("campaign", "day")),
        *map(
            _number,
            ("views", "viewable", "finishes", "clicks", "hides", "reports", "invalid", "spent_micro"),
        ),
        sa.PrimaryKeyConstraint("campaign", "day", name="pk_ad_days"),
    )


def _published() -> None:
    op.create_table(
        "ad_roots",
        _own("day"),
        _text("root"),
        *map(_number, ("receipts", "spent_micro", "at")),
        sa.PrimaryKeyConstraint("day", name="pk_ad_roots"),
    )
    op.create_table(
        "ad_library",
        *map(
            _text,
            ("creative", "campaign", "video", "sponsor", "paid_by", "names", "category", "text", "landing", "targets"),
        ),
        *map(_number, ("first_at", "last_at")),
        sa.PrimaryKeyConstraint("creative", name="pk_ad_library"),
    )
    op.create_index("ix_ad_library_last", "ad_library", ["last_at", "creative"])


def _small() -> None:
    op.create_table(
        "ad_traffic", _own("hour"), _number("places"), sa.PrimaryKeyConstraint("hour", name="pk_ad_traffic")
    )
    op.create_table(
        "ad_keys",
        _own("id"),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ad_keys"),
    )
    op.create_table("ad_progress", _own("id"), _number("minute"), sa.PrimaryKeyConstraint("id", name="pk_ad_progress"))
