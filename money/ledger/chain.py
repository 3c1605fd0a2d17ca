"""The hash chain: each transfer's digest covers the digest before it and everything the transfer is.

Transfers are numbered without gaps in the order of their commits, so the digest of the last one, the head, vouches for
all of them: whoever alters, removes or inserts one has to replace every digest after it, which shows in any head that
was noted elsewhere. The form is fixed for ever. A digest is BLAKE2b over the previous digest and a JSON array of the
transfer's columns as they are stored, `detail` as its text, and its entries by account: who, what and which unit
instead of the account's number, so that an account cannot change hands either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from money.ledger.rules import Account

DIGEST_BYTES = 32
GENESIS = bytes(DIGEST_BYTES)  # before the first transfer

Link = tuple[int, str, str, int, str, str]
"""id, key, kind, at, content, detail as text."""
LinkEntry = tuple[Account, int, int]
"""account, amount, balance after."""

_encode = msgspec.json.Encoder().encode


def linked(previous: bytes, link: Link, entries: Sequence[LinkEntry]) -> bytes:
    """The digest of a transfer that follows the one with the digest `previous`. `entries` in any order."""
    return hashlib.blake2b(previous + _encode((link, sorted(entries))), digest_size=DIGEST_BYTES).digest()
