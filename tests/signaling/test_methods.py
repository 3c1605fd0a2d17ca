"""WHIP and WHEP over HTTP: methods, the address that is set up once, limits on guesses, and who waits in DTLS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from live.seats import CONNECTING_PER_NETWORK_MAX
from signaling.resource import OFFER_RATE
from signaling.whip import KEY_RATE
from tests.live.lean import LeanClient
from tests.live.media.relay.company import Guest, Host, open_company, room_of
from tests.live.media.relay.stage import Stage, open_stage, until

SDP = {"Content-Type": "application/sdp"}


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path) as opened:
        yield opened


async def agreed(stage: Stage, url: str = "") -> tuple[LeanClient, httpx.Response]:
    """A publisher with a negotiated session, not connected."""
    room, key = await stage.open_room()
    client = LeanClient(url or stage.whip(room), key)
    answer = await client.agree()
    client.vanish()
    return client, answer


async def test_other_methods_are_refused_with_those_that_are_allowed(stage: Stage) -> None:
    publisher, _ = await agreed(stage)
    create, session = {"POST", "OPTIONS"}, {"PATCH", "DELETE", "OPTIONS"}
    layer = {"GET", "HEAD", "PUT", "OPTIONS"}
    addresses = {
        publisher.url: create, publisher.url.replace("whip", "whep"): create, f"{stage.url}/live/whip": create,
        publisher.location: session, f"{stage.url}/live/x/whep/y": session, f"{stage.url}/live/x/whep/y/layer": layer,
    }  # fmt: skip
    for url, allowed in addresses.items():
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - allowed:
            answer = await stage.http.request(method, url)
            assert answer.status_code == 405, (method, url)
            assert set(answer.headers["allow"].split(", ")) == allowed
            assert answer.headers["access-control-allow-origin"] == "*"
            assert method == "HEAD" or answer.json()["code"] == "method_not_allowed"


async def test_a_trickles_answer_has_no_entity_tag(stage: Stage) -> None:
    publisher, _ = await agreed(stage)
    fragment = "a=ice-ufrag:abcd\r\na=ice-pwd:xyz\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
    headers = {"Content-Type": "application/trickle-ice-sdpfrag", "If-Match": publisher.etag}
    answer = await stage.http.patch(publisher.location, content=fragment, headers=headers)
    assert (answer.status_code, "etag" in answer.headers) == (204, False)


async def test_one_address_publishes_to_each_open_room_in_turn(stage: Stage) -> None:
    """OBS is set up once: the same address and the same key, room after room."""
    url = f"{stage.url}/live/whip"
    for _ in range(2):
        room, key = await stage.open_room()
        host = Host(url, key)
        await host.join()
        assert httpx.URL(host.location).path.startswith(f"/live/{room}/whip/")
        await host.play(3)
        await until(lambda room=room: (room, "live") in stage.states)  # type: ignore[misc]
        assert (await stage.http.delete(host.location)).status_code == 200
        await host.close()
        await stage.rooms.end(room, stage.host)
    headers = {**SDP, "Authorization": f"Bearer {key}"}
    answer = await stage.http.post(url, content=host.offer(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_open_room")
    answer = await stage.http.post(url, content=host.offer(), headers={**SDP, "Authorization": "Bearer wrong"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_stream_key")


async def test_guesses_of_a_stream_key_are_limited_before_they_reach_sql(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, _ = await stage.open_room()
    looked_up: list[str] = []
    owner = stage.stream_keys.owner

    async def counted(key: str) -> str | None:
        looked_up.append(key)
        return await owner(key)

    monkeypatch.setattr(stage.stream_keys, "owner", counted)
    statuses = []
    for number in range(KEY_RATE.count * 3):
        url = stage.whip(room) if number % 2 else f"{stage.url}/live/whip"
        headers = {**SDP, "Authorization": f"Bearer guess{number}"}
        answer = await stage.http.post(url, content="v=0", headers=headers)
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            break
    assert statuses[: KEY_RATE.count] == [401] * KEY_RATE.count
    assert statuses[-1] == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert len(looked_up) == statuses.count(401)


async def test_offers_from_one_address_are_limited(stage: Stage) -> None:
    statuses = []
    for _ in range(OFFER_RATE.count * 3):
        answer = await stage.http.post(stage.whep("nosuchroom"), content="v=0", headers=SDP)
        statuses.append(answer.status_code)
        if answer.status_code == 429:
            break
    assert statuses[-1] == 429
    assert len(statuses) > OFFER_RATE.count


async def test_sessions_that_do_not_connect_are_limited_for_each_address(stage: Stage) -> None:
    async with open_company(stage) as company:
        host, (watching,) = await company(1)
        relay = stage.sessions.relays[room_of(host)]
        held = [Guest(stage.whep(room_of(host))) for _ in range(CONNECTING_PER_NETWORK_MAX + 5)]
        async with httpx.AsyncClient(timeout=30) as http:
            for one in held:
                one.http = http
                assert (await one.agree()).status_code == 201
        assert len(relay.subscribers) <= CONNECTING_PER_NETWORK_MAX + 1
        assert stage.sessions.find_viewer(room_of(host), watching.location.rsplit("/", 1)[-1]) is not None
        assert stage.sessions.find_viewer(room_of(host), held[0].location.rsplit("/", 1)[-1]) is None
        await held[-1].connect()
        await until(lambda: stage.audience.viewers(room_of(host)) == 2)
        for one in held:
            await one.close()


async def test_a_publisher_and_a_viewer_that_wait_for_our_handshake_are_served(stage: Stage) -> None:
    """As ffmpeg does unless told otherwise."""
    room, key = await stage.open_room()
    host, guest = Host(stage.whip(room), key), Guest(stage.whep(room))
    host.setup = guest.setup = "passive"
    await host.join()
    await host.play(3)
    await until(lambda: (room, "live") in stage.states)
    await guest.join()
    await until(lambda: stage.audience.viewers(room) == 1)
    for _ in range(300):
        if guest.video:
            break
        host.frame(keyframe=True)
        await asyncio.sleep(0.1)
    assert guest.video
    await guest.close()
    await until(lambda: stage.audience.viewers(room) == 0)
    await host.close()
