"""Measure from hiding a video to when it is gone on another node: `python -m tests.bench hiding`.

Two servers over one database, one storage and one Redis. A moderator decides on the first; the second is asked, as a
visitor, for the feed, the video, a search and its file until all are without it. Then a host bans, on the first,
somebody who is in the room with several sockets of the second.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.figure import figure
from tests.bench.machine import machine
from tests.chat.client import Client
from tests.served import Person, Served
from tests.services import redis_server
from tests.vod.pipeline.films import film
from tests.vod.uploads.client import PATCH, until

TARGET_S = 2.0
POLL_S = 0.01
GIVE_UP_S = 30.0
BANNED_TARGET_S = 1.0
SOCKETS = 20  # of the banned person
WORD = "heliotrope"


def uploaded(owner: Person, path: Path) -> str:
    body = path.read_bytes()
    headers = {**PATCH, "Upload-Length": str(len(body))}
    made = owner.http.post("/api/uploads", headers=headers, content=body).headers["cadeau-video"]
    until(lambda: owner.http.get(f"/api/videos/{made}").json()["state"] == "ready")
    owner.http.patch(f"/api/videos/{made}", json={"caption": f"A {WORD} in the evening"})
    return str(made)


def hide(moderator: Person, video: str) -> None:
    claimed = moderator.http.post("/api/moderation/claims", json={}).json()
    assert claimed["case"]["subject"] == video
    verdict = {"content": "hide", "category": "violence", "reason": "It shows a fight."}
    path = f"/api/moderation/cases/{claimed['case']['id']}/decision"
    answer = moderator.http.post(path, json={"token": claimed["token"], "verdict": verdict})
    assert answer.status_code == 201, answer.text


async def ban(first: Served, second: Served) -> float:
    """Seconds until the last socket of somebody who is banned is closed."""
    host, banned = first.join(), first.join()
    room = host.open_room()["id"]
    sockets = [Client(second.port, room, banned.token) for _ in range(SOCKETS)]
    async with Client(first.port, room, host.token) as chat:
        for one in sockets:
            await one.__aenter__()
            await one.next("welcome")
        began = time.monotonic()
        ending = [asyncio.create_task(one.closed()) for one in sockets]
        answer = await chat.ask("ban", person=banned.id, banned=True)
        assert answer["type"] == "ok", answer
        await asyncio.wait_for(asyncio.gather(*ending), GIVE_UP_S)
        return time.monotonic() - began


def main() -> None:
    print(machine())
    with (
        tempfile.TemporaryDirectory(prefix="cadeau-bench-") as folder,
        redis_server(Path(folder)) as redis,
    ):
        shared = {"CADEAU_REDIS_URL": redis}
        first, second = (Served(Path(folder) / "data", shared) for _ in range(2))
        with first, second:
            owner, fan, moderator = first.join(), first.join(), first.join()
            first.grant(moderator, "moderator")
            video = uploaded(owner, film(Path(folder) / "film.mp4"))
            poster = second.http.get(f"/api/videos/{video}").json()["poster"]
            there: dict[str, Callable[[], bool]] = {
                "feed": lambda: video in second.http.get("/api/feed").text,
                "player": lambda: second.http.get(f"/api/videos/{video}").status_code == 200,
                "search": lambda: video in second.http.get("/api/search", params={"q": WORD}).text,
                "file": lambda: second.http.get(poster).status_code == 200,
            }
            until(lambda: all(shown() for shown in there.values()))
            body = {"subject": {"kind": "video", "id": video}, "reason": "violence"}
            assert fan.http.post("/api/reports", json=body).status_code == 201
            began = time.monotonic()
            hide(moderator, video)
            gone: dict[str, float] = {}
            while len(gone) < len(there) and time.monotonic() - began < GIVE_UP_S:
                for what, shown in there.items():
                    if what not in gone and not shown():
                        gone[what] = time.monotonic() - began
                time.sleep(POLL_S)
            for what in there:
                figure(what, gone.get(what, float("inf")), "s from the decision", TARGET_S)
            spent = asyncio.run(ban(first, second))
            figure("ban", spent, f"s until the last of {SOCKETS} sockets is closed", BANNED_TARGET_S)


if __name__ == "__main__":
    main()
