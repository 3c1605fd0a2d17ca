"""Measure the delay from camera to screen: `python -m tests.bench glass`.

One Chromium page draws the time into a picture and publishes it by WHIP. Another plays it by WHEP and reads the time
from the frames it shows. Both run on this machine, so they share a clock. Software encoding and decoding are included.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.machine import machine
from tests.live.browser import ARGUMENTS
from tests.served import Served

SECONDS = 10
TARGET_MS = 300.0
PUBLISH = """async ([url, key]) => {
  const canvas = document.createElement('canvas'); canvas.width = 640; canvas.height = 360
  const pen = canvas.getContext('2d')
  setInterval(() => {
    const now = Date.now() & 0xffff
    for (let bit = 0; bit < 16; bit++) {
      pen.fillStyle = now >> bit & 1 ? '#fff' : '#000'; pen.fillRect(bit * 40, 0, 40, 360)
    }
  }, 33)
  const peer = window.peer = new RTCPeerConnection()
  peer.addTrack(canvas.captureStream(30).getVideoTracks()[0])
  await peer.setLocalDescription()
  const answer = await fetch(url, {method: 'POST', body: peer.localDescription.sdp,
    headers: {'Content-Type': 'application/sdp', Authorization: 'Bearer ' + key}})
  await peer.setRemoteDescription({type: 'answer', sdp: await answer.text()})
}"""
WATCH = """async ([url, seconds]) => {
  const peer = new RTCPeerConnection()
  peer.addTransceiver('video', {direction: 'recvonly'})
  const video = document.createElement('video'); video.muted = true; video.autoplay = true
  document.body.append(video)
  peer.ontrack = e => { video.srcObject = new MediaStream([e.track]) }
  await peer.setLocalDescription()
  const answer = await fetch(url, {method: 'POST', body: peer.localDescription.sdp,
    headers: {'Content-Type': 'application/sdp'}})
  await peer.setRemoteDescription({type: 'answer', sdp: await answer.text()})
  const canvas = new OffscreenCanvas(640, 1), pen = canvas.getContext('2d', {willReadFrequently: true})
  const delays = [], end = performance.now() + seconds * 1000
  return await new Promise(resolve => {
    const look = () => {
      const now = Date.now() & 0xffff
      pen.drawImage(video, 0, video.videoHeight / 2, video.videoWidth, 1, 0, 0, 640, 1)
      const row = pen.getImageData(0, 0, 640, 1).data
      let then = 0
      for (let bit = 0; bit < 16; bit++) if (row[(bit * 40 + 20) * 4] > 127) then |= 1 << bit
      delays.push((now - then) & 0xffff)
      if (performance.now() < end) video.requestVideoFrameCallback(look)
      else resolve(delays)
    }
    video.requestVideoFrameCallback(look)
  })
}"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder)) as server, sync_playwright() as playwright:
        room = server.join().open_room()
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)
        publisher, viewer = browser.new_context().new_page(), browser.new_context().new_page()
        publisher.goto(f"{server.url}/healthz")
        viewer.goto(f"{server.url}/healthz")
        publisher.evaluate(PUBLISH, [room["whip_url"], room["stream_key"]])
        while server.http.get(f"/api/rooms/{room['id']}").json()["state"] != "live":
            publisher.wait_for_timeout(100)
        delays: list[int] = viewer.evaluate(WATCH, [room["whep_url"], SECONDS + 2])
        browser.close()
    settled = sorted(d for d in delays[len(delays) // 6 :] if d < 10_000)  # a half-drawn frame gives a wrong time
    print(f"machine      {machine()}")
    print(f"load         one publisher and one viewer in Chromium, 640x360, 30 frames/s, {len(settled)} frames read")
    print(
        f"delay        median {statistics.median(settled):.0f} ms, 95 % {settled[int(len(settled) * 0.95)]} ms", end=""
    )
    print(f" (target: {TARGET_MS:.0f} or less)")


if __name__ == "__main__":
    main()
