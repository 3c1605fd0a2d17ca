"""Moderation: cases, decisions, what people may not do for a time, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"


def upgrade() -> None:
    for column in ("suspended_until", "posts_barred_until", "live_barred_until"):
        op.add_column("people", sa.Column(column, sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("videos", sa.Column("visibility_chosen", sa.Text(), nullable=False, server_default=""))
    op.add_column("video_comments", sa.Column("withheld", sa.Integer(), nullable=False, server_default="0"))
    _cases()
    _decisions()
    _audit()


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def _cases() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.Text(), primary_key=True),
        *map(_text, ("kind", "subject", "about", "state", "reason")),
        _text("evidence"),
        *map(_number, ("reports", "rank", "opened_at", "version", "lease_until")),
        _text("holder", ""),
        sa.Column("token", sa.LargeBinary()),
        _text("decided_by", ""),
        _number("appealed_at", "0"),
    )
    op.create_index("ix_cases_subject", "cases", ["kind", "subject"], unique=True)
    waiting = sa.text("state <> 'decided'")
    op.create_index("ix_cases_queue", "cases", ["rank"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_cases_about", "cases", ["about"])
    held = sa.text("holder <> ''")
    op.create_index("ix_cases_holder", "cases", ["holder"], sqlite_where=held, postgresql_where=held)
    op.create_table(
        "case_events",
        sa.Column("id", sa.Text(), primary_key=True),
        *map(_text, ("case", "by", "what", "detail")),
        _number("at"),
    )
    op.create_index("ix_case_events_case", "case_events", ["case", "id"])
    op.create_table(
        "case_skips",
        sa.Column("case", sa.Text(), primary_key=True),
        sa.Column("person", sa.Text(), primary_key=True),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Text(), primary_key=True),
        *map(_text, ("case", "kind", "subject", "about", "by", "content", "measure", "category", "ground", "reason")),
        *map(_number, ("until", "points", "points_until", "at")),
        _number("effect_due", "0"),
        _text("state", "standing"),
        _text("appeal", ""),
        _number("appealed_at", "0"),
        _text("judged_by", ""),
        _text("judgement", ""),
        _number("judged_at", "0"),
    )
    op.create_index("ix_decisions_about", "decisions", ["about", "id"])
    op.create_index("ix_decisions_case", "decisions", ["case", "id"])
    due = sa.text("effect_due = 1")
    op.create_index("ix_decisions_due", "decisions", ["id"], sqlite_where=due, postgresql_where=due)


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        _number("at"),
        *map(_text, ("by", "what", "subject", "detail")),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        _number("number"),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
    )
    head = sa.table("audit_head", sa.column("id"), sa.column("number"), sa.column("digest", sa.LargeBinary()))
    op.bulk_insert(head, [{"id": 1, "number": 0, "digest": b""}])
    for table in ("audit", "case_events"):
        for verb in ("UPDATE", "DELETE"):
            trigger = f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table}"
            if op.get_bind().dialect.name == "sqlite":
                op.execute(f"{trigger} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END")
            else:
                op.execute(f"{trigger} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")
