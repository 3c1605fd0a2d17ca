"""Receipts: what was billed, when, where and for how much, and what the second in the auction would have paid.

They say nothing about the viewer. A day's receipts are the leaves of a Merkle tree (RFC 6962, 2.1), in the order of
their serves, so that one receipt can be checked against the published root without the others.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

EMPTY_ROOT = hashlib.sha256(b"").hexdigest()


class Receipt(msgspec.Struct, frozen=True):
    """`minute`: of Unix time, in whose posting it is. `share_micro` of the price is for the `creator` whose video was
    promoted; both are part of the digest only where there is one, so that older receipts keep theirs."""

    serve: str
    campaign: str
    advertiser: str
    creative: str
    place: str
    kind: str
    at: int  # Unix ms
    price_micro: int
    runner_up_micro: int
    minute: int
    creator: str = ""
    share_micro: int = 0

    @classmethod
    def of(cls, serve: Row[Any], at: int, minute: int) -> Receipt:
        """Of a row of `ad_serves` that is billed now."""
        return cls(
            serve.id, serve.campaign, serve.advertiser, serve.creative, serve.place, serve.bills, at,
            serve.price_micro, serve.runner_up_micro, minute, serve.creator, serve.share_micro,
        )  # fmt: skip

    @classmethod
    def stored(cls, row: Row[Any]) -> Receipt:
        """Of a row of `ad_receipts`."""
        return cls(**{name: getattr(row, name) for name in cls.__struct_fields__})

    @property
    def digest(self) -> str:
        """Its leaf in the tree."""
        fields = list(msgspec.structs.astuple(self))
        return leaf(msgspec.json.encode(fields if self.creator else fields[:-2])).hex()


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def root(digests: Sequence[str]) -> str:
    """The root over leaves in their order."""
    if not digests:
        return EMPTY_ROOT
    level = [bytes.fromhex(digest) for digest in digests]
    while len(level) > 1:
        pairs = [
            hashlib.sha256(b"\x01" + left + right).digest()
            for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = pairs + level[len(pairs) * 2 :]
    return level[0].hex()
