"""`cadeau migrate new "message"`: an empty migration with the next number."""

from __future__ import annotations

import re
from pathlib import Path

VERSIONS = Path(__file__).resolve().parent / "versions"
SLUG_CHARS_MAX = 40

_TEMPLATE = '''"""{message}"""

import sqlalchemy as sa
from alembic import op

revision = "{number:04}"
down_revision = "{before:04}"


def upgrade() -> None:
    op.add_column("TABLE", sa.Column("COLUMN", sa.Text(), nullable=False, server_default=""))
'''


def new_migration(message: str, folder: Path = VERSIONS) -> Path:
    """Write the file and return its path. Raises ValueError for a message without a letter or digit."""
    slug = "_".join(re.findall(r"[a-z0-9]+", message.lower()))[:SLUG_CHARS_MAX].strip("_")
    if not slug or '"""' in message or "\\" in message:
        raise ValueError("The message must describe the migration in a few words.")
    numbers = [int(path.name[:4]) for path in folder.glob("[0-9][0-9][0-9][0-9]_*.py")]
    before = max(numbers, default=0)
    message = message.strip().rstrip(".") + "."
    path = folder / f"{before + 1:04}_{slug}.py"
    with path.open("x") as file:
        file.write(_TEMPLATE.format(message=message, number=before + 1, before=before))
    return path
