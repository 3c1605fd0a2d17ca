"""Whatever an offer says, it is answered or refused."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from live.media.rtp.header_extensions import Extensions
from signaling.answer import (
    answer_publisher,
    answer_viewer,
    dependency_id,
    received_extensions,
    send_time_id,
)
from signaling.errors import BadSdp
from signaling.sdp import choose_received, choose_sent, parse_offer
from signaling.simulcast import RIDS_MAX
from tests.signaling.answer.answers import AV1, LOCAL, SOURCES, TRACKS, sections
from tests.signaling.offers import FIREFOX_SIMULCAST, OBS_SIMULCAST, chrome_publisher, chrome_viewer

SIMULCAST_OFFERS = [chrome_publisher(), OBS_SIMULCAST, FIREFOX_SIMULCAST]


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
