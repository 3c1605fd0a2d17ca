"""WHEP's layer resource: requests, answers and rate limits."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from live.media.congestion.bandwidth import Bandwidth
from live.media.congestion.layer_option import LayerOption
from tests.live.media.relay.stage import Stage, open_stage


class StandIn:
    """A session with what the resource uses."""

    def __init__(self) -> None:
        self.chosen: list[tuple[str, int | None]] = []

    def choose(self, choice: str, height: int | None) -> None:
        if choice not in ("auto", "l", "h"):
            raise KeyError(choice)
        self.chosen.append((choice, height))

    layer, loss = "l", 0.25
    options = (LayerOption("l", "l", 0, 0, 150_000, 320, 180, 30.0, True),
               LayerOption("h", "h", 0, 0, 2_500_000, 0, 0, 30.0, True))  # fmt: skip

    @property
    def choice(self) -> str:
        return self.chosen[-1][0] if self.chosen else "auto"

    @property
    def bandwidth(self) -> Bandwidth:
        made = Bandwidth(0.0)
        made.budget_bps = 3_000_000.0
        return made


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def viewer(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> StandIn:
    stand_in = StandIn()
    sessions = {("room", "session"): stand_in}
    monkeypatch.setattr(stage.sessions, "find_viewer", lambda room, session: sessions.get((room, session)))
    return stand_in


URL = "/live/room/whep/session/layer"
VIEW: dict[str, Any] = {
    "layers": [
        {"layer": "l", "bitrate_bps": 150_000, "frames_per_second": 30.0, "width": 320, "height": 180},
        {"layer": "h", "bitrate_bps": 2_500_000, "frames_per_second": 30.0},
    ],
    "playing": "l", "choice": "auto", "estimate_bps": 3_000_000, "round_trip_ms": None, "loss": 0.25,
}  # fmt: skip


async def put(stage: Stage, body: Any, url: str = URL, content_type: str = "application/json") -> httpx.Response:
    if isinstance(body, (str, bytes)):
        return await stage.http.put(url, content=body, headers={"Content-Type": content_type})
    return await stage.http.put(url, json=body)


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.status_code, answer.json()["code"]


async def test_a_viewer_can_list_the_layers(stage: Stage, viewer: StandIn) -> None:
    answer = await stage.http.get(URL)
    assert answer.status_code == 200
    assert answer.json() == VIEW
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_viewer_can_choose_a_layer(stage: Stage, viewer: StandIn) -> None:
    answer = await put(stage, {"choice": "h"})
    assert (answer.status_code, answer.json()) == (200, VIEW | {"choice": "h"})
    assert (await put(stage, {"choice": "auto", "height": 720})).json() == VIEW
    assert (await put(stage, {"choice": "auto", "height": None})).status_code == 200
    assert viewer.chosen == [("h", None), ("auto", 720), ("auto", None)]


@pytest.mark.parametrize(
    "body",
    [
        "", "not json", "[]", "{}", '"h"', b'{"choice":"\xff"}', '{"choice":""}', '{"choice":7}',
        '{"choice":"h","more":1}', '{"choice":"auto","height":0}', '{"choice":"auto","height":-5}',
        '{"choice":"auto","height":1e9}', '{"choice":"auto","height":"720"}', '{"choice":"%s"}' % ("h" * 65),
    ],
)  # fmt: skip
async def test_an_invalid_choice_is_refused(stage: Stage, viewer: StandIn, body: str | bytes) -> None:
    assert refused(await put(stage, body)) == (400, "invalid_request")
    assert not viewer.chosen


async def test_layer_requests_are_refused_with_their_codes(stage: Stage, viewer: StandIn) -> None:
    assert refused(await put(stage, {"choice": "x"})) == (404, "no_such_layer")
    assert refused(await put(stage, '{"choice":"h"}', content_type="text/plain")) == (415, "unsupported_media_type")
    assert refused(await put(stage, " " * 1025)) == (413, "body_too_large")
    for url in ("/live/room/whep/another/layer", "/live/another/whep/session/layer"):
        assert refused(await stage.http.get(url)) == (404, "not_found")
        assert refused(await put(stage, {"choice": "h"}, url)) == (404, "not_found")
    assert (await stage.http.delete(URL)).status_code == 405
    assert not viewer.chosen


async def test_layer_requests_are_rate_limited_per_session(stage: Stage, viewer: StandIn) -> None:
    assert (await stage.http.get(URL)).status_code == 200
    for _ in range(2000):  # more than the bucket refills meanwhile, even on a slow machine
        answer = await stage.http.get(URL)
        if answer.status_code != 200:
            break
    assert refused(answer) == (429, "rate_exceeded")
    assert int(answer.headers["retry-after"]) >= 1


async def test_the_layer_resource_allows_cross_origin_requests(stage: Stage) -> None:
    preflight = await stage.http.options(URL, headers={"Origin": "https://elsewhere.example"})
    assert preflight.status_code == 204
    assert {"GET", "PUT"} <= set(preflight.headers["access-control-allow-methods"].split(", "))
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]
    assert "Link" in preflight.headers["access-control-expose-headers"]
