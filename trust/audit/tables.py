"""Tables of the audit log. The database refuses to change or delete what is in it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Table, Text

from core.privacy import declare, impersonal
from core.tables import metadata

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),  # 1, 2, 3 ... without a gap
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("by", Text, nullable=False),  # a person's id
    Column("what", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),  # codes and ids, never personal text: erasing somebody must not break it
    Column("digest", LargeBinary, nullable=False),
)

audit_head = Table(  # one row: whoever appends locks it
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
)

declare(
    audit, "What you did as staff, as codes and ids. It is a chain, and nothing is ever taken out.",
    "Ce que vous avez fait dans l’équipe, en codes. C’est une chaîne, dont rien n’est retiré.", owner="by",
    secret="digest", erase="keep", basis="law",
)  # fmt: skip
impersonal(audit_head, "The end of the audit's chain.")
