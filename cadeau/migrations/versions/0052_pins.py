"""Products pinned in rooms and tagged in videos, and saved payment methods."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"


def upgrade() -> None:
    _purchases()
    _pins()
    op.create_table(
        "shop_tags",
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("creator", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("video", "product", name="pk_shop_tags"),
    )
    op.create_index("ix_shop_tags_product", "shop_tags", ["product"])
    op.create_table(
        "shop_saved_addresses",
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("method", name="pk_shop_saved_addresses"),
    )
    # Products that are offered already are found from now on.
    op.execute(
        "INSERT INTO search_marks (kind, subject, mark) "
        "SELECT 'products', id, id FROM shop_products WHERE state = 'offered'"
    )


def _purchases() -> None:
    op.add_column("purchases", sa.Column("method", sa.Text()))
    op.add_column("purchases", sa.Column("saves", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "saved_methods",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_methods"),
        sa.UniqueConstraint("person", "provider", "method", name="uq_saved_methods_person"),
    )
    op.add_column("shop_checkouts", sa.Column("pin", sa.Text()))
    op.add_column("shop_checkouts", sa.Column("video", sa.Text()))
    op.add_column("shop_checkouts", sa.Column("named", sa.Boolean(), nullable=False, server_default=sa.false()))
    held = sa.text("state = 'held' AND pin IS NOT NULL")
    op.create_index(
        "ix_shop_checkouts_pin", "shop_checkouts", ["person", "pin"], unique=True, sqlite_where=held,
        postgresql_where=held,
    )  # fmt: skip


def _pins() -> None:
    op.create_table(
        "shop_pins",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("flash", sa.JSON(), nullable=False),
        sa.Column("flash_until", sa.BigInteger()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_shop_pins"),
    )
    is_open, flashing = sa.text("ended_at IS NULL"), sa.text("flash_until IS NOT NULL")
    op.create_index(
        "ix_shop_pins_open", "shop_pins", ["room"], unique=True, sqlite_where=is_open, postgresql_where=is_open
    )
    op.create_index("ix_shop_pins_room", "shop_pins", ["room", "id"])
    op.create_index(
        "ix_shop_pins_flash", "shop_pins", ["flash_until"], sqlite_where=flashing, postgresql_where=flashing
    )
    op.create_table(
        "shop_pin_sales",
        sa.Column("order", sa.Text(), nullable=False),
        sa.Column("pin", sa.Text(), nullable=False),
        sa.Column("person", sa.Text()),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.PrimaryKeyConstraint("order", name="pk_shop_pin_sales"),
    )
    untold = sa.text("told = false")
    op.create_index("ix_shop_pin_sales_untold", "shop_pin_sales", ["pin"], sqlite_where=untold, postgresql_where=untold)
