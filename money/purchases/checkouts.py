"""What the shop hears of the purchases that pay for its orders, each in the transaction of what happened.

The money of such a purchase is in its `checkout` account: it arrives there, and leaves from there.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection

from money.providers.provider import Purchase


class Shop(Protocol):
    def lock(self, connection: Connection, purchase: Purchase) -> None:
        """Lock the checkout, before anything is posted."""

    def paid(self, connection: Connection, purchase: Purchase) -> None:
        """The price has arrived, perhaps after the checkout had expired."""

    def expired(self, connection: Connection, purchase: Purchase) -> None:
        """Nobody can pay anymore."""

    def cover(self, connection: Connection, purchase: Purchase, cause: str, amount_minor: int) -> None:
        """So much is about to leave: see to it that the account has it. Not above zero: nothing is."""

    def won(self, connection: Connection, purchase: Purchase, cause: str) -> None:
        """What was taken for this cause has come back into the account."""

    def lost(self, connection: Connection, purchase: Purchase, cause: str) -> None:
        """What was taken for this cause stays away."""


class _NoShop:
    """For tools that open the money without a shop: what is paid stays in the checkout's account."""

    def lock(self, connection: Connection, purchase: Purchase) -> None:
        pass

    def paid(self, connection: Connection, purchase: Purchase) -> None:
        pass

    def expired(self, connection: Connection, purchase: Purchase) -> None:
        pass

    def cover(self, connection: Connection, purchase: Purchase, cause: str, amount_minor: int) -> None:
        pass

    def won(self, connection: Connection, purchase: Purchase, cause: str) -> None:
        pass

    def lost(self, connection: Connection, purchase: Purchase, cause: str) -> None:
        pass


NO_SHOP: Shop = _NoShop()
