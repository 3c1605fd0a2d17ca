"""The demo's host: generated video and music, published over WHIP like any other stream.

`python -m cadeau.demo_publisher URL`, in its own process, with the stream key on standard input. It reconnects as long
as its parent lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import fractions
import math
import os
import sys
import time
import urllib.error
import urllib.request
from array import array
from datetime import datetime

from aiortc import MediaStreamTrack, RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from av import AudioFrame, VideoFrame
from av.filter import Graph

WIDTH, HEIGHT, FRAMES_PER_SECOND = 360, 640, 15
COLOURS = "c0=0x2b0b3f:c1=0xff2d6b:c2=0xff9f45:c3=0x1c1470:c4=0x12b3a6:nb_colors=5"
SAMPLES_PER_SECOND, FRAME_SAMPLES = 48_000, 960
NOTES_HZ = (261.63, 329.63, 392.0, 523.25, 440.0, 392.0, 329.63, 293.66, 220.0, 261.63, 329.63, 440.0, 392.0, 293.66)
NOTE_S = 0.6
BACKOFF_S = (0.5, 1.0, 2.0, 5.0, 10.0)
PARENT_CHECK_S = 1.0

# A clock's digits: which of the seven segments (x, y, width, height on a grid of 3 by 5) are lit.
SEGMENTS = {
    "a": (0, 0, 3, 1), "b": (2, 0, 1, 3), "c": (2, 2, 1, 3), "d": (0, 4, 3, 1), "e": (0, 2, 1, 3), "f": (0, 0, 1, 3),
    "g": (0, 2, 3, 1),
}  # fmt: skip
DIGITS = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc", "5": "afgcd", "6": "afgedc", "7": "abc",
    "8": "abcdefg", "9": "abcdfg",
}  # fmt: skip
DOT = 10  # pixels of a grid square
DIGIT_WIDTH, COLON_WIDTH = 4 * DOT, 2 * DOT


class Picture(MediaStreamTrack):
    """Slowly changing colours and the time of day."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._graph = Graph()
        # Drawn at half the size, which soft gradients do not show, in a quarter of the time.
        source = f"s={WIDTH // 2}x{HEIGHT // 2}:r={FRAMES_PER_SECOND}:{COLOURS}:speed=0.012:type=radial"
        self._graph.link_nodes(
            self._graph.add("gradients", source),
            self._graph.add("scale", f"{WIDTH}:{HEIGHT}:flags=bilinear"),
            self._graph.add("format", "yuv420p"),
            self._graph.add("buffersink"),
        ).configure()
        self._count = 0
        self._began_at = 0.0

    async def recv(self) -> VideoFrame:
        self._began_at = self._began_at or time.monotonic()
        await asyncio.sleep(self._began_at + self._count / FRAMES_PER_SECOND - time.monotonic())
        frame = self._graph.pull()
        assert isinstance(frame, VideoFrame)
        draw_clock(frame, datetime.now().astimezone().strftime("%H:%M:%S"))
        frame.pts, frame.time_base = self._count, fractions.Fraction(1, FRAMES_PER_SECOND)
        self._count += 1
        return frame


def draw_clock(frame: VideoFrame, text: str) -> None:
    """White digits on the luminance plane, centred in the upper third."""
    plane = frame.planes[0]
    pixels, stride = memoryview(plane).cast("B"), plane.line_size
    x = (WIDTH - sum(COLON_WIDTH if c == ":" else DIGIT_WIDTH for c in text) + DOT) // 2
    top = HEIGHT // 6
    for character in text:
        boxes = [SEGMENTS[s] for s in DIGITS[character]] if character != ":" else [(0, 1, 1, 1), (0, 3, 1, 1)]
        for left, upper, width, height in boxes:
            for y in range(top + upper * DOT, top + (upper + height) * DOT):
                start = y * stride + x + left * DOT
                pixels[start : start + width * DOT] = b"\xeb" * (width * DOT)
        x += COLON_WIDTH if character == ":" else DIGIT_WIDTH


class Melody(MediaStreamTrack):
    """A few soft notes, repeated."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._bar = b"".join(note(hertz) for hertz in NOTES_HZ)
        self._count = 0
        self._began_at = 0.0

    async def recv(self) -> AudioFrame:
        self._began_at = self._began_at or time.monotonic()
        await asyncio.sleep(self._began_at + self._count / SAMPLES_PER_SECOND - time.monotonic())
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        start = self._count * 2 % len(self._bar)
        frame.planes[0].update(self._bar[start : start + FRAME_SAMPLES * 2])
        frame.sample_rate = SAMPLES_PER_SECOND
        frame.pts, frame.time_base = self._count, fractions.Fraction(1, SAMPLES_PER_SECOND)
        self._count += FRAME_SAMPLES
        return frame


def note(hertz: float) -> bytes:
    """One struck note that fades, a whole number of frames long."""
    samples = int(NOTE_S * SAMPLES_PER_SECOND / FRAME_SAMPLES) * FRAME_SAMPLES
    turn = 2 * math.pi * hertz / SAMPLES_PER_SECOND
    return array(
        "h",
        (
            int(
                5000 * min(1.0, i / 480) * math.exp(-i / 9000) * min(1.0, (samples - i) / 480)
                * (math.sin(turn * i) + 0.3 * math.sin(2 * turn * i))
            )
            for i in range(samples)
        ),
    ).tobytes()  # fmt: skip


async def publish(url: str, key: str) -> None:
    """Publish one session until it ends. Raises OSError when it cannot be established."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
    over = asyncio.Event()

    def changed() -> None:
        if peer.connectionState in ("failed", "closed"):
            over.set()

    peer.on("connectionstatechange", changed)
    try:
        for track in (Picture(), Melody()):
            peer.addTransceiver(track, direction="sendonly")
        await peer.setLocalDescription(await peer.createOffer())
        answer = await asyncio.to_thread(post_offer, url, key, peer.localDescription.sdp)
        await peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        await over.wait()
    finally:
        await peer.close()


def post_offer(url: str, key: str, offer: str) -> str:
    headers = {"Content-Type": "application/sdp", "Authorization": f"Bearer {key}"}
    request = urllib.request.Request(url, offer.encode(), headers, method="POST")
    with urllib.request.urlopen(request, timeout=10) as response:
        return bytes(response.read()).decode()


async def publish_forever(url: str, key: str) -> None:
    failures = 0
    while True:
        began_at = time.monotonic()
        with contextlib.suppress(OSError):
            await publish(url, key)
        failures = 0 if time.monotonic() - began_at > 10 else failures + 1
        await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S)) - 1] if failures else BACKOFF_S[0])


async def run(url: str, key: str) -> None:
    """Publish until our parent process is gone."""
    parent = os.getppid()
    publishing = asyncio.create_task(publish_forever(url, key))
    while os.getppid() == parent and not publishing.done():
        await asyncio.sleep(PARENT_CHECK_S)
    publishing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await publishing


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: python -m cadeau.demo_publisher WHIP_URL < STREAM_KEY")
    key = sys.stdin.readline().strip()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(run(sys.argv[1], key))


if __name__ == "__main__":
    main()
