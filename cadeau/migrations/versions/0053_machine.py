"""Withdrawn files; what the machine sees, its models and thresholds."""

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0052"


def upgrade() -> None:
    _withdrawn()
    _sights()
    _learning()


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _bytes(name: str) -> sa.Column[bytes]:
    return sa.Column(name, sa.LargeBinary(), nullable=False)


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def _withdrawn() -> None:
    for column in ("withdrawn", "changed_at"):
        op.add_column("stored_files", _number(column, "0"))
    op.create_index("ix_stored_files_changed", "stored_files", ["changed_at"])
    gone = sa.text("withdrawn = 1")
    op.create_index("ix_stored_files_withdrawn", "stored_files", ["key"], sqlite_where=gone, postgresql_where=gone)
    op.create_index("ix_video_files_key", "video_files", ["key"])
    op.create_index("ix_sounds_key", "sounds", ["key"])
    op.create_table(
        "file_keys",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
    )
    op.execute(  # those of videos that are hidden already
        "UPDATE stored_files SET withdrawn = 1 WHERE key IN"
        " (SELECT key FROM video_files JOIN videos ON videos.id = video WHERE visibility = 'withheld')"
        " AND key NOT IN (SELECT key FROM video_files JOIN videos ON videos.id = video WHERE visibility <> 'withheld')"
    )


def _sights() -> None:
    op.create_table(
        "machine_sights",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("subject", sa.Text(), primary_key=True),
        _text("about"),
        _number("at"),
        _text("model"),
        sa.Column("score", sa.Float()),
        _bytes("vectors"),
        _bytes("hashes"),
        _text("band"),
        _number("held", "0"),
        _number("hidden", "0"),
        _text("copy_of", ""),
        sa.Column("likeness", sa.Float()),
        _bytes("thumbnail"),
    )
    op.create_index("ix_machine_sights_about", "machine_sights", ["about"])
    hidden = sa.text("hidden = 1")
    op.create_index(
        "ix_machine_sights_hidden", "machine_sights", ["subject"], sqlite_where=hidden, postgresql_where=hidden
    )


def _learning() -> None:
    op.create_table(
        "machine_labels",
        sa.Column("decision", sa.Text(), primary_key=True),
        *map(_text, ("label", "subject", "about", "language")),
        _number("right"),
        sa.Column("score", sa.Float()),
        _text("model"),
        _bytes("vector"),
        _number("at"),
    )
    op.create_index("ix_machine_labels_label", "machine_labels", ["label", "at"])
    op.create_index("ix_machine_labels_about", "machine_labels", ["about"])
    op.create_table(
        "machine_heads",
        sa.Column("hash", sa.Text(), primary_key=True),
        _text("label"),
        _bytes("weights"),
        _number("decisions"),
        _text("state"),
        _number("made_at"),
    )
    op.create_index("ix_machine_heads_label", "machine_heads", ["label", "made_at"])
    op.create_table(
        "machine_thresholds",
        sa.Column("label", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("look", "target")),
        _text("set_by"),
        _number("set_at"),
    )
    op.create_table(
        "machine_words",
        sa.Column("words", sa.Text(), primary_key=True),
        *map(_text, ("label", "set_by")),
        _number("set_at"),
    )
