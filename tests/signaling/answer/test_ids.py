"""An answer has the ids that were offered, and names our candidates."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiortc import sdp

from live.media.rtp.header_extensions import DEPENDENCY, MID, RID, TRANSPORT_WIDE, Extensions
from signaling.answer import (
    answer_viewer,
    received_extensions,
)
from signaling.sdp import choose_received, parse_offer
from tests.signaling.answer.answers import LOCAL, SOURCES, TRACKS, published, sections
from tests.signaling.offers import OBS_SIMULCAST, chrome_publisher, chrome_viewer


def test_the_relay_gets_the_negotiated_ids() -> None:
    _, chosen, offer = published(chrome_publisher())
    assert Extensions.of(received_extensions(offer, chosen)) == Extensions(3, 10, 11, None)
    _, chosen, offer = published(chrome_publisher(simulcast=False), "AV1")
    assert Extensions.of(received_extensions(offer, chosen)) == Extensions(3, None, None, 12)
    _, chosen, offer = published(OBS_SIMULCAST)
    assert Extensions.of(received_extensions(offer, chosen)) == Extensions(None, 2, None, None)


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
