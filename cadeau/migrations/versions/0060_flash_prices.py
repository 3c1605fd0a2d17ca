"""Flash prices of products."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.add_column("shop_lines", sa.Column("flash", sa.Text()))
    op.create_table(
        "shop_flashes",
        *map(_text, ("id", "product")),
        sa.Column("prices", sa.JSON(), nullable=False),
        *map(_number, ("starts_at", "ends_at")),
        sa.Column("pieces_max", sa.BigInteger()),
        *map(_number, ("taken", "at")),
        sa.PrimaryKeyConstraint("id", name="pk_shop_flashes"),
        sa.CheckConstraint(
            "taken >= 0 AND (pieces_max IS NULL OR taken <= pieces_max)", name=op.f("ck_shop_flashes_not_overtaken")
        ),
    )
    op.create_index("ix_shop_flashes_product", "shop_flashes", ["product", "ends_at"])
    op.create_table(
        "shop_flash_uses",
        *map(_text, ("order", "flash")),
        _number("count"),
        _text("state"),
        _number("at"),
        sa.PrimaryKeyConstraint("order", "flash", name="pk_shop_flash_uses"),
    )
    op.create_index("ix_shop_flash_uses_flash", "shop_flash_uses", ["flash", "state"])
