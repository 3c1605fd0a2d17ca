"""Measure whole requests of the feed over 100,000 videos: `python -m tests.bench page`.

The server runs as it does for everybody, with SQLite on disk. Somebody who has seen 2,000 videos and likes a few topics
swipes on: each page of ten is a request over HTTP, and they watch what they are shown before they ask for the next.
What is counted is the CPU time of all the server's threads from the request to the answer; now and then a task of its
own, such as the indexer's look once a second, falls into it. Schedules do not: they are put off. Nor does the client.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from cadeau.migrations import migrate
from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from core.tables import schedules
from people.accounts import Accounts
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.bench.relay.processes import cpu_seconds
from tests.served import Person, Served
from vod.catalogue.tags import tags_in
from vod.tables import feed_events, video_files, video_tags, videos

VIDEOS, SEEN, CREATORS, HASHTAGS = 100_000, 2_000, 2_000, 5_000
PAGES, SIGNALS = 300, 300
PAGE, SESSION_PAGES = 10, 50  # a swipe session ends after 2,000 videos
ROWS = 5_000  # inserted at once
DAYS = 60
WAIT_S_MAX = 600.0
SCHEDULES = (
    "repair_search", "reweigh_search", "count_trends", "count_days", "save_recommender", "refit_recommender",
    "forget_events", "forget_impressions", "forget_changes",
)  # fmt: skip


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--videos", type=int, default=VIDEOS)
    given = options.parse_args()
    print(f"{machine()}; {given.videos} videos, {SEEN} seen")
    chance = random.Random(7)
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        database = Database(f"sqlite:///{folder}/cadeau.db")
        migrate(database)
        ids = fill(database, chance, given.videos)
        put_off_heavy_schedules(database)
        with Served(Path(folder)) as server:
            viewer = server.join()
            server.stop()
            put_off_schedules(database)
            watch_many(database, viewer, ids, chance)
            server.start()
            wait_for_the_model(server)
            pages(server, viewer)
            signals(server, viewer, ids, chance)
        database.close()


def fill(database: Database, chance: random.Random, number: int) -> list[str]:
    """Videos of two months, each with three hashtags, two renditions and a poster. Returns their ids."""
    accounts = Accounts(database, system_clock)
    people = [accounts.add(f"creator{n}", "-", date(1990, 1, 1), f"Creator {n}").id for n in range(CREATORS)]
    now, made = system_clock(), list[str]()
    for first in range(0, number, ROWS):
        rows = [video(chance, people, now) for _ in range(first, min(number, first + ROWS))]
        made += [row["id"] for row in rows]
        tags = [{"tag": tag, "video": row["id"]} for row in rows for tag in tags_in(row["caption"])]
        files = [file for row in rows for file in files_of(row["id"])]
        for table, new in ((videos, rows), (video_tags, tags), (video_files, files)):
            database.write(lambda c: c.execute(insert(table), new))  # noqa: B023
    return made


def put_off_schedules(database: Database) -> None:
    """All of those that a server has begun to keep."""
    database.write(lambda c: c.execute(update(schedules).values(due_at=system_clock() + 86_400_000)))


def put_off_heavy_schedules(database: Database) -> None:
    """Those that would keep even the first start of a server busy."""
    rows = [{"kind": f"vod.{name}", "due_at": system_clock() + 86_400_000} for name in SCHEDULES]
    database.write(lambda c: c.execute(insert(schedules), rows))


def video(chance: random.Random, people: list[str], now: int) -> dict[str, Any]:
    tags = " ".join(f"#tag{int(HASHTAGS * chance.random() ** 2)}" for _ in range(3))
    return {
        "id": new_id(), "person": chance.choice(people), "state": "ready", "caption": f"Something to watch {tags}",
        "created_at": now - chance.randrange(DAYS * 86_400_000), "duration_ms": chance.randrange(5_000, 60_000),
        "width": 720, "height": 1280, "views": int(chance.paretovariate(0.7)), "likes": int(chance.paretovariate(1.2)),
        "language": "en",
    }  # fmt: skip


def files_of(video: str) -> Iterator[dict[str, Any]]:
    for role, width, height in (("poster", 720, 1280), ("preview", 360, 640), ("720", 720, 1280), ("480", 480, 854)):
        yield {"video": video, "role": role, "key": f"{video}/{role}", "width": width, "height": height, "bytes": 1_000}


def watch_many(database: Database, viewer: Person, ids: list[str], chance: random.Random) -> None:
    """The history of somebody who has been around: new videos and popular ones more often."""
    now = system_clock()
    watched = {ids[-1 - int(len(ids) * chance.random() ** 2)] for _ in range(SEEN + SEEN // 2)}
    rows = [
        {
            "id": new_id(), "viewer": viewer.id, "video": one, "kind": kind, "watched_ms": 9_000, "at": now,
            "profile": viewer.id, "fraction": 0.7, "voice": 1.0,
        }
        for one in sorted(watched)[:SEEN]
        for kind in (["view", "like"] if chance.random() < 0.1 else ["view"])
    ]  # fmt: skip
    database.write(lambda c: c.execute(insert(feed_events), rows))


def wait_for_the_model(server: Served) -> None:
    began = time.monotonic()
    while "recommender" in server.http.get("/readyz").json()["degraded"]:
        assert time.monotonic() - began < WAIT_S_MAX
        time.sleep(0.5)
    line("model", f"built anew in {time.monotonic() - began:.0f} s")


def pages(server: Served, viewer: Person) -> None:
    times, cursor = list[float](), ""
    for number in range(PAGES):
        before = spent(server)
        answer = viewer.http.get("/api/feed", params={"limit": PAGE, "cursor": cursor})
        times.append(spent(server) - before)
        page = answer.json()
        assert len(page["items"]) == PAGE, answer.text
        cursor = "" if number % SESSION_PAGES == SESSION_PAGES - 1 else page["next"]
        events = [{"video": one["id"], "kind": "view", "impression": one["impression"]} for one in page["items"]]
        assert viewer.http.post("/api/feed/events", json={"events": events}).status_code == 202
    report("page", times, 5.0)


def signals(server: Served, viewer: Person, ids: list[str], chance: random.Random) -> None:
    """Each event is a request of its own, as nobody sends them: apps send several together."""
    times = []
    for one in chance.sample(ids, SIGNALS):
        before = spent(server)
        body = {"events": [{"video": one, "kind": "view", "watched_ms": 5_000}]}
        assert viewer.http.post("/api/feed/events", json=body).status_code == 202
        times.append(spent(server) - before)
    times.sort()
    line("event", f"median {times[len(times) // 2]:.2f} ms, 99 % within {times[len(times) * 99 // 100]:.2f} ms of CPU")


def spent(server: Served) -> float:
    """CPU time of the server so far, in milliseconds."""
    assert server.process is not None
    return cpu_seconds(server.process.pid) * 1e3


def report(name: str, times: list[float], target: float) -> None:
    times.sort()
    middle, ninety_nine = times[len(times) // 2], times[len(times) * 99 // 100]
    figure(f"{name} p99", ninety_nine, "ms of CPU", target, more=f"; median {middle:.2f}, over HTTP")


if __name__ == "__main__":
    main()
