"""A room with a shop in it, as for pins."""

from tests.shop.pins.conftest import stage

__all__ = ["stage"]
