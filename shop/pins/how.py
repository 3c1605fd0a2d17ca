"""How something is ordered: from the cart, or where it is shown; to be paid on a page, or with a saved method."""

from __future__ import annotations

import msgspec

HELD_MS = 35 * 60_000  # longer than the provider's checkout lasts
QUICK_HELD_MS = 3 * 60_000  # with a saved method: it is paid at once, or goes on at the provider's checkout


class How(msgspec.Struct, frozen=True):
    """`pin`: through this one, at its price. `video`: through a tag in it. `method`: the saved one to pay with; `save`:
    keep what it is paid with, and the address. `named`: the room may hear who bought it. `coupon`: the code of one."""

    pin: str = ""
    video: str = ""
    method: str = ""
    save: bool = False
    named: bool = False
    coupon: str = ""

    @property
    def held_ms(self) -> int:
        """How long the stock is held."""
        return QUICK_HELD_MS if self.method else HELD_MS


IN_THE_SHOP = How()
