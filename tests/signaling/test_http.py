"""WHIP and WHEP over HTTP as specified: statuses, headers, and refusals with codes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from live.errors import AlreadyPublishing
from signaling.sdp import OFFER_BYTES_MAX
from tests.live.clients import Publishing, Watching
from tests.live.lean import LeanClient
from tests.live.media.relay.stage import Stage, open_stage, until

FRAGMENT = "application/trickle-ice-sdpfrag"
CANDIDATES = (
    "a=ice-ufrag:abcd\r\na=ice-pwd:xyz\r\nm=audio 9 RTP/AVP 0\r\na=mid:0\r\n"
    "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
)


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def publisher(stage: Stage) -> AsyncIterator[LeanClient]:
    """A publisher with a negotiated but unconnected session."""
    room, key = await stage.open_room()
    client = LeanClient(stage.whip(room), key)
    yield client
    await client.close()


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    return answer.status_code, answer.json()["code"]


async def post(
    stage: Stage, url: str, key: str, offer: str | bytes, content_type: str = "application/sdp"
) -> httpx.Response:
    headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {key}"} if key else {})
    return await stage.http.post(url, content=offer, headers=headers)


async def test_an_answer_has_the_sessions_location(stage: Stage, publisher: LeanClient) -> None:
    answer = await publisher.agree()
    assert answer.status_code == 201
    assert answer.headers["content-type"].startswith("application/sdp")
    assert answer.headers["location"].startswith(httpx.URL(publisher.url).path + "/")
    assert answer.headers["etag"].startswith('"')
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Location" in answer.headers["access-control-expose-headers"]
    assert "127.0.0.1" in answer.text
    assert f" {stage.settings.media_port} typ host" in answer.text


async def test_unusable_offers_are_refused_with_a_code(stage: Stage, publisher: LeanClient) -> None:
    url, key, offer = publisher.url, publisher.key, publisher.offer()
    assert refused(await post(stage, url, key, "hello")) == (400, "bad_sdp")
    assert refused(await post(stage, url, key, b"\xff\xfe")) == (400, "bad_sdp")
    assert refused(await post(stage, url, key, "")) == (400, "bad_sdp")
    assert refused(await post(stage, url, key, offer, "text/plain")) == (415, "unsupported_media_type")
    assert refused(await post(stage, url, key, "v" * (OFFER_BYTES_MAX + 1))) == (413, "body_too_large")
    assert refused(await post(stage, url, key, offer.replace("VP8", "VP7").replace("opus", "G711"))) == (
        406, "no_common_codec",
    )  # fmt: skip
    assert refused(await post(stage, url, "wrong", offer)) == (401, "wrong_stream_key")
    assert refused(await post(stage, url, "", offer)) == (401, "wrong_stream_key")
    assert refused(await post(stage, stage.whip("nosuchroom"), key, offer)) == (401, "wrong_stream_key")
    assert refused(await post(stage, stage.whep("nosuchroom"), "", offer)) == (404, "not_found")
    room = room_of(publisher)
    watching = offer.replace("sendonly", "recvonly")
    assert refused(await post(stage, stage.whep(room), "", watching)) == (409, "room_not_live")
    assert stage.sessions.totals().publishers == 0


async def test_a_browsers_preflight_is_answered(stage: Stage, publisher: LeanClient) -> None:
    await publisher.agree()
    for url in (publisher.url, publisher.location, publisher.url.replace("whip", "whep")):
        answer = await stage.http.options(url, headers={"Origin": "https://elsewhere.example"})
        assert answer.status_code == 204
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Authorization" in answer.headers["access-control-allow-headers"]
        assert answer.headers["accept-post"] == "application/sdp"


async def test_candidates_can_be_trickled_to_their_session(stage: Stage, publisher: LeanClient) -> None:
    await publisher.agree()

    async def patch(content: str = CANDIDATES, **headers: str) -> httpx.Response:
        given = {"content-type": FRAGMENT, "if-match": publisher.etag} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        return await stage.http.patch(
            publisher.location, content=content, headers={k: v for k, v in given.items() if v}
        )

    assert (await patch()).status_code == 204
    assert refused(await patch(if_match="")) == (428, "precondition_required")
    assert refused(await patch(if_match='"other"')) == (412, "precondition_failed")
    assert refused(await patch(if_match="*")) == (422, "no_ice_restart")
    assert refused(await patch(content_type="application/sdp")) == (415, "unsupported_media_type")
    assert refused(await patch("rubbish")) == (400, "bad_sdp")
    assert (await patch()).status_code == 204


async def test_a_session_can_be_deleted_once(stage: Stage, publisher: LeanClient) -> None:
    await publisher.agree()
    elsewhere = publisher.location.replace(room_of(publisher), "another0room00000000")
    assert refused(await stage.http.delete(elsewhere)) == (404, "not_found")
    answer = await stage.http.delete(publisher.location)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    assert refused(await stage.http.delete(publisher.location)) == (404, "not_found")
    assert (await stage.http.get(publisher.location)).status_code == 405


async def test_a_publisher_that_never_connects_soon_frees_the_room(stage: Stage, publisher: LeanClient) -> None:
    """After a negotiation without a connection, a retry is refused for two seconds, not for twenty."""
    assert (await publisher.agree()).status_code == 201
    assert refused(await publisher.agree()) == (409, "already_publishing")
    await until(lambda: vacant(stage, room_of(publisher)))
    assert (await publisher.agree()).status_code == 201


def room_of(client: LeanClient) -> str:
    return client.url.split("/")[-2]


def vacant(stage: Stage, room: str) -> bool:
    try:
        stage.sessions.check_vacant(room)
    except AlreadyPublishing:
        return False
    return True


@pytest.mark.parametrize(("video", "audio"), [(True, False), (False, True)])
async def test_a_room_with_audio_or_video_only_can_be_watched_with_an_offer_of_both(
    stage: Stage, video: bool, audio: bool
) -> None:
    room, key = await stage.open_room()
    publisher = Publishing(stage.whip(room), key, video=video, audio=audio)
    viewer = Watching(stage.whep(room))
    try:
        assert (await publisher.agree()).status_code == 201
        await until(lambda: (room, "live") in stage.states)
        answer = await viewer.agree()
        assert answer.status_code == 201, answer.text
        kind = "video" if video else "audio"
        await until(lambda: viewer.frames[kind] > 10)
        assert "a=inactive" in answer.text
    finally:
        await viewer.close()
        await publisher.close()


@pytest.mark.parametrize("kinds", [("video",), ("audio",), ("audio", "video")])
async def test_an_offers_media_can_be_in_any_order(stage: Stage, kinds: tuple[str, ...]) -> None:
    room, key = await stage.open_room()
    publisher = Publishing(stage.whip(room), key)
    viewer = Watching(stage.whep(room), kinds)
    try:
        assert (await publisher.agree()).status_code == 201
        await until(lambda: (room, "live") in stage.states)
        answer = await viewer.agree()
        assert answer.status_code == 201
        location = answer.headers["location"]
        assert answer.headers["link"] == f'<{location}/layer>; rel="urn:ietf:params:whep:ext:core:layer"'
        assert "Link" in answer.headers["access-control-expose-headers"]
        await until(lambda: all(viewer.frames[kind] > 10 for kind in kinds))
    finally:
        await viewer.close()
        await publisher.close()
