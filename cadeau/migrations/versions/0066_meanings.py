"""What texts mean, beside the letters they have."""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"

PICTURE_BYTES = 4 * (1_024 + 1)


def upgrade() -> None:
    op.add_column("machine_labels", sa.Column("meaning", sa.LargeBinary()))
    op.add_column("machine_labels", sa.Column("meaning_score", sa.Float()))
    op.add_column("machine_labels", sa.Column("meaning_model", sa.Text(), nullable=False, server_default=""))
    op.add_column("machine_heads", sa.Column("input", sa.Text(), nullable=False, server_default="text"))
    op.execute(f"UPDATE machine_heads SET input = 'picture' WHERE length(weights) = {PICTURE_BYTES}")
