"""Files of hidden and deleted videos: gone on every node and at the CDN, except for who may still see them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from core.executors import Executors
from core.http.refusals.problems import EXCEPTION_HANDLERS
from core.http.stored_files import media_route
from core.jobs import Job
from core.settings import Settings, SettingsError
from core.storage import Withdrawals
from tests.vod.conftest import House
from vod.catalogue.withdrawal.purges import PurgeFailed, Purges
from vod.catalogue.withdrawal.seals import SEAL_S, Seals
from vod.catalogue.withdrawal.withdrawn import REFRESH_S, WithdrawnFiles
from vod.tables import sounds


class Node:
    """A server of its own over a house's database and storage."""

    def __init__(self, house: House) -> None:
        withdrawals = Withdrawals()
        seals = Seals(house.database, house.time)
        withdrawals.decide_by(WithdrawnFiles(house.database, house.time).__contains__, seals.opens, seals.address)
        route = media_route(house.storage, Executors().storage, None, withdrawals)
        app = Starlette(routes=[route], exception_handlers=EXCEPTION_HANDLERS)
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://node")

    async def status(self, *addresses: str) -> set[int]:
        return {(await self._http.get(address)).status_code for address in addresses}

    async def caching(self, address: str) -> str:
        return (await self._http.get(address)).headers["cache-control"]


def addresses(house: House, video: str) -> list[str]:
    shown = house.vod.videos.video(video, None)
    assert shown.poster
    assert shown.preview
    heard = house.database.read(
        lambda c: c.execute(select(sounds.c.key).where(sounds.c.video == video)).scalars().all()
    )
    return [shown.poster, shown.preview, *(one.url for one in shown.renditions), *map(house.storage.url, heard)]


async def test_files_of_a_hidden_video_are_gone_on_every_node_and_come_back(house: House, small_film: Path) -> None:
    owner, moderator = house.person(), house.person(moderates=True)
    video = house.ready(owner, small_film)
    known, nodes = addresses(house, video), [Node(house), Node(house)]
    assert [await node.status(*known) for node in nodes] == [{200}] * 2
    house.database.write(lambda c: house.vod.moderation.hide_video(c, video))
    time.sleep(REFRESH_S)
    assert [await node.status(*known) for node in nodes] == [{410}] * 2
    assert await nodes[0].caching(known[0]) == "no-store"
    for who in (owner, moderator):
        sealed = house.vod.videos.video(video, who).poster or ""
        assert sealed
        assert await nodes[1].status(sealed) == {200}
        assert await nodes[1].caching(sealed) == "private, no-store"
        assert await nodes[1].status(sealed[:-1] + ("0" if sealed[-1] != "0" else "1")) == {410}
    house.time.leap_ms += SEAL_S * 1_000
    assert await nodes[1].status(sealed) == {410}
    house.database.write(lambda c: house.vod.moderation.restore_video(c, video))
    time.sleep(REFRESH_S)
    assert [await node.status(*known) for node in nodes] == [{200}] * 2


async def test_a_file_that_a_visible_video_has_too_is_served_until_both_are_gone(
    house: House, other_film: Path
) -> None:
    owner, other = house.person(), house.person()
    copies = [house.ready(owner, other_film), house.ready(other, other_film)]
    known, node = addresses(house, copies[0]), Node(house)
    house.database.write(lambda c: house.vod.moderation.hide_video(c, copies[0]))
    time.sleep(REFRESH_S)
    assert await node.status(*known) == {200}
    house.vod.videos.delete(copies[1], other)
    time.sleep(REFRESH_S)
    assert await node.status(*known) == {410}
    house.ready(other, other_film)  # the same bytes, stored anew
    time.sleep(REFRESH_S)
    assert await node.status(*known) == {200}


async def test_files_of_a_deleted_video_are_gone_before_they_are_swept(house: House, other_film: Path) -> None:
    owner = house.person()
    video = house.ready(owner, other_film)
    known, node = addresses(house, video), Node(house)
    assert await node.status(*known) == {200}
    house.vod.videos.delete(video, owner)
    time.sleep(REFRESH_S)
    assert await node.status(*known) == {410}
    house.clean_up()
    assert await node.status(*known) == {410}


class Cdn:
    """An HTTP server that is told to purge, and fails so many times first."""

    def __init__(self, failures: int) -> None:
        self.told: list[tuple[str, str, str]] = []
        self.failures = failures
        cdn = self

        class Handler(BaseHTTPRequestHandler):
            def do_PURGE(self) -> None:
                cdn.told.append((self.headers["Host"], self.path, self.headers.get("Authorization", "")))
                cdn.failures -= 1
                self.send_response(503 if cdn.failures >= 0 else 200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def cdn() -> Iterator[Cdn]:
    made = Cdn(failures=1)
    yield made
    made.close()


def test_a_cdn_drops_a_hidden_video_under_every_name_and_is_told_again_when_it_fails(
    house: House, cdn: Cdn, other_film: Path
) -> None:
    settings = Settings(
        purge_url=f"PURGE http://{cdn.host}/?url={{url}}", purge_hosts="old.example", purge_secret="Bearer s3cret",
        public_url="https://live.example", media_base_url="https://cdn.example/files",
    )  # fmt: skip
    purges = Purges(settings, lambda key: f"https://cdn.example/files/{key}", house.jobs)
    house.vod.moderation._files._withdrawn = purges.queue
    video = house.ready(house.person(), other_film)
    house.database.write(lambda c: house.vod.moderation.hide_video(c, video))
    job = house.database.write(lambda c: house.jobs.table.claim(c, "tester", {"vod.purge": 0}))
    assert job is not None
    with pytest.raises(PurgeFailed):
        purges.run(job)
    cdn.told.clear()
    purges.run(Job(job.id, job.kind, job.subject, job.arguments, 2))
    purged = {parse_qs(urlsplit(path).query)["url"][0] for _, path, _ in cdn.told}
    bases = ("https://cdn.example/files", "https://live.example/media", "https://old.example/media")
    assert purged == {f"{base}/{key}" for base in bases for key in job.arguments["keys"]}
    assert {secret for *_, secret in cdn.told} == {"Bearer s3cret"}


@pytest.mark.parametrize("url", ["https://cdn.example/purge", "PURGE ftp://x", "PURGE https://{host.__class__}/{nope}"])
def test_a_purge_url_without_a_method_or_with_other_fields_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="CADEAU_PURGE_URL"):
        Settings(purge_url=url)
