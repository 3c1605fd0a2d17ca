"""Measure `ledger verify` on many entries: `python -m tests.bench verify [--entries N]`.

The books are made by the ledger itself, from gifts of a year in the rooms of a few creators, each with its event in
the room's log. Then all proofs of money and of the rooms' gifts run, as `cadeau ledger verify` runs them; and those
that `--since-checkpoint` runs, with a batch of gifts after the checkpoint. Each in a process of its own, whose memory
is measured.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import Connection, event

from cadeau.migrations import migrate
from chat.kinds.gift_proofs import PROOFS as GIFT_PROOFS
from core.clock import system_clock
from core.database import Database
from core.database.proofs import Finding, findings
from core.settings import Settings
from money import part as money_part
from money.earnings import DAY_MS
from money.gifts import GiftOrder, GiftReceipt
from money.ledger.accounts import MINT, wallet
from money.ledger.checkpoints import Checkpoints
from money.ledger.proofs import verify_since_checkpoint
from money.ledger.reading import use_one_state
from money.ledger.rules import Transfer
from money.part import MONEY_PROOFS, Money
from tests.bench.figure import figure
from tests.bench.machine import machine
from tests.cores import core_over

ENTRIES = 10_000_000
ENTRIES_A_GIFT = 3
GIVERS = 10_000
CREATORS = 100
DAYS = 365
BATCH = 5_000
IN_A_ROW = 20  # gifts of one giver
COINS_EACH = 10**8
GIFTS = ("rose", "rose", "rose", "heart", "coffee", "cake", "bouquet", "crown")
WHOLE_S_MAX = 60.0
SINCE_S_MAX = 1.0
_EVENTS = (
    "INSERT INTO room_events (room, seq, type, at, person, client_id, removed, fields) "
    "SELECT detail ->> 'room', id, 'gifted', at, detail ->> 'giver', substr(key, 7 + length(detail ->> 'giver')), 0, "
    "detail FROM transfers WHERE kind = 'gift' ORDER BY detail ->> 'room', id"
)
_ROOMS = (  # what the room's log adds up as it grows
    "INSERT INTO room_heads (room, seq, coins) SELECT room, max(seq), sum(fields ->> 'coins') FROM room_events "
    "GROUP BY room",
    "INSERT INTO room_givers (room, person, coins, gift, combo, at) SELECT room, person, sum(fields ->> 'coins'), "
    "'rose', 1, max(at) FROM room_events GROUP BY room, person",
)


def fill(folder: Path, gifts: int) -> None:
    """Give so many gifts and log them, then make a checkpoint and give one batch more."""
    database = Database(f"sqlite:///{folder}/cadeau.db")
    event.listen(database.engine, "connect", lambda c, _: c.execute("PRAGMA synchronous = OFF"))
    migrate(database)
    settings = Settings(data_dir=folder, spending_day_coins_max=10**9, spending_month_coins_max=10**9)
    money = money_part.open(core_over(database, folder, settings=settings), brief=lambda _c, _ids: {}).api

    openings = [
        Transfer(f"opening:p{n}", "opening", 0, "", {MINT: -COINS_EACH, wallet(f"p{n}"): COINS_EACH}, {})
        for n in range(GIVERS)
    ]
    database.write(lambda c: money.ledger.post(c, openings))
    now, chance = system_clock(), random.Random(1)
    for start in range(0, gifts, BATCH):
        at = now - (DAYS - 1 - start * DAYS // gifts) * DAY_MS
        give(money, range(start, min(gifts, start + BATCH)), at, chance)
    Checkpoints(database, system_clock, "").make()
    give(money, range(gifts, gifts + BATCH), now, chance)
    database.close()
    connection = sqlite3.connect(folder / "cadeau.db")
    connection.execute("PRAGMA synchronous = OFF")
    with connection:
        for statement in (_EVENTS, *_ROOMS):
            connection.execute(statement)
    connection.close()


def give(money: Money, numbers: range, at: int, chance: random.Random) -> None:
    orders = [
        GiftOrder(
            f"{n:020d}", f"p{n // IN_A_ROW % GIVERS}", f"c{n % CREATORS}", chance.choice(GIFTS), 1,
            f"r{n % CREATORS}", at,
        )
        for n in numbers
    ]  # fmt: skip
    receipts = money.database.write(lambda c: money.gifts.give(c, orders))
    assert all(isinstance(receipt, GiftReceipt) for receipt in receipts)


def prove(folder: Path, part: str) -> None:
    """The child process: print how long it took."""
    database = Database(f"sqlite:///{folder}/cadeau.db")
    began = time.monotonic()
    found = database.read(verify_since_checkpoint if part == "since" else whole)
    assert not found, found[:3]
    print(time.monotonic() - began)
    database.close()


def whole(connection: Connection) -> list[Finding]:
    use_one_state(connection)
    return list(findings(connection, {**MONEY_PROOFS, **GIFT_PROOFS}))


def measured(folder: Path, part: str) -> tuple[float, float, float]:
    """Seconds, seconds of CPU, and MB of memory of a proof in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.money.bench_verify", part, str(folder)]
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert child.stdout is not None
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return float(printed), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(arguments: list[str]) -> None:
    if arguments[:1] in (["whole"], ["since"]):
        prove(Path(arguments[1]), arguments[0])
        return
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=ENTRIES)
    given = options.parse_args(arguments)
    gifts = given.entries // ENTRIES_A_GIFT
    print(f"{machine()}; {gifts} gifts, {GIVERS} givers, {CREATORS} creators")
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as name:
        began = time.monotonic()
        fill(Path(name), gifts)
        print(f"given in {time.monotonic() - began:.0f} s")
        for part, most in (("whole", WHOLE_S_MAX), ("since", SINCE_S_MAX)):
            wall, cpu, memory = measured(Path(name), part)
            figure(part, wall, "s", most, more=f", {cpu:.2f} s of CPU, {memory:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
