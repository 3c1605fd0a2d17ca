"""Answers to offers, taken apart."""

from __future__ import annotations

from dataclasses import replace

from aiortc import sdp

from live.media.rtp.codec import Codec, Kind, SsrcPair
from signaling.answer import (
    Local,
    answer_publisher,
    answer_viewer,
    dependency_id,
    send_time_id,
)
from signaling.sdp import Offer, choose_received, choose_sent, parse_offer

LOCAL = Local("ufrag", "a password of 22 chars", "sha-256 " + ":".join(["AB"] * 32), [("127.0.0.1", 8080)])
TRACKS: dict[Kind, Codec] = {
    "audio": Codec("audio", "opus", 48_000, 111, 2),
    "video": Codec("video", "VP8", 90_000, 100),
}
SOURCES: dict[Kind, SsrcPair] = {"audio": SsrcPair(11), "video": SsrcPair(77, 78)}
CHANGES = ("drop", "twice", "swap", "cut", "fill", "word")


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


AV1: dict[Kind, Codec] = {"video": Codec("video", "AV1", 90_000, 100, parameters={"profile": "0"})}
