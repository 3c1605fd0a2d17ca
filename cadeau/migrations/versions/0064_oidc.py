"""Sign-in with an OpenID Connect provider."""

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"


def upgrade() -> None:
    op.create_table(
        "oidc_identities",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), sa.ForeignKey("people.id"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_oidc_identities_person", "oidc_identities", ["person", "issuer"], unique=True)
    op.create_table(
        "oidc_tickets",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("person", sa.Text(), sa.ForeignKey("people.id", ondelete="CASCADE")),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_oidc_tickets_expires_at", "oidc_tickets", ["expires_at"])
    op.create_index("ix_oidc_tickets_person", "oidc_tickets", ["person"])
