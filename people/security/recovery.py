"""Recovery codes: ten, for when a second factor is lost. Each counts once; only digests are stored."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Connection, delete, func, insert, select

from people.tables import recovery_codes

CODES = 10
CODE_CHARS = 28  # 140 bits: too many to try, so that a plain digest is enough (ASVS 6.5.2 wants 112, 11.5.1 128)
GROUP_CHARS = 4
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"  # RFC 4648, 6


def renew(connection: Connection, person: str) -> list[str]:
    """Replace a person's codes. They are shown once and never again."""
    forget(connection, person)
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(CODE_CHARS)) for _ in range(CODES)]
    connection.execute(insert(recovery_codes), [{"person": person, "digest": _digest(code)} for code in codes])
    return ["-".join(code[at : at + GROUP_CHARS] for at in range(0, len(code), GROUP_CHARS)) for code in codes]


def spend(connection: Connection, person: str, code: str) -> bool:
    """Whether it was one of the unused codes."""
    this = recovery_codes.c.person == person, recovery_codes.c.digest == _digest(code)
    return connection.execute(delete(recovery_codes).where(*this)).rowcount == 1


def left(connection: Connection, person: str) -> int:
    mine = select(func.count()).select_from(recovery_codes).where(recovery_codes.c.person == person)
    return connection.execute(mine).scalar_one()


def forget(connection: Connection, person: str) -> None:
    connection.execute(delete(recovery_codes).where(recovery_codes.c.person == person))


def _digest(code: str) -> bytes:
    """Of the code as typed: in any case, with or without dashes and spaces."""
    return hashlib.sha256("".join(code.lower().replace("-", " ").split()).encode()).digest()
