"""One round of sending that kills its own process at its n-th step: before or after a write or a call of the rail."""

from __future__ import annotations

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
from money.payouts.rails import StripeConnect
from tests.cores import core_over
from tests.money.payouts.connect_server import EVENTS_SECRET, SECRET_KEY


def stripe_settings(folder: Path, api_url: str) -> Settings:
    return Settings(
        data_dir=folder, payouts="stripe", stripe_secret_key=SECRET_KEY, stripe_connect_webhook_secret=EVENTS_SECRET,
        stripe_api_url=api_url,
    )  # fmt: skip


def main(url: str, api_url: str, step: int, later_ms: int) -> None:
    steps = itertools.count()

    def doomed(run: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            result = run(*args, **kwargs)
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    database = Database(url)
    folder = Path(tempfile.mkdtemp(prefix="cadeau-doomed-"))
    core = core_over(
        database, folder, settings=stripe_settings(folder, api_url), clock=lambda: system_clock() + later_ms
    )
    part = money_part.open(core, brief=lambda _c, _ids: {})
    rail = part.api.payouts.rails["stripe"]
    assert isinstance(rail, StripeConnect)
    database.write = doomed(database.write)  # type: ignore[method-assign]
    rail.send = doomed(rail.send)  # type: ignore[method-assign]
    rail.ask = doomed(rail.ask)  # type: ignore[method-assign]
    part.api.payouts.sending.round()
    print("survived")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
