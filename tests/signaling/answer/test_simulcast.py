"""Simulcast is accepted whole, within its limits, or not at all."""

from __future__ import annotations

import pytest

from live.media.rtp.header_extensions import MID, REPAIRED_RID, RID, TRANSPORT_WIDE
from signaling.sdp import parse_offer
from signaling.simulcast import RIDS_MAX
from tests.signaling.answer.answers import extmaps, published
from tests.signaling.offers import FIREFOX_SIMULCAST, OBS_SIMULCAST, chrome_publisher


@pytest.mark.parametrize(
    ("text", "rids", "extensions"),
    [
        (chrome_publisher(), "lmh", {f"a=extmap:3 {TRANSPORT_WIDE}", f"a=extmap:4 {MID}", f"a=extmap:10 {RID}",
                                     f"a=extmap:11 {REPAIRED_RID}"}),
        (OBS_SIMULCAST, "012", {f"a=extmap:1 {MID}", f"a=extmap:2 {RID}"}),
        (FIREFOX_SIMULCAST, "fhq", {f"a=extmap:7 {TRANSPORT_WIDE}", f"a=extmap:3 {MID}", f"a=extmap:8/recvonly {RID}",
                                    f"a=extmap:9/recvonly {REPAIRED_RID}"}),
    ],
    ids=["Chrome", "OBS", "Firefox"],
)  # fmt: skip
def test_all_encodings_of_a_simulcast_are_accepted(text: str, rids: str, extensions: set[str]) -> None:
    (audio, video), chosen, offer = published(text)
    assert list(offer.sections[1].rids) == list(rids)
    assert [line for line in video if line.startswith("a=rid:")] == [f"a=rid:{rid} recv" for rid in rids]
    assert f"a=simulcast:recv {';'.join(rids)}" in video
    assert set(extmaps(video)) == extensions
    assert chosen[1].retransmission is not None
    assert f"a=fmtp:{chosen[1].retransmission} apt={chosen[1].payload_type}" in video
    assert not any(word in line for line in audio + video for word in ("goog-remb", "abs-send-time"))
    assert not any("simulcast" in line or "a=rid" in line for line in audio)
    assert audio[0].endswith(" 111") or audio[0].endswith(" 109")


def test_without_simulcast_the_answer_names_no_rids() -> None:
    (_, video), _, offer = published(chrome_publisher(simulcast=False))
    assert offer.sections[1].rids == []
    assert extmaps(video) == [f"a=extmap:3 {TRANSPORT_WIDE}"]
    assert not any("simulcast" in line or "a=rid" in line for line in video)


@pytest.mark.parametrize(
    ("line", "rids"),
    [
        ("a=simulcast:send l,m;h", ["l", "h"]),
        ("a=simulcast:send ~l;m", ["l", "m"]),
        ("a=simulcast:send ~h,l;m", ["h", "m"]),
        ("a=simulcast:recv x send h;l", ["h", "l"]),
        ("a=simulcast:send h;l recv x", ["h", "l"]),
        ("a=simulcast:send m", ["m"]),
        ("a=simulcast:recv l;m;h", []),
        ("a=simulcast:send", []),
        ("a=simulcast:", []),
        ("a=simulcast:send l;x", []),  # there is no a=rid:x
        ("a=simulcast:send l;l", []),
        ("a=simulcast:send l;;h", []),
        ("a=simulcast:send l;m\u00e9", []),
    ],
)
def test_simulcast_is_accepted_whole_or_not_at_all(line: str, rids: list[str]) -> None:
    text = chrome_publisher().replace("a=simulcast:send l;m;h", line)
    (_, video), _, offer = published(text)
    assert list(offer.sections[1].rids) == rids
    assert any(line.startswith("a=simulcast") for line in video) == bool(rids)


def test_malformed_rids_are_refused() -> None:
    def rids(name: str) -> list[str]:
        text = chrome_publisher().replace("a=rid:l ", f"a=rid:{name} ").replace("send l;", f"send {name};")
        return list(parse_offer(text).sections[1].rids)

    assert rids("A-z_9") == ["A-z_9", "m", "h"]
    assert rids("x" * 16) == ["x" * 16, "m", "h"]
    assert rids("x" * 17) == []
    assert rids("a.b") == []


def test_encodings_beyond_the_limit_are_left_out() -> None:
    names = [f"e{i}" for i in range(RIDS_MAX + 2)]
    lines = "".join(f"a=rid:{name} send\n" for name in names) + f"a=simulcast:send {';'.join(names)}\n"
    (_, video), _, _ = published(chrome_publisher(simulcast=False) + lines)
    assert f"a=simulcast:recv {';'.join(names[:RIDS_MAX])}" in video
    assert sum(line.startswith("a=rid:") for line in video) == RIDS_MAX


def test_simulcast_without_usable_rids_is_not_accepted() -> None:
    assert parse_offer(chrome_publisher().replace(RID, "urn:example:other")).sections[1].rids == []
    assert parse_offer(chrome_publisher().replace("send\n", "recv\n")).sections[1].rids == []
