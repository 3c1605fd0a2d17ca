"""Offers: how real ones are parsed, and that invalid ones are refused."""

from __future__ import annotations

import asyncio

import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Refusal
from live.media.rtp.codec import Codec, SsrcPair
from signaling.answer import Local, answer_publisher, answer_viewer
from signaling.description import Description
from signaling.errors import BadSdp, NoCommonCodec
from signaling.sdp import (
    OFFER_LINES_MAX,
    choose_received,
    choose_sent,
    parse_offer,
)

LOCAL = Local(
    "ufrag", "a password of 22 chars", "sha-256 " + ":".join(["AB"] * 32), [("127.0.0.1", 8080), ("::1", 8080)]
)


async def _offer(*kinds: str, direction: str = "sendonly") -> str:
    peer = RTCPeerConnection()
    for kind in kinds:
        peer.addTransceiver(kind, direction=direction)
    peer.createDataChannel("chat")
    offer = await peer.createOffer()
    await peer.close()
    text: str = offer.sdp
    return text


OFFER = asyncio.run(_offer("audio", "video"))
LINES = OFFER.splitlines()

CHROME_VIDEO = """v=0
o=- 1 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0
m=video 9 UDP/TLS/RTP/SAVPF 96 97 102 103 104 45 46 98
c=IN IP4 0.0.0.0
a=ice-ufrag:abcd
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:0
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a={direction}
a=rtcp-mux
a=rtpmap:96 VP8/90000
a=rtcp-fb:96 goog-remb
a=rtcp-fb:96 transport-cc
a=rtcp-fb:96 nack
a=rtcp-fb:96 nack pli
a=rtpmap:97 rtx/90000
a=fmtp:97 apt=96
a=rtpmap:102 H264/90000
a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42001f
a=rtpmap:103 H264/90000
a=fmtp:103 level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42001f
a=rtpmap:104 H264/90000
a=fmtp:104 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f
a=rtpmap:45 AV1/90000
a=rtpmap:46 rtx/90000
a=fmtp:46 apt=45
a=rtpmap:98 VP9/90000
a=fmtp:98 profile-id=0
""".replace("{fingerprint}", ":".join(["AB"] * 32))


def chrome(direction: str = "sendonly") -> str:
    return CHROME_VIDEO.replace("{direction}", direction)


def h264(profile: str) -> Codec:
    return Codec("video", "H264", 90_000, 120, parameters={"packetization-mode": "1", "profile-level-id": profile})


def test_the_publishers_preferred_codec_is_chosen_with_its_rtx() -> None:
    offer = parse_offer(chrome())
    chosen = choose_sent(offer, {})
    assert (chosen[0].name, chosen[0].payload_type, chosen[0].retransmission) == ("VP8", 96, 97)
    answer = answer_publisher(offer, chosen, LOCAL).splitlines()
    assert "m=video 8080 UDP/TLS/RTP/SAVPF 96 97" in answer
    assert "a=recvonly" in answer
    assert "a=ice-lite" in answer
    assert "a=setup:passive" in answer
    assert "a=rtcp-fb:96 transport-cc" in answer
    assert "a=fmtp:96 x-google-start-bitrate=2500" in answer
    assert not any("goog-remb" in line or "abs-send-time" in line for line in answer)
    assert [line for line in answer if line.startswith("a=candidate")] == [
        "a=candidate:1 1 udp 2130706175 127.0.0.1 8080 typ host",
        "a=candidate:2 1 udp 2130705919 ::1 8080 typ host",
    ]


def test_the_codecs_of_the_room_are_preferred() -> None:
    offer = parse_offer(chrome())
    vp9 = Codec("video", "VP9", 90_000, 1, parameters={})
    assert choose_sent(offer, {"video": vp9})[0].payload_type == 98
    assert choose_sent(offer, {"video": h264("640032")})[0].payload_type == 104
    unknown = Codec("video", "VP7", 90_000, 1)
    assert choose_sent(offer, {"video": unknown})[0].payload_type == 96


@pytest.mark.parametrize(
    ("track", "payload_type"),
    [
        (Codec("video", "VP8", 90_000, 1), 96),
        (Codec("video", "AV1", 90_000, 1, parameters={"profile": "0"}), 45),
        (h264("42001f"), 102),
        (h264("640c1f"), 102),  # the profile is not offered, but decoders can play it
    ],
)
def test_a_viewer_gets_the_track_under_its_own_payload_type(track: Codec, payload_type: int) -> None:
    offer = parse_offer(chrome("recvonly"))
    chosen = choose_received(offer, {"video": track})
    assert chosen[0].payload_type == payload_type
    answer = answer_viewer(offer, chosen, {"video": SsrcPair(77)}, LOCAL)
    assert f"m=video 8080 UDP/TLS/RTP/SAVPF {payload_type}\r\n" in answer
    assert "a=sendonly\r\n" in answer
    assert "a=ssrc:77 cname:cadeau\r\n" in answer


