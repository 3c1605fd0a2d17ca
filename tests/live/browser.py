"""A Chromium that publishes its fake camera and watches rooms, as the web client does."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import Browser, Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
_OFF = (
    "WebRtcHideLocalIpsWithMdns",
    # Nobody types into the address bar: its two pages would cost each window more than most pages of ours.
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "SpareRendererForSitePerProcess",
)  # fmt: skip
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    f"--disable-features={','.join(_OFF)}", "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
"""Of every Chromium that tests start."""
LOOPBACK = "--allow-loopback-in-peer-connection"
SCRIPT = """
async function agree(peer, url, key) {
  await peer.setLocalDescription();
  if (peer.iceGatheringState !== 'complete') await new Promise(done => {
    peer.addEventListener('icegatheringstatechange', () => peer.iceGatheringState === 'complete' && done());
    setTimeout(done, 1500);
  });
  const headers = {'Content-Type': 'application/sdp', ...(key ? {Authorization: 'Bearer ' + key} : {})};
  const response = await fetch(url, {method: 'POST', headers, body: peer.localDescription.sdp});
  if (!response.ok) return response.status + ' ' + await response.text();
  peer.location = new URL(response.headers.get('Location'), url).href;
  await peer.setRemoteDescription({type: 'answer', sdp: await response.text()});
  return '';
}
window.publish = async (url, key, codec, width, height) => {
  const stream = await navigator.mediaDevices.getUserMedia({audio: true, video: {width, height, frameRate: 30}});
  const peer = window.peer = new RTCPeerConnection();
  peer.addTransceiver(stream.getAudioTracks()[0], {direction: 'sendonly', streams: [stream]});
  const video = peer.addTransceiver(stream.getVideoTracks()[0],
    {direction: 'sendonly', streams: [stream], sendEncodings: [{maxBitrate: 2500000}]});
  const known = RTCRtpSender.getCapabilities('video').codecs;
  const wanted = ['video/' + codec, 'video/rtx'];
  if (codec) video.setCodecPreferences(known.filter(c => wanted.includes(c.mimeType)));
  return agree(peer, url, key);
};
window.watch = async (url, kinds, layers = true) => {
  const peer = window.peer = new RTCPeerConnection();
  const stream = new MediaStream();
  const element = document.createElement('video');
  Object.assign(element, {muted: true, autoplay: true, playsInline: true, srcObject: stream});
  document.body.append(element);
  peer.ontrack = ({track}) => stream.addTrack(track);
  for (const kind of kinds) {
    const receiving = peer.addTransceiver(kind, {direction: 'recvonly'});
    const extensions = receiving.getHeaderExtensionsToNegotiate();
    const descriptor = extensions.find(known => known.uri.includes('#dependency-descriptor'));
    if (layers && descriptor) descriptor.direction = 'sendrecv';
    receiving.setHeaderExtensionsToNegotiate(extensions);
  }
  window.element = element;
  return agree(peer, url);
};
window.stats = async () => {
  const found = {state: peer.connectionState, width: window.element?.videoWidth ?? 0};
  (await peer.getStats()).forEach(entry => {
    if (entry.type === 'inbound-rtp' || entry.type === 'outbound-rtp' || entry.type === 'remote-inbound-rtp')
      found[(entry.type === 'remote-inbound-rtp' ? 'remote-' : '') + entry.kind] = entry;
    if (entry.type === 'candidate-pair' && entry.nominated) found.pair = entry;
    if (entry.type === 'transport') found.transport = entry;
  });
  return found;
};
"""


@contextlib.asynccontextmanager
async def open_browser(*more: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=[*ARGUMENTS, LOOPBACK, *more]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def open_page(browser: Browser, url: str) -> Page:
    page = await browser.new_page()
    await page.goto(url)
    await page.add_script_tag(content=SCRIPT)
    return page


async def stats(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = await page.evaluate("() => window.stats()")
    return found


async def frames_decoded(page: Page) -> int:
    return int((await stats(page)).get("video", {}).get("framesDecoded", 0))
