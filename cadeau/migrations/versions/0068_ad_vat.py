"""VAT on what advertisers pay in, and the name and country of their businesses."""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"


def upgrade() -> None:
    for name in ("name", "country"):
        op.add_column("ad_billing", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "ad_vat",
        *map(_text, ("purchase", "scheme", "country", "buyer_country")),
        _number("rate"),
        _text("rates"),
        _number("net_minor"),
        _number("vat_minor"),
        sa.Column("numbered", sa.Boolean(), nullable=False),
        sa.Column("billed", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("purchase", name="pk_ad_vat"),
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)
