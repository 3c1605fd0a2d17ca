"""Chromium applies our answers as intended."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page

from live.media.rtp.codec import Codec, Kind, SsrcPair
from live.media.rtp.header_extensions import DEPENDENCY, SEND_TIME
from signaling.answer import Local, answer_publisher, answer_viewer, dependency_id, send_time_id
from signaling.sdp import choose_received, choose_sent, parse_offer
from tests.live.browser import open_browser

LOCAL = Local(
    "ufrag", "a+password+of+24+letters", "sha-256 " + ":".join(["AB"] * 32), [("127.0.0.1", 9)], [("127.0.0.1", 9)]
)

OFFER_TO_SEND = """async ([codec, encodings, redundant]) => {
  const peer = window.peer = new RTCPeerConnection();
  const known = kind => RTCRtpSender.getCapabilities(kind).codecs;
  const audio = peer.addTransceiver('audio', {direction: 'sendonly'});
  const order = redundant ? ['audio/red', 'audio/opus'] : ['audio/opus', 'audio/red'];
  audio.setCodecPreferences(order.map(type => known('audio').find(c => c.mimeType === type)));
  const canvas = Object.assign(document.createElement('canvas'), {width: 1280, height: 720});
  canvas.getContext('2d');
  const video = peer.addTransceiver(canvas.captureStream(5).getVideoTracks()[0],
    {direction: 'sendonly', sendEncodings: encodings});
  video.setCodecPreferences(known('video').filter(c => ['video/' + codec, 'video/rtx'].includes(c.mimeType)));
  await peer.setLocalDescription();
  return peer.localDescription.sdp;
}"""
OFFER_TO_RECEIVE = """async layers => {
  const peer = window.peer = new RTCPeerConnection();
  peer.addTransceiver('audio', {direction: 'recvonly'});
  const video = peer.addTransceiver('video', {direction: 'recvonly'});
  const extensions = video.getHeaderExtensionsToNegotiate();
  if (layers) extensions.find(known => known.uri.includes('#dependency-descriptor')).direction = 'sendrecv';
  video.setHeaderExtensionsToNegotiate(extensions);
  await peer.setLocalDescription();
  return peer.localDescription.sdp;
}"""
TAKE = """async sdp => {
  await peer.setRemoteDescription({type: 'answer', sdp});
  const [audio, video] = peer.getTransceivers();
  const shown = p => ({codecs: p.codecs.map(c => c.mimeType), extensions: p.headerExtensions.map(e => e.uri)});
  return {
    directions: [audio.currentDirection, video.currentDirection],
    sent: [audio, video].map(t => shown(t.sender.getParameters())),
    received: [audio, video].map(t => shown(t.receiver.getParameters())),
    encodings: video.sender.getParameters().encodings.map(e => [e.rid ?? '', e.active]),
  };
}"""


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with open_browser() as browser:
        page = await browser.new_page()
        yield page


async def publish(page: Page, codec: str, encodings: list[dict[str, Any]], redundant: bool) -> dict[str, Any]:
    offer = parse_offer(await page.evaluate(OFFER_TO_SEND, [codec, encodings, redundant]))
    answer = answer_publisher(offer, choose_sent(offer, {}), LOCAL)
    taken: dict[str, Any] = await page.evaluate(TAKE, answer)
    assert taken["directions"] == ["sendonly", "sendonly"]
    return taken


async def test_chromium_sends_all_encodings_and_redundant_audio(page: Page) -> None:
    encodings = [{"rid": rid, "scaleResolutionDownBy": by} for rid, by in (("l", 4), ("m", 2), ("h", 1))]
    taken = await publish(page, "VP8", encodings, redundant=True)
    assert taken["encodings"] == [["l", True], ["m", True], ["h", True]]
    audio, video = taken["sent"]
    assert audio["codecs"] == ["audio/red", "audio/opus"]
    assert video["codecs"] == ["video/VP8", "video/rtx"]
    assert any("rtp-stream-id" in uri for uri in video["extensions"])
    assert not any("abs-send-time" in uri for uri in audio["extensions"] + video["extensions"])


async def test_chromium_sends_dependency_descriptors_with_av1(page: Page) -> None:
    taken = await publish(page, "AV1", [{"scalabilityMode": "L3T3_KEY"}], redundant=False)
    audio, video = taken["sent"]
    assert audio["codecs"] == ["audio/opus"]
    assert video["codecs"] == ["video/AV1", "video/rtx"]
    assert any("dependency-descriptor" in uri for uri in video["extensions"])


async def test_chromium_accepts_rtx_redundant_audio_and_abs_send_time(page: Page) -> None:
    offer = parse_offer(await page.evaluate(OFFER_TO_RECEIVE))
    opus = next(codec for codec in offer.sections[0].codecs if codec.name == "opus")
    assert opus.redundancy is not None
    tracks: dict[Kind, Codec] = {"audio": opus, "video": Codec("video", "VP8", 90_000, 120)}
    sources: dict[Kind, SsrcPair] = {"audio": SsrcPair(11), "video": SsrcPair(77, 78)}
    chosen = choose_received(offer, tracks)
    taken = await page.evaluate(TAKE, answer_viewer(offer, chosen, sources, LOCAL, send_time_id(offer, chosen)))
    assert taken["directions"] == ["recvonly", "recvonly"]
    audio, video = taken["received"]
    assert SEND_TIME in video["extensions"]
    assert SEND_TIME not in audio["extensions"]


@pytest.mark.parametrize("layers", [True, False])
async def test_chromium_accepts_av1_dependency_descriptors_if_it_offered_them(page: Page, layers: bool) -> None:
    offer = parse_offer(await page.evaluate(OFFER_TO_RECEIVE, layers))
    chosen = choose_received(offer, {"video": Codec("video", "AV1", 90_000, 120, parameters={"profile": "0"})})
    dependency = dependency_id(offer, chosen)
    assert (dependency != 0) == layers
    answer = answer_viewer(offer, chosen, {"video": SsrcPair(77, 78)}, LOCAL, send_time_id(offer, chosen), dependency)
    _, video = (await page.evaluate(TAKE, answer))["received"]
    assert (DEPENDENCY in video["extensions"]) == layers
    assert SEND_TIME in video["extensions"]
