"""Earnings by hold class, and by room and source."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0023"

_DUE = sa.text("released < coins")
_CLASS = sa.Column("class", sa.Text(), nullable=False, server_default="standard")
_DAY = {
    "sqlite": "date(t.at / 1000, 'unixepoch')",
    "postgresql": "to_char(to_timestamp(t.at / 1000) AT TIME ZONE 'UTC', 'YYYY-MM-DD')",
}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    op.drop_index("ix_earnings_due", "earnings")
    if dialect == "postgresql":
        op.add_column("earnings", _CLASS)
        op.drop_constraint("pk_earnings", "earnings", type_="primary")
        op.create_primary_key("pk_earnings", "earnings", ["person", "day", "class"])
    else:  # SQLite cannot change a primary key: the table is copied, with whatever columns it has by now
        found = sa.inspect(op.get_bind()).get_columns("earnings")
        kept = [sa.Column(c["name"], c["type"], nullable=c["nullable"], server_default=c["default"]) for c in found]
        names = ", ".join(column.name for column in kept)
        key = sa.PrimaryKeyConstraint("person", "day", "class", name="pk_earnings")
        op.create_table("earnings_new", *kept[:2], _CLASS, *kept[2:], key)
        op.execute(f"INSERT INTO earnings_new ({names}) SELECT {names} FROM earnings")
        op.execute("DROP TABLE earnings")
        op.execute("ALTER TABLE earnings_new RENAME TO earnings")
    op.create_index("ix_earnings_due", "earnings", ["day"], sqlite_where=_DUE, postgresql_where=_DUE)
    op.create_table(
        "earnings_rooms",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("coins", sa.BigInteger(), nullable=False),
        sa.Column("gifts", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "day", "room", "source", name="pk_earnings_rooms"),
    )
    op.execute(
        "INSERT INTO earnings_rooms (room, person, day, source, coins, gifts) "
        f"SELECT coalesce(t.detail ->> 'room', ''), t.detail ->> 'creator', {_DAY[dialect]}, 'gift', "
        "sum(e.amount), count(*) "
        "FROM transfers t JOIN entries e ON e.transfer = t.id JOIN accounts a ON a.id = e.account "
        "WHERE t.kind = 'gift' AND a.kind = 'pending' GROUP BY 1, 2, 3"
    )
