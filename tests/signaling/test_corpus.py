"""Offers of all kinds of clients, and every form that the grammars allow, lead to sessions."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest
from aiortc import sdp

from live.media.rtp.codec import Codec, Kind, SsrcPair
from live.presence import Presence
from signaling.answer import Local, answer_publisher, answer_viewer
from signaling.errors import BadSdp, NoCommonCodec, TooManyTracks
from signaling.sdp import OFFER_BYTES_MAX, OFFER_LINES_MAX, choose_received, choose_sent, parse_offer
from tests.live.media.relay.stage import Stage, open_stage
from tests.signaling.corpus import PUBLISHERS, VIEWERS
from tests.signaling.forms import BASE, FORMS

LOCAL = Local("ufrag", "a password of 22 chars", "sha-256 " + ":".join(["AB"] * 32), [("127.0.0.1", 8080)])
OPUS = Codec("audio", "opus", 48_000, 111, 2)
VP8 = Codec("video", "VP8", 90_000, 96)
H264 = Codec("video", "H264", 90_000, 96, parameters={"packetization-mode": "1", "profile-level-id": "42e01f"})
FIRST_VIDEO = {
    "Safari": "H264",
    "OBS": "H264",
    "OBS, simulcast": "H264",
    "ffmpeg": "H264",
    "ffmpeg, dtls_active": "H264",
}


def published(text: str) -> tuple[dict[Kind, Codec], str]:
    """The codecs that are received, and the answer, which aiortc can parse."""
    offer = parse_offer(text)
    chosen = choose_sent(offer, {})
    answer = answer_publisher(offer, chosen, LOCAL)
    parsed = sdp.SessionDescription.parse(answer)
    assert len(parsed.media) == len(offer.sections)
    assert [media.rtp.muxId for media in parsed.media if media.port] == parsed.group[0].items
    return {codec.kind: codec for codec in chosen.values()}, answer


@pytest.mark.parametrize("client", PUBLISHERS)
def test_every_publishers_offer_is_answered_with_both_tracks(client: str) -> None:
    codecs, answer = published(PUBLISHERS[client])
    assert codecs["video"].name == FIRST_VIDEO.get(client, "VP8")
    assert codecs["audio"].name == "opus"
    assert answer.count("a=recvonly\r\n") == 2
    assert answer.count(f"a=setup:{'active' if client == 'ffmpeg' else 'passive'}\r\n") == 2
    if "stereo=1" in PUBLISHERS[client]:
        assert re.search(r"a=fmtp:\d+ .*\bstereo=1", answer)
    assert codecs["video"].retransmission is not None or client == "simple-whip-client"


@pytest.mark.parametrize("client", VIEWERS)
@pytest.mark.parametrize("video", [VP8, H264], ids=["VP8", "H264"])
def test_every_viewers_offer_is_answered_with_both_tracks(client: str, video: Codec) -> None:
    offer = parse_offer(VIEWERS[client])
    chosen = choose_received(offer, {"audio": OPUS, "video": video})
    assert {codec.name for codec in chosen.values()} == {"opus", video.name}
    assert all(codec.packetization == "1" for codec in chosen.values() if codec.name == "H264")
    answer = answer_viewer(offer, chosen, {"audio": SsrcPair(1), "video": SsrcPair(2, 3)}, LOCAL)
    assert answer.count("a=sendonly\r\n") == 2
    sdp.SessionDescription.parse(answer)


def test_a_viewer_that_plays_stereo_is_told_to_expect_it() -> None:
    offer = parse_offer(VIEWERS["Firefox"])
    answer = answer_viewer(offer, choose_received(offer, {"audio": OPUS}), {"audio": SsrcPair(1)}, LOCAL)
    assert "a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1;sprop-stereo=1\r\n" in answer
    offer = parse_offer(VIEWERS["Chromium"])
    answer = answer_viewer(offer, choose_received(offer, {"audio": OPUS}), {"audio": SsrcPair(1)}, LOCAL)
    assert "stereo" not in answer


# -- the grammars ------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_every_form_that_the_grammars_allow_is_accepted(form: str) -> None:
    codecs, answer = published(FORMS[form])
    assert (codecs["video"].name, codecs["video"].payload_type) == ("H264", 96)
    assert (codecs["audio"].name, codecs["audio"].payload_type, codecs["audio"].channels) == ("opus", 111, 2)
    assert answer.count("a=recvonly\r\n") == 2
    remote = parse_offer(FORMS[form]).remote
    assert (remote.ufrag, remote.password) == ("tA8s", "b0kYVgq5wT1sQmZr2XcNhL")
    assert [algorithm for algorithm, _ in remote.fingerprints] == ["sha-256"]
    assert "a=rtcp-mux\r\n" in answer
    assert ("a=rtcp-mux-only\r\n" in answer) == (form == "rtcp-mux-only")


def test_feedback_and_retransmission_are_recognized_in_every_form() -> None:
    for form in (
        "names in capitals",
        "spaces in parameters",
        "spaces between words",
        "feedback for all formats",
    ):
        codecs, _ = published(FORMS[form])
        assert codecs["video"].feedback == ("nack", "nack pli", "goog-remb"), form
        assert codecs["video"].retransmission == 97, form
        assert codecs["video"].packetization == "1", form


def test_frames_in_several_packets_are_sent_only_to_who_takes_them() -> None:
    single = "a=fmtp:96 profile-level-id=42e01f;level-asymmetry-allowed=1\r\n"
    viewer = re.sub(r"a=fmtp:96 .*\r\n", single, BASE).replace("sendonly", "recvonly")
    with pytest.raises(NoCommonCodec):
        choose_received(parse_offer(viewer), {"video": H264})
    track = Codec("video", "H264", 90_000, 96, parameters={"profile-level-id": "42e01f"})
    assert choose_received(parse_offer(viewer), {"video": track})
    assert choose_received(parse_offer(BASE.replace("sendonly", "recvonly")), {"video": track})


@pytest.mark.parametrize("kind", ["audio", "video"])
def test_two_tracks_of_a_kind_are_refused(kind: str) -> None:
    found = re.search(rf"m={kind} 9.*?(?=m=|\Z)", BASE, re.DOTALL)
    assert found is not None
    again = re.sub(r"a=mid:\d", "a=mid:2", found[0])
    with pytest.raises(TooManyTracks):
        choose_sent(parse_offer(BASE.replace("BUNDLE 0 1", "BUNDLE 0 1 2") + again), {})
    assert len(choose_sent(parse_offer(BASE + again.replace(f"m={kind} 9", f"m={kind} 0")), {})) == 2


@pytest.mark.parametrize(
    "text",
    [
        BASE.replace("a=mid:1", "a=mid:0"),
        BASE.replace("m=video 9", "m=video"),
        BASE.replace("a=rtcp-mux\r\n", ""),
        BASE + "m=video 0 UDP/TLS/RTP/SAVPF 96\r\n" * 16,
        BASE.replace("SAVPF 96 97", "SAVPF " + "96 " * 200),
        BASE.replace("a=mid:0", "nonsense\r\na=mid:0"),
        BASE.replace("BUNDLE 0 1", "BUNDLE 0"),
    ],
    ids=["the same mid", "no port", "no rtcp-mux", "many sections", "many formats", "no line", "not bundled"],
)
def test_what_can_lead_to_no_session_is_refused(text: str) -> None:
    with pytest.raises(BadSdp):
        published(text)


# -- the worst that is accepted ----------------------------------------------------------------------


def filled(line: Callable[[int], str]) -> str:
    """As many such lines as an offer may have."""
    lines = BASE.splitlines()
    size = sum(len(known) + 2 for known in lines)
    number = 0
    while len(lines) < OFFER_LINES_MAX and size + len(line(number)) + 2 < OFFER_BYTES_MAX:
        lines.append(line(number))
        size += len(lines[-1]) + 2
        number += 1
    return "\r\n".join(lines)


WORST = {
    "maps": filled(lambda i: f"a=rtpmap:{i % 128} H264/90000"),
    "parameters": filled(lambda i: f"a=fmtp:{i % 128} " + "a=b;" * 14),
    "one line of parameters": BASE + "a=fmtp:96 " + "x=1;" * 15_000,
    "extensions": filled(lambda i: f"a=extmap:{i % 256} urn:ietf:params:rtp-hdrext:sdes:mid"),
    "feedback": filled(lambda i: f"a=rtcp-fb:{i % 128} nack pli"),
    "encodings": BASE + "a=simulcast:send " + ";".join(map(str, range(10_000))),
    "rids": filled(lambda i: f"a=rid:{i} send"),
    "a long bundle": BASE.replace("BUNDLE 0 1", "BUNDLE 0 1 " + " ".join(map(str, range(2, 10_000)))),
    "white space": BASE + "a=extmap:1" + " " * 60_000 + "x",
    "ends of lines": BASE + "\r" * 1_800,
}


@pytest.mark.parametrize("name", WORST)
def test_the_worst_offers_hold_nobody_up(name: str) -> None:
    """They take 1 to 3 ms on a common machine; what they took before was 90."""
    text = WORST[name]
    assert len(text) <= OFFER_BYTES_MAX
    spent = []
    for _ in range(5):
        began = time.thread_time()
        published(text)
        spent.append(time.thread_time() - began)
    assert min(spent) < 0.05


# -- over HTTP ---------------------------------------------------------------------------------------


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path, rate_limits=False) as opened:
        yield opened


async def test_whip_and_whep_answer_every_client(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Presence, "is_live", lambda self, room: True)
    headers = {"Content-Type": "Application/SDP; charset=utf-8"}
    room, key = await stage.open_room()
    for name, offer in PUBLISHERS.items():
        answer = await stage.http.post(
            stage.whip(room), content=offer, headers={**headers, "Authorization": f"Bearer {key}"}
        )
        assert answer.status_code == 201, (name, answer.text)
        for viewer, wanted in VIEWERS.items():
            watching = await stage.http.post(stage.whep(room), content=wanted, headers=headers)
            assert watching.status_code == 201, (name, viewer, watching.text)
        ended = await stage.http.delete(str(httpx.URL(stage.whip(room)).join(answer.headers["location"])))
        assert ended.status_code == 200
