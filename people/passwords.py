"""Passwords: argon2id at the library's recommended cost.

Hashing blocks for 50 to 100 ms and takes 64 MiB: call it on `Executors.passwords`, which bounds how many run at once.
"""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher()
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHRzb21lc2FsdA$GpZ3sK/oH9p7VIiV56G/64Zo/8GaUw434IimaPqxwCo"


def hashed(password: str) -> str:
    return _hasher.hash(password)


def none() -> str:
    """What is stored for an account without a password. It is a secret, too: a key of device cookies."""
    return f"!{secrets.token_urlsafe(32)}"


def is_one(stored: str) -> bool:
    """Whether an account has a password."""
    return not stored.startswith("!")


def is_outdated(stored: str) -> bool:
    """Whether a password was hashed at another cost than new ones are."""
    return is_one(stored) and _hasher.check_needs_rehash(stored)


def matches(password: str, stored: str | None) -> bool:
    """Whether the password matches. Takes equally long if there is no such account, or if it has no password."""
    there = stored is not None and is_one(stored)
    try:
        return _hasher.verify(stored if stored and there else _NOBODY, password) and there
    except (VerificationError, InvalidHashError):
        return False
