"""Redundant audio is accepted and sent where both sides know it."""

from __future__ import annotations

import pytest

from live.media.rtp.codec import Codec
from tests.signaling.answer.answers import TRACKS, published, watched
from tests.signaling.offers import OBS_SIMULCAST, chrome_publisher, chrome_viewer


@pytest.mark.parametrize(
    ("types", "answered", "redundancy"),
    [("63 111 9", "63 111", 63), ("111 63 9", "111", None), ("111 9", "111", None), ("9 63 111", "63 111", 63)],
)
def test_redundant_audio_is_accepted_from_publishers_that_prefer_it(
    types: str, answered: str, redundancy: int | None
) -> None:
    (audio, _), chosen, _ = published(chrome_publisher(types))
    assert audio[0] == f"m=audio 8080 UDP/TLS/RTP/SAVPF {answered}"
    assert chosen[0].redundancy == redundancy
    assert ("a=rtpmap:63 red/48000/2" in audio) == (redundancy is not None)
    assert ("a=fmtp:63 111/111" in audio) == (redundancy is not None)
    assert "a=fmtp:111 minptime=10;useinbandfec=1" in audio


@pytest.mark.parametrize("fmtp", ["111/9", "9/9", "x", "111/111/112"])
def test_redundancy_around_another_codec_is_not_accepted(fmtp: str) -> None:
    (audio, _), chosen, _ = published(chrome_publisher("63 111 9").replace("111/111", fmtp))
    assert audio[0].endswith(" 111")
    assert chosen[0].redundancy is None


def test_the_publisher_decides_how_audio_is_encoded() -> None:
    (audio, _), _, _ = published(OBS_SIMULCAST)
    assert "a=fmtp:111 minptime=10;maxaveragebitrate=96000;stereo=1;sprop-stereo=1;useinbandfec=1" in audio
    assert not any("usedtx" in line for line in audio)


@pytest.mark.parametrize(
    ("track", "types", "answered"),
    [
        (Codec("audio", "opus", 48_000, 111, 2, redundancy=63), "111 63 9", "63 111"),
        (Codec("audio", "opus", 48_000, 111, 2, redundancy=99), "111 63 9", "63 111"),
        (Codec("audio", "opus", 48_000, 111, 2), "63 111 9", "111"),  # the room has no redundant audio
        (Codec("audio", "opus", 48_000, 109, 2, redundancy=63), "63 111 9", "111"),  # 109 in RED would be unknown
        (Codec("audio", "opus", 48_000, 111, 2, redundancy=63), "111 9", "111"),
    ],
)
def test_a_viewer_gets_redundant_audio_if_it_knows_the_payload_type_inside(
    track: Codec, types: str, answered: str
) -> None:
    (audio, _), chosen, _ = watched(chrome_viewer(types), TRACKS | {"audio": track})
    assert audio[0] == f"m=audio 8080 UDP/TLS/RTP/SAVPF {answered}"
    assert chosen[0].payload_type == 111
    assert (chosen[0].redundancy == 63) == (answered == "63 111")
    assert ("a=fmtp:63 111/111" in audio) == (answered == "63 111")
