"""What this node may spend: its slices of budgets, and what of them is held for ads that were shown just now.

Money of a slice is in one of three places: `left`, held for a serve, or spent. It comes back from a serve only when
that serve can no longer be billed, wherever that is decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

GRACE_MS = 2_000  # for events that arrived in time and are being written
HELD_MAX = 100_000  # serves of a node that wait for their view

SliceKey = tuple[str, str]
"""A campaign, and a day of it."""


class Held(NamedTuple):
    slice: SliceKey
    price_micro: int
    expires_at: int  # Unix ms


class Holds:
    def __init__(self) -> None:
        self._left: dict[SliceKey, int] = {}
        self._held: dict[str, Held] = {}  # by serve

    def left(self, key: SliceKey) -> int:
        return self._left.get(key, 0)

    def grant(self, key: SliceKey, micro: int) -> None:
        """Money was added to the slice."""
        self._left[key] = self._left.get(key, 0) + micro

    def hold(self, serve: str, key: SliceKey, price_micro: int, expires_at: int) -> bool:
        """Hold the price of a serve; False if the slice cannot pay it."""
        left = self._left.get(key, 0)
        if left < price_micro or len(self._held) >= HELD_MAX:
            return False
        self._left[key] = left - price_micro
        self._held[serve] = Held(key, price_micro, expires_at)
        return True

    def let_go(self, serve: str) -> SliceKey | None:
        """A serve can no longer be billed: its money is left again. Returns whose; None: it was not held."""
        if (held := self._held.pop(serve, None)) is None:
            return None
        self._left[held.slice] = self._left.get(held.slice, 0) + held.price_micro
        return held.slice

    def spent(self, serve: str) -> None:
        """A serve was billed."""
        self._held.pop(serve, None)

    def over(self, serve: str, now: int, grace_ms: int = GRACE_MS) -> bool:
        """Whether a serve is so old that what the database says of it is final."""
        held = self._held.get(serve)
        return held is None or held.expires_at <= now - grace_ms

    def expired(self, now: int) -> list[str]:
        """The serves whose time is over. What became of them, the database says."""
        return [serve for serve, held in self._held.items() if held.expires_at <= now]

    def take(self, key: SliceKey, micro: int | None = None) -> int:
        """Take what is left of a slice, or a part of it, to give it back."""
        left = self._left.get(key, 0)
        taken = left if micro is None else max(0, min(left, micro))
        if left - taken:
            self._left[key] = left - taken
        else:
            self._left.pop(key, None)
        return taken

    def lose(self) -> None:
        """The node's lease is over: others have taken everything back."""
        self._left.clear()
        self._held.clear()

    @property
    def slices(self) -> Iterable[SliceKey]:
        return list(self._left)

    @property
    def held_micro(self) -> int:
        return sum(held.price_micro for held in self._held.values())

    def __len__(self) -> int:
        return len(self._held)
