"""The catalogue: gifts, priced in coins, and coin packs, priced in money. Changing it takes a release."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec


class Gift(msgspec.Struct, frozen=True):
    gift: str
    name: str
    coins: int
    art: str  # path of its SVG


class CoinPack(msgspec.Struct, frozen=True):
    pack: str
    coins: int
    price_minor: int  # in the currency's minor unit
    currency: str


def _gift(gift: str, name: str, coins: int) -> Gift:
    return Gift(gift, name, coins, f"/gifts/{gift}.svg")


GIFTS: Mapping[str, Gift] = MappingProxyType(
    {
        gift.gift: gift
        for gift in (
            _gift("rose", "Rose", 1),
            _gift("heart", "Heart", 5),
            _gift("coffee", "Coffee", 10),
            _gift("icecream", "Ice cream", 20),
            _gift("cake", "Cake", 30),
            _gift("balloons", "Balloons", 50),
            _gift("bouquet", "Bouquet", 99),
            _gift("teddy", "Teddy bear", 199),
            _gift("crown", "Crown", 500),
            _gift("fireworks", "Fireworks", 1_000),
            _gift("rocket", "Rocket", 5_000),
            _gift("castle", "Castle", 10_000),
        )
    }
)

COIN_PACKS: Mapping[str, CoinPack] = MappingProxyType(
    {
        pack.pack: pack
        for pack in (
            CoinPack("coins-70", 70, 99, "USD"),
            CoinPack("coins-350", 350, 499, "USD"),
            CoinPack("coins-700", 700, 999, "USD"),
            CoinPack("coins-1400", 1_400, 1_999, "USD"),
            CoinPack("coins-3500", 3_500, 4_899, "USD"),
            CoinPack("coins-7000", 7_000, 9_699, "USD"),
        )
    }
)
