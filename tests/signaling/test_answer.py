"""Answers to what Chrome, OBS and Firefox offer: simulcast, redundancy, retransmissions, header extensions."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from aiortc import sdp
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from live.media.rtp.codec import Codec, Kind, SsrcPair
from live.media.rtp.header_extensions import DEPENDENCY, MID, REPAIRED_RID, RID, SEND_TIME, TRANSPORT_WIDE, Extensions
from signaling.answer import (
    Local,
    answer_publisher,
    answer_viewer,
    dependency_id,
    received_extensions,
    send_time_id,
)
from signaling.errors import BadSdp
from signaling.sdp import Offer, choose_received, choose_sent, parse_offer
from signaling.simulcast import RIDS_MAX
from tests.signaling.offers import FIREFOX_SIMULCAST, OBS_SIMULCAST, chrome_publisher, chrome_viewer

LOCAL = Local("ufrag", "a password of 22 chars", "sha-256 " + ":".join(["AB"] * 32), [("127.0.0.1", 8080)])
TRACKS: dict[Kind, Codec] = {
    "audio": Codec("audio", "opus", 48_000, 111, 2),
    "video": Codec("video", "VP8", 90_000, 100),
}
SOURCES: dict[Kind, SsrcPair] = {"audio": SsrcPair(11), "video": SsrcPair(77, 78)}
CHANGES = ("drop", "twice", "swap", "cut", "fill", "word")
SIMULCAST_OFFERS = [chrome_publisher(), OBS_SIMULCAST, FIREFOX_SIMULCAST]


def sections(answer: str) -> list[list[str]]:
    """The lines of each section of an answer, after checking that aiortc can parse it."""
    sdp.SessionDescription.parse(answer)
    found: list[list[str]] = []
    for line in answer.split("\r\n"):
        if line.startswith("m="):
            found.append([])
        if found:
            found[-1].append(line)
    return found


def published(text: str, codec: str = "") -> tuple[list[list[str]], dict[int, Codec], Offer]:
    offer = parse_offer(text)
    wanted: dict[Kind, Codec] = {"video": replace(TRACKS["video"], name=codec)} if codec else {}
    chosen = choose_sent(offer, wanted)
    return sections(answer_publisher(offer, chosen, LOCAL)), chosen, offer


def watched(
    text: str, tracks: dict[Kind, Codec] | None = None, sources: dict[Kind, SsrcPair] | None = None,
    *, estimates: bool = True,
) -> tuple[list[list[str]], dict[int, Codec], Offer]:  # fmt: skip
    offer = parse_offer(text)
    chosen = choose_received(offer, tracks or TRACKS)
    send_time = send_time_id(offer, chosen) if estimates else 0
    dependency = dependency_id(offer, chosen)
    return sections(answer_viewer(offer, chosen, sources or SOURCES, LOCAL, send_time, dependency)), chosen, offer


def extmaps(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("a=extmap:")]


# -- publishers ----------------------------------------------------------------------------------


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


def test_the_relay_gets_the_negotiated_ids() -> None:
    _, chosen, offer = published(chrome_publisher())
    assert Extensions.of(received_extensions(offer, chosen)) == Extensions(3, 10, 11, None)
    _, chosen, offer = published(chrome_publisher(simulcast=False), "AV1")
    assert Extensions.of(received_extensions(offer, chosen)) == Extensions(3, None, None, 12)
    _, chosen, offer = published(OBS_SIMULCAST)
    assert Extensions.of(received_extensions(offer, chosen)) == Extensions(None, 2, None, None)


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


def test_the_dependency_descriptor_is_asked_for_with_av1_in_its_long_form() -> None:
    (_, video), _, _ = published(chrome_publisher(simulcast=False), "AV1")
    assert f"a=extmap:12 {DEPENDENCY}" in video
    assert "a=extmap-allow-mixed" in video
    (_, video), _, _ = published(chrome_publisher().replace("a=extmap-allow-mixed\n", ""), "AV1")
    assert f"a=extmap:12 {DEPENDENCY}" in video
    assert "a=extmap-allow-mixed" not in video
    (_, video), _, _ = published(chrome_publisher(), "VP9")
    assert not any(DEPENDENCY in line for line in video)


@pytest.mark.parametrize(
    ("offered", "number"),
    [("1", 1), ("14", 14), ("16", 16), ("255", 255), ("15", None), ("0", None), ("256", None), ("4096", None)],
)
def test_only_valid_ids_of_header_extensions_are_accepted(offered: str, number: int | None) -> None:
    text = chrome_publisher(simulcast=False)
    text = (
        chrome_publisher(simulcast=False).replace("a=extmap:1 ", "a=extmap:9 ").replace("a=extmap:14 ", "a=extmap:8 ")
    )
    text = text.replace(f"a=extmap:3 {TRANSPORT_WIDE}", f"a=extmap:{offered} {TRANSPORT_WIDE}")
    assert parse_offer(text).sections[0].transport_wide == number
    short = parse_offer(text.replace("a=extmap-allow-mixed\n", ""))
    assert short.sections[1].transport_wide == (number if number is not None and number <= 14 else None)


def test_an_id_given_twice_belongs_to_the_first_extension() -> None:
    text = chrome_publisher().replace(f"a=extmap:10 {RID}", f"a=extmap:4 {RID}")
    section = parse_offer(text).sections[1]
    assert section.extensions[MID] == 4
    assert RID not in section.extensions
    assert section.rids == []


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


# -- viewers -------------------------------------------------------------------------------------


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


AV1: dict[Kind, Codec] = {"video": Codec("video", "AV1", 90_000, 100, parameters={"profile": "0"})}


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


# -- both ----------------------------------------------------------------------------------------


def test_tcp_is_offered_behind_udp() -> None:
    local = replace(LOCAL, addresses=[("192.0.2.1", 8080), ("2001:db8::1", 8080)], tcp_addresses=[("192.0.2.1", 443)])
    offer = parse_offer(chrome_viewer())
    answer = answer_viewer(offer, choose_received(offer, TRACKS), SOURCES, local)
    for lines, media in zip(sections(answer), sdp.SessionDescription.parse(answer).media, strict=True):
        assert [line for line in lines if " tcp " in line] == [
            "a=candidate:3 1 tcp 1520434431 192.0.2.1 443 typ host tcptype passive"
        ]
        udp, _, tcp = media.ice_candidates
        assert (udp.protocol, tcp.protocol, tcp.tcpType) == ("udp", "tcp", "passive")
        assert tcp.priority < min(c.priority for c in media.ice_candidates if c.protocol == "udp")
        assert len({c.foundation for c in media.ice_candidates}) == 3


def negotiate(text: str) -> None:
    """Any text is a valid offer or raises BadSdp, and every answer can be parsed."""
    try:
        offer = parse_offer(text)
    except BadSdp:
        return
    for section in offer.sections:
        assert len(section.rids) <= RIDS_MAX
        assert all(1 <= number <= 255 for number in section.extensions.values())
    try:
        chosen = choose_sent(offer, {})
        sections(answer_publisher(offer, chosen, LOCAL))
        Extensions.of(received_extensions(offer, chosen))
    except Refusal:
        pass
    try:
        for tracks in (TRACKS, AV1):
            chosen = choose_received(offer, tracks)
            send_time, dependency = send_time_id(offer, chosen), dependency_id(offer, chosen)
            sections(answer_viewer(offer, chosen, SOURCES, LOCAL, send_time, dependency))
            assert 0 <= send_time <= 14
            assert 0 <= dependency <= 255
    except Refusal:
        pass


def test_a_format_that_is_no_payload_type_is_not_repeated_in_the_answer() -> None:
    offer = parse_offer(re.sub(r"(m=video \S+ \S+) .*", r"\1 96: x 128", SIMULCAST_OFFERS[0]))
    answer = answer_publisher(offer, {}, LOCAL)
    assert "m=video 0 UDP/TLS/RTP/SAVPF 0\r\n" in answer
    sections(answer)


@given(
    st.sampled_from([*SIMULCAST_OFFERS, chrome_publisher("63 111 9"), chrome_viewer()]),
    st.lists(
        st.tuples(
            st.integers(0, 200), st.sampled_from(("drop", "twice", "swap", "cut", "fill", "word")), st.text(max_size=9)
        ),
        max_size=6,
    ),
)
def test_mangled_offers_are_offers_or_refused(text: str, changes: list[tuple[int, str, str]]) -> None:
    lines = text.splitlines()
    for at, change, filling in changes:
        at %= len(lines)
        if change == "drop" and len(lines) > 1:
            del lines[at]
        elif change == "twice":
            lines.insert(at, lines[at])
        elif change == "swap":
            lines[at], lines[-1] = lines[-1], lines[at]
        elif change == "cut":
            lines[at] = lines[at][: len(filling)]
        elif change == "word":
            lines[at] = " ".join([*lines[at].split()[:-1], filling])
        else:
            lines[at] = lines[at].partition(":")[0] + ":" + filling
    negotiate("\r\n".join(lines))


@given(st.lists(st.text("lmhsendrecv;,~ :=", max_size=12), max_size=5), st.sampled_from(SIMULCAST_OFFERS))
def test_arbitrary_simulcast_attributes_cause_no_fault(words: list[str], text: str) -> None:
    negotiate(text + "".join(f"a=rid:{word}\na=simulcast:{word}\n" for word in words))
    before, _, _ = text.partition("a=rid:")
    negotiate(before + "".join(f"a=rid:{word}\na=simulcast:send {word}\n" for word in words))


@given(st.text(max_size=300))
def test_garbage_is_refused(text: str) -> None:
    for garbage in (text, "v=0\r\n" + text, chrome_viewer() + text):
        negotiate(garbage)
