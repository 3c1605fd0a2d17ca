"""Gives gifts as fast as possible and prints the key of each acknowledged one, until it is killed."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from money import part as money_part
from money.gifts import GiftOrder, GiftReceipt
from tests.coins import add_coins
from tests.cores import core_over

SENDERS = 64
COINS = 100_000_000


async def storm(url: str, run: str) -> None:
    database = Database(url)
    core = core_over(database, Path(tempfile.mkdtemp(prefix="cadeau-storm-")))
    money = money_part.open(core, brief=lambda _c, _ids: {}).api
    for n in range(SENDERS):
        await database.write_async(lambda c: add_coins(c, f"p{n}", COINS, f"{run}:{n}"))  # noqa: B023
    group = database.group("gifts", money.gifts.give)

    async def sender(n: int) -> None:
        while True:
            order = GiftOrder(new_id(), f"p{n}", "creator", "cake", 1, "room", system_clock())
            receipt = await group.post(order)
            assert isinstance(receipt, GiftReceipt)
            sys.stdout.write(f"gift:p{n}:{order.key} {receipt.balance}\n")

    async def flush() -> None:
        while True:
            sys.stdout.flush()
            await asyncio.sleep(0.002)

    await asyncio.gather(flush(), *(sender(n) for n in range(SENDERS)))


if __name__ == "__main__":
    asyncio.run(storm(sys.argv[1], sys.argv[2]))
