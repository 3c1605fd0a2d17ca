"""Kills a process at its n-th step: around each write, inside it before its commit, and around each call to Stripe.

This program opens nothing itself. For each line `DEED STEP PURCHASE` on its input it forks a child, which does the deed
and is killed on the way, or survives; it prints which.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.clock import system_clock
from core.database import Database
from core.settings import Settings
from money import part as money_part
from money.providers import Subject
from money.purchases.purchases import Purchases
from tests.cores import core_over
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET

Call = Callable[..., Any]


def stripe_settings(folder: Path, api_url: str) -> Settings:
    return Settings(
        data_dir=folder, payments="stripe", stripe_secret_key=SECRET_KEY, stripe_webhook_secret=WEBHOOK_SECRET,
        stripe_api_url=api_url, earnings_new_hold_days=7,
    )  # fmt: skip


async def do(purchases: Purchases, deed: str, name: str) -> None:
    """`buy` with the key NAME, `hear` of the payment NAME, or `refund` the purchase NAME."""
    match deed:
        case "buy":
            await purchases.buy("ada", "coins-350", name)
        case "hear":
            await purchases.hear(Subject("payment", name))
        case "refund":
            await purchases.ask_refund(name, by="eve", key=name, reason="request", amount_minor=None)
        case "withdraw":
            await purchases.withdraw("ada", name, 350, 499, name)


class Doom:
    """Counts steps, and kills at one of them."""

    def __init__(self, step: int) -> None:
        self._step = step
        self._steps = itertools.count()

    def pass_by(self) -> None:
        if next(self._steps) == self._step:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, run: Call) -> Call:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.pass_by()
            result = run(*args, **kwargs)
            self.pass_by()
            return result

        return call

    def around_write(self, write: Call) -> Call:
        async def call(run: Call) -> Any:
            self.pass_by()
            result = await write(lambda connection: self._uncommitted(run, connection))
            self.pass_by()
            return result

        return call

    def _uncommitted(self, run: Call, connection: Any) -> Any:
        result = run(connection)
        self.pass_by()
        return result


def main(url: str, api_url: str, deed: str, step: int, name: str) -> None:
    database = Database(url)
    folder = Path(tempfile.mkdtemp(prefix="cadeau-doomed-"))
    core = core_over(database, folder, settings=stripe_settings(folder, api_url), clock=system_clock)
    part = money_part.open(core, brief=lambda _c, _ids: {})
    purchases, doom = part.api.purchases, Doom(step)
    database.write_async = doom.around_write(database.write_async)  # type: ignore[method-assign]
    provider: Any = purchases._provider
    for name_of in ("checkout", "payment", "refund"):
        setattr(provider, name_of, doom.around(getattr(provider, name_of)))
    asyncio.run(do(purchases, deed, name))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), sys.argv[5])
