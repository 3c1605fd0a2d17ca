"""A flash price as it is at a moment. Pure, and by the server's clock alone."""

from __future__ import annotations

import msgspec


class Flash(msgspec.Struct, frozen=True):
    """`prices`: minor units by currency, of each piece of every variant. It counts from `starts_at` to before `ends_at`
    (Unix ms). `taken`: pieces of orders, of `pieces_max`; null: no limit."""

    id: str
    product: str
    prices: dict[str, int]
    starts_at: int
    ends_at: int
    pieces_max: int | None
    taken: int

    def is_on(self, now: int) -> bool:
        return self.starts_at <= now < self.ends_at and self.left != 0

    @property
    def left(self) -> int | None:
        return None if self.pieces_max is None else self.pieces_max - self.taken

    def lowers(self, currency: str, usual: int | None) -> bool:
        """Whether what usually costs so much costs less now. It never makes anything dearer."""
        return usual is not None and self.prices.get(currency, usual) < usual

    def has(self, pieces: int) -> bool:
        """Whether so many are left. An order gets all it has of a product at this price, or none."""
        return self.left is None or self.left >= pieces


class FlashView(msgspec.Struct, frozen=True):
    """A flash price that counts now. `ends_in_ms`: by the server's clock. `left`: pieces at it; null: no limit."""

    prices: dict[str, int]
    ends_in_ms: int
    left: int | None


def view(flash: Flash | None, now: int) -> FlashView | None:
    return FlashView(flash.prices, flash.ends_at - now, flash.left) if flash is not None else None
