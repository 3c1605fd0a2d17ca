"""A viewer is sent what they offer to take, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from live.media.rtp.codec import Codec, Kind, SsrcPair
from live.media.rtp.header_extensions import DEPENDENCY, SEND_TIME
from signaling.answer import (
    dependency_id,
    send_time_id,
)
from tests.signaling.answer.answers import AV1, SOURCES, extmaps, watched
from tests.signaling.offers import chrome_viewer


def test_a_viewer_is_sent_retransmissions_beside_the_picture() -> None:
    (audio, video), chosen, _ = watched(chrome_viewer())
    assert chosen[1].retransmission == 97
    assert video[0] == "m=video 8080 UDP/TLS/RTP/SAVPF 96 97"
    assert "a=rtpmap:97 rtx/90000" in video
    assert "a=fmtp:97 apt=96" in video
    assert "a=ssrc-group:FID 77 78" in video
    assert [line for line in video if line.startswith("a=ssrc:")] == [
        "a=ssrc:77 cname:cadeau",
        "a=ssrc:78 cname:cadeau",
    ]
    assert [line for line in audio if line.startswith("a=ssrc")] == ["a=ssrc:11 cname:cadeau"]


@pytest.mark.parametrize("repair", [None, 78])
def test_without_retransmissions_on_both_sides_there_are_none(repair: int | None) -> None:
    text = chrome_viewer() if repair is None else chrome_viewer().replace("apt=96", "apt=95")
    (_, video), _, _ = watched(text, sources=SOURCES | {"video": SsrcPair(77, repair)})
    assert video[0] == "m=video 8080 UDP/TLS/RTP/SAVPF 96"
    assert not any("rtx" in line or "apt" in line or "FID" in line for line in video)
    assert [line for line in video if line.startswith("a=ssrc:")] == ["a=ssrc:77 cname:cadeau"]


def test_a_viewer_with_abs_send_time_is_asked_for_estimates() -> None:
    (audio, video), chosen, offer = watched(chrome_viewer())
    assert "a=rtcp-fb:96 goog-remb" in video
    assert extmaps(video) == [f"a=extmap:2 {SEND_TIME}"]
    assert extmaps(audio) == []
    assert not any("transport-cc" in line for line in audio + video)
    assert send_time_id(offer, chosen) == 2


def test_a_viewer_without_layers_is_not_asked_for_estimates() -> None:
    (_, video), _, _ = watched(chrome_viewer(), estimates=False)
    assert extmaps(video) == []
    assert not any("goog-remb" in line for line in video)
    assert "a=rtcp-fb:96 nack" in video


@pytest.mark.parametrize("gone", [f"a=extmap:2 {SEND_TIME}\n", "a=rtcp-fb:96 goog-remb\n"])
def test_an_answer_contains_only_what_the_viewer_offers(gone: str) -> None:
    (_, video), chosen, offer = watched(chrome_viewer().replace(gone, ""))
    assert "a=rtcp-fb:96 goog-remb" not in video, "one is of no use without the other"
    assert send_time_id(offer, chosen) == (0 if "extmap" in gone else 2)
    assert len(extmaps(video)) == (0 if "extmap" in gone else 1)


def test_abs_send_time_needs_a_one_byte_id() -> None:
    _, chosen, offer = watched(chrome_viewer().replace(f"a=extmap:2 {SEND_TIME}", f"a=extmap:20 {SEND_TIME}"))
    assert send_time_id(offer, chosen) == 0


@pytest.mark.parametrize("number", [12, 7, 16, 255])
def test_a_viewer_of_av1_gets_dependency_descriptors(number: int) -> None:
    text = chrome_viewer().replace(f"a=extmap:12 {DEPENDENCY}", f"a=extmap:{number} {DEPENDENCY}")
    (audio, video), chosen, offer = watched(text, AV1)
    assert dependency_id(offer, chosen) == number
    assert extmaps(video) == [f"a=extmap:2 {SEND_TIME}", f"a=extmap:{number} {DEPENDENCY}"]
    assert "a=extmap-allow-mixed" in video
    assert extmaps(audio) == []
    (_, video), _, _ = watched(text, AV1, estimates=False)
    assert extmaps(video) == [f"a=extmap:{number} {DEPENDENCY}"]


@pytest.mark.parametrize(
    ("line", "instead", "codec"),
    [
        ("a=extmap-allow-mixed\n", "", "AV1"),  # a structure with several layers needs the two-byte form
        (f"a=extmap:12 {DEPENDENCY}\n", "", "AV1"),
        (f"a=extmap:12 {DEPENDENCY}\n", f"a=extmap:12/sendonly {DEPENDENCY}\n", "AV1"),
        (f"a=extmap:12 {DEPENDENCY}\n", f"a=extmap:15 {DEPENDENCY}\n", "AV1"),
        ("", "", "VP9"),
    ],
)
def test_a_viewer_that_cannot_take_dependency_descriptors_gets_none(line: str, instead: str, codec: str) -> None:
    tracks: dict[Kind, Codec] = {"video": replace(AV1["video"], name=codec, parameters={})}
    (_, video), chosen, offer = watched(chrome_viewer().replace(line, instead) if line else chrome_viewer(), tracks)
    assert dependency_id(offer, chosen) == 0
    assert extmaps(video) == [f"a=extmap:2 {SEND_TIME}"]
    assert "a=extmap-allow-mixed" not in video
