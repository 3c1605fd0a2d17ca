"""Measure searches over 100,000 videos: `python -m tests.bench search`.

CPU is that of this process, which on SQLite is all there is; `--postgres URL` measures an empty PostgreSQL database
instead, which spends time of its own: the wall clock shows it. Captions are made of words as frequent as those of a
language, so that common words match a tenth of all videos. What is asked: common, rare and several words, beginnings,
typing errors, hashtags, and all kinds at once.
"""

from __future__ import annotations

import argparse
import itertools
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from sqlalchemy import insert, text

from cadeau.migrations import migrate
from core.clock import system_clock
from core.database import Database, normalized
from core.garbage import freeze_gc
from core.ids import new_id
from money import part as money_part
from people.accounts import Accounts
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.cores import core_over
from vod import part as vod_part
from vod.catalogue.tags import tags_in
from vod.part import Vod
from vod.search.discovery import rebuild
from vod.search.search import Asker
from vod.tables import video_tags, videos

VIDEOS = 100_000
PEOPLE = 2_000
WORDS = 30_000
TARGET_MS = 10.0
ASKED = 400  # of each sort
SYLLABLES = [c + v + e for c in "bcdfgjlmnprstv" for v in ("a", "e", "i", "o", "u", "ou", "ai") for e in ("", "n", "r")]


class Language:
    """Words of an invented language: the n-th most frequent one is 1/n as frequent as the first (Zipf's law)."""

    def __init__(self, chance: random.Random) -> None:
        words = {"".join(chance.choices(SYLLABLES, k=chance.choice((1, 2, 2, 3, 3, 4)))) for _ in range(2 * WORDS)}
        self.words = sorted(words)[:WORDS]
        chance.shuffle(self.words)
        self.weights = list(itertools.accumulate(1 / rank for rank in range(1, len(self.words) + 1)))

    def some(self, chance: random.Random, number: int) -> list[str]:
        return chance.choices(self.words, cum_weights=self.weights, k=number)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--videos", type=int, default=VIDEOS)
    options.add_argument("--postgres", default="", help="URL of an empty database")
    given = options.parse_args()
    print(f"{machine()}; {given.videos} videos, {'PostgreSQL' if given.postgres else 'SQLite'}")
    chance = random.Random(7)
    language = Language(chance)
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        url = normalized(given.postgres) if given.postgres else f"sqlite:///{folder}/cadeau.db"
        database = Database(url)
        migrate(database)
        vod = fill(database, Path(folder), language, chance, given.videos)
        if not given.postgres:
            line("database", f"{(Path(folder) / 'cadeau.db').stat().st_size / 1e6:.0f} MB")
        measure(database, vod, language, chance)
        database.close()


def fill(database: Database, folder: Path, language: Language, chance: random.Random, number: int) -> Vod:
    core = core_over(database, folder)
    accounts = Accounts(database, system_clock)
    people = [
        accounts.add(
            f"{'.'.join(language.some(chance, 1))[:14]}{n}", "-", date(1990, 1, 1), language.some(chance, 1)[0]
        ).id
        for n in range(PEOPLE)
    ]
    now = system_clock()
    for first in range(0, number, 5_000):
        rows = [
            {
                "id": new_id(), "person": chance.choice(people), "state": "ready",
                "caption": " ".join([*language.some(chance, 9), *(f"#{tag}" for tag in language.some(chance, 2))]),
                "created_at": now - chance.randrange(400 * 86_400_000), "views": int(chance.paretovariate(0.7)),
                "likes": int(chance.paretovariate(1.2)),
            }
            for _ in range(first, min(number, first + 5_000))
        ]  # fmt: skip
        tags = [{"tag": tag, "video": row["id"]} for row in rows for tag in tags_in(str(row["caption"]))]
        database.write(lambda c: (c.execute(insert(videos), rows), c.execute(insert(video_tags), tags)))  # noqa: B023
    began = time.perf_counter()
    indexed = rebuild(core, accounts.brief)
    line("index", f"{indexed} subjects in {time.perf_counter() - began:.0f} s")
    if not database.sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    return vod_part.open(
        core, brief=accounts.brief, by_handle=accounts.by_handle, following=lambda _c, _p: [],
        live_rooms=lambda _c, _n, _u: [], rooms_by_id=lambda _c, _i, _u: [],
        new_follows=lambda *_: [], money=money_part.open(core, brief=accounts.brief).api,
    ).api  # fmt: skip


def mistyped(word: str, chance: random.Random) -> str:
    at = chance.randrange(1, max(2, len(word) - 1))
    return chance.choice([word[:at] + word[at + 1 :], word[:at] + chance.choice("aeiouxyz") + word[at:]])


def asked(language: Language, chance: random.Random) -> Iterator[tuple[str, list[str]]]:
    def several(number: int) -> list[str]:
        return [" ".join(language.some(chance, number)) for _ in range(ASKED)]

    def beginning(letters: int) -> list[str]:
        return [word[:letters] for word in several(1)]

    yield "one word", several(1)
    yield "the most frequent", [chance.choice(language.words[:20]) for _ in range(ASKED)]
    yield "rare words", [chance.choice(language.words[5_000:]) for _ in range(ASKED)]
    yield "three words", several(3)
    yield "one letter", beginning(1)
    yield "three letters", beginning(3)
    yield "five letters", beginning(5)
    yield "typing error", [mistyped(word, chance) for word in several(1)]
    yield (
        "two mistyped",
        [f"{mistyped(one, chance)} {mistyped(two, chance)}" for one, two in zip(several(1), several(1), strict=True)],
    )
    yield "hashtag", [f"#{word}" for word in several(1)]


def measure(database: Database, vod: Vod, language: Language, chance: random.Random) -> None:
    search, asker = vod.discovery.search, Asker(None, "http://localhost")
    freeze_gc()  # as the server does: scans of long-lived objects would be measured as searches
    for name, texts in asked(language, chance):
        report(name, [timed(lambda: search.of_kind(text, "videos", "", 20, asker)) for text in texts])  # noqa: B023
    mixed = [text for _, texts in asked(language, chance) for text in texts[: ASKED // 4]]
    report("all kinds", [timed(lambda: search.of_each(text, asker)) for text in mixed])  # noqa: B023


def timed(run: Callable[[], object]) -> tuple[float, float]:
    """CPU time of this process and wall time, in milliseconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    run()
    return (time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3


def report(name: str, times: list[tuple[float, float]]) -> None:
    cpu, wall = (sorted(column) for column in zip(*times, strict=True))
    p99 = len(times) * 99 // 100
    more = f"; median {cpu[len(cpu) // 2]:.1f}, wall p99 {wall[p99]:.1f}"
    figure(f"{name:18}", cpu[p99], "ms", TARGET_MS, more=more)


if __name__ == "__main__":
    main()