@pytest.mark.parametrize(
    "track", [Codec("video", "VP7", 90_000, 1), Codec("video", "VP9", 90_000, 1, parameters={"profile-id": "2"})]
)
def test_a_viewer_without_the_codec_is_refused(track: Codec) -> None:
    with pytest.raises(NoCommonCodec):
        choose_received(parse_offer(chrome("recvonly")), {"video": track})


def test_an_audio_only_offer_for_a_room_without_audio_is_refused() -> None:
    offer = parse_offer(OFFER.replace("a=sendonly", "a=recvonly"))
    chosen = choose_received(offer, {"audio": Codec("audio", "opus", 48_000, 1, 2)})
    assert [codec.kind for codec in chosen.values()] == ["audio"]
    with pytest.raises(NoCommonCodec):
        choose_received(parse_offer(chrome("recvonly")), {"audio": Codec("audio", "opus", 48_000, 1, 2)})


async def test_aiortc_accepts_an_answer_with_an_inactive_section() -> None:
    peer = RTCPeerConnection()
    peer.addTransceiver("video", direction="sendonly")
    peer.addTransceiver("audio", direction="sendonly")
    await peer.setLocalDescription(await peer.createOffer())
    offer = parse_offer(peer.localDescription.sdp)
    chosen = {i: codec for i, codec in choose_sent(offer, {}).items() if codec.kind == "video"}
    answer = answer_publisher(offer, chosen, LOCAL)
    assert "a=inactive" in answer
    await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    assert [t.currentDirection for t in peer.getTransceivers()] == ["sendonly", "inactive"]
    await peer.close()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("v=0", "x=0"), ("a=setup:actpass", "a=setup:holdconn"), ("a=setup:actpass", "a=setup:x"), ("a=rtcp-mux", ""),
        ("a=ice-ufrag:abcd", ""), ("a=fingerprint:sha-256", "a=fingerprint:md5"), ("m=video 9", "m=video x"),
        ("m=video", "m=text"), ("m=video 9", "m=video 0"), ("m=video 9", "m=video 65536"), ("AB:AB", "AB;AB"),
        ("UDP/TLS/RTP/SAVPF 96 97 102 103 104 45 46 98", "UDP/TLS/RTP/SAVPF"), ("t=0 0", "t"),
    ],
)  # fmt: skip
def test_a_broken_offer_is_refused(before: str, after: str) -> None:
    with pytest.raises(BadSdp):
        parse_offer(chrome().replace(before, after))


def test_an_offer_that_is_not_bundled_is_refused() -> None:
    with pytest.raises(BadSdp):
        parse_offer("\r\n".join(line for line in LINES if not line.startswith("a=group:BUNDLE")))


def negotiate(text: str) -> None:
    """Run an offer through the whole negotiation. It may be refused; any other exception is a fault."""
    tracks = {"video": Codec("video", "VP8", 90_000, 1), "audio": Codec("audio", "opus", 48_000, 1, 2)}
    try:
        offer = parse_offer(text)
        answer_publisher(offer, choose_sent(offer, {}), LOCAL)
        chosen = choose_received(offer, {"video": tracks["video"]})
        answer_viewer(offer, chosen, {"video": SsrcPair(1, 3), "audio": SsrcPair(2)}, LOCAL)
    except Refusal:
        return


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(LINES) - 1),
            st.sampled_from(("drop", "twice", "swap", "cut", "fill")),
            st.text(max_size=9),
        )
    )
)
def test_a_mangled_offer_is_refused_or_answered_without_a_fault(changes: list[tuple[int, str, str]]) -> None:
    lines = list(LINES)
    for at, change, text in changes:
        at %= max(1, len(lines))
        if not lines:
            break
        if change == "drop":
            del lines[at]
        elif change == "twice":
            lines.insert(at, lines[at])
        elif change == "swap":
            lines[at], lines[-1] = lines[-1], lines[at]
        elif change == "cut":
            lines[at] = lines[at][: len(text)]
        else:
            lines[at] = lines[at].partition(":")[0] + ":" + text
    negotiate("\r\n".join(lines))


@given(st.text(max_size=400))
def test_garbage_is_refused(text: str) -> None:
    negotiate(text)
    negotiate("v=0\r\n" + text)


def test_an_offer_with_very_many_lines_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Description, "parse", lambda text: pytest.fail("parsed"))
    with pytest.raises(BadSdp, match="lines"):
        parse_offer("v=0\r\n" + "a=x\r\n" * (OFFER_LINES_MAX + 1))
