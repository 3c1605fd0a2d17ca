"""Orders of authorities that forbid telling whom they are about, and decisions that are told later."""

import sqlalchemy as sa
from alembic import op

revision = "0067"
down_revision = "0066"


def upgrade() -> None:
    op.add_column("legal_orders", _number("confidential_until"))
    op.add_column("legal_orders", _number("prolonged"))
    op.add_column("legal_order_items", _number("untold"))
    op.add_column("decisions", _number("untold"))
    op.add_column("decisions", _number("told_at"))
    op.execute("UPDATE decisions SET told_at = at")
    _index("ix_legal_order_items_untold", "legal_order_items", ["kind", "subject"])
    _index("ix_decisions_untold", "decisions", ["told_at"])


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def _index(name: str, table: str, columns: list[str]) -> None:
    untold = sa.text("untold = 1")
    op.create_index(name, table, columns, sqlite_where=untold, postgresql_where=untold)
