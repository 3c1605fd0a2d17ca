"""What a publisher costs, and how soon it may send all it has: `python -m tests.bench publisher`.

First a publisher without a browser, sending what Chromium sends at 2.5 Mbit/s, and nobody watching: the CPU time of the
server's process. Then Chromium with a picture that is hard to compress: how long until it has found out that the line
takes more than 2 Mbit/s, which depends on the feedback it gets.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import statistics
import struct
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path

from live.media.rtp import rtcp
from live.media.rtp.packets import ONE_BYTE_EXTENSIONS
from tests.bench.browser.camera import HEIGHT, WIDTH, arguments, write_film
from tests.bench.browser.playback import open_bench_page
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.bench.relay.crowd import CHECK_S
from tests.bench.relay.processes import cpu_seconds, run_on_uvloop
from tests.bench.relay.stage import child, server_process
from tests.live.browser import open_browser
from tests.live.lean import CODECS, LeanClient
from tests.served import Served

WINDOWS = 3
ARRIVED_MIN = 0.99
CORE_PERCENT = 2.5
FRAMES_PER_SECOND, PACKETS, PACKET_BYTES = 30, 9, 1150  # 2.5 Mbit/s
BURST_S, SPREAD_S = 0.0006, 0.015  # over which the packets of a frame are sent: by Chromium (measured), by a slow pacer
AUDIO_PER_SECOND, AUDIO_BYTES = 50, 80
TRANSPORT_WIDE, ABSOLUTE_TIME = 3, 2  # ids of header extensions
URIS = {
    ABSOLUTE_TIME: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    TRANSPORT_WIDE: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
}

ALLOWED_BPS, WANTED_BPS, WANTED_S = 2_500_000, 2_000_000, 6.0
RISE_S_MAX = 30.0
# Media alone: what is sent again, or only to probe the line, is no picture.
RISE = """async ([url, key, width, height, secondsMax]) => {
  const began = performance.now()
  const problem = await window.publish(url, key, 'VP8', width, height)
  if (problem) throw new Error(problem)
  const samples = []
  while (performance.now() - began < secondsMax * 1000) {
    await new Promise(done => setTimeout(done, 100))
    const video = (await window.stats()).video
    if (!video) continue
    samples.push([(performance.now() - began) / 1000, (video.bytesSent - video.retransmittedBytesSent) * 8,
      video.qualityLimitationReason, video.frameWidth ?? 0, video.framesPerSecond ?? 0])
  }
  return samples
}"""


class ChromiumLike(LeanClient):
    """Sends with the header extensions Chromium sends with."""

    def offer(self) -> str:
        extensions = [f"a=extmap:{number} {uri}" for number, uri in URIS.items()]
        feedback = [f"a=rtcp-fb:{number} transport-cc" for number, _ in CODECS.values()]
        lines: list[str] = []
        for offered in super().offer().splitlines():
            lines.append(offered)
            if offered.startswith("a=mid:"):
                lines += extensions
            lines += [f for f in feedback if offered.startswith(f"a=rtpmap:{f.split(':')[1].split(' ')[0]} ")]
        return "\r\n".join(lines) + "\r\n"

    async def begin(self) -> None:
        await self.join()
        self.transport_wide = 0
        self.numbers = {"video": 0, "audio": 0}
        self.octets = {"video": 0, "audio": 0}

    def send_media(self, kind: str, timestamp: int, marker: bool, payload: bytes) -> None:
        index = self.numbers[kind]
        self.numbers[kind] += 1
        self.octets[kind] += len(payload)
        absolute = int(time.time() * (1 << 18)) & 0xFFFFFF
        extensions = bytes((ABSOLUTE_TIME << 4 | 2, *absolute.to_bytes(3, "big"), TRANSPORT_WIDE << 4 | 1))
        extensions += (self.transport_wide & 0xFFFF).to_bytes(2, "big") + b"\0"
        self.transport_wide += 1
        header = struct.pack(
            "!BBHLLHH", 0x90, CODECS[kind][0] | marker << 7, index & 0xFFFF, timestamp & 0xFFFFFFFF, self.ssrc(kind),
            ONE_BYTE_EXTENSIONS, len(extensions) // 4,
        )  # fmt: skip
        header += extensions
        self.send(header + self._sealer.seal(self.ssrc(kind), index, header, payload))

    def send_reports(self, timestamps: dict[str, int]) -> None:
        for kind, timestamp in timestamps.items():
            said = rtcp.ntp(time.time())
            self.send_rtcp(
                rtcp.sender_report(self.ssrc(kind), said, timestamp, self.numbers[kind], self.octets[kind])
                + rtcp.source_description(b"bench", [self.ssrc(kind)])
            )

    @staticmethod
    def ssrc(kind: str) -> int:
        return {"video": 1000, "audio": 2000}[kind]


def publish(pipe: Connection, url: str, key: str, over_s: float) -> None:
    run_on_uvloop(_publish(pipe, url, key, over_s))


async def _publish(pipe: Connection, url: str, key: str, over_s: float) -> None:
    """Picture and sound until the end."""
    client = ChromiumLike(url, key)
    await client.begin()
    pipe.send("ready")
    began_at = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_send_video(client, began_at, over_s))
        tasks.create_task(_send_audio(client, began_at))
        for second in range(1, 1 << 30):
            await asyncio.sleep(max(0.0, began_at + second - time.monotonic()))
            client.send_reports({"video": second * 90_000, "audio": second * 48_000})
            if second % int(CHECK_S) == 0:
                client.check()


async def _send_video(client: ChromiumLike, began_at: float, over_s: float) -> None:
    payload = secrets.token_bytes(PACKET_BYTES - 12 - 12 - 2)
    for frame in range(1 << 30):
        for i in range(PACKETS):
            due = began_at + frame / FRAMES_PER_SECOND + i * over_s / PACKETS
            if i == 0 or over_s > BURST_S:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            while time.monotonic() < due:  # no timer of the event loop is that exact
                pass
            descriptor = (b"\x10" if i == 0 else b"\x00") + (b"\x00" if i == 0 and frame % 300 == 0 else b"\x01")
            client.send_media("video", frame * 3000, i == PACKETS - 1, descriptor + payload)


async def _send_audio(client: ChromiumLike, began_at: float) -> None:
    payload = secrets.token_bytes(AUDIO_BYTES)
    for number in range(1 << 30):
        await asyncio.sleep(max(0.0, began_at + number / AUDIO_PER_SECOND - time.monotonic()))
        client.send_media("audio", number * 960, False, payload)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_publisher", description="What a publisher costs and may send.")
    parser.add_argument("--seconds", type=float, default=8.0, help=f"of each of {WINDOWS} windows")
    parser.add_argument("--profile", default="", metavar="FILE", help="profile the server; no figure is true then")
    options = parser.parse_args()
    line("machine", machine())
    cost("a publisher", options.seconds, BURST_S, options.profile)
    cost("spread", options.seconds, SPREAD_S, options.profile)
    asyncio.run(rise())


def cost(name: str, seconds: float, over_s: float, profile: str) -> None:
    per_second = FRAMES_PER_SECOND * PACKETS + AUDIO_PER_SECOND
    sent = f"{FRAMES_PER_SECOND} frames/s, each sent within {over_s * 1000:g} ms"
    line("load", f"{per_second} packets/s, 2.5 Mbit/s, numbered as Chromium does, {sent}; nobody watches")
    cores, arrived = [], []
    with server_process("auto", 1, profile) as server, child(publish, server.whip, server.key, over_s) as publisher:
        publisher.hear()
        time.sleep(3)
        for _ in range(WINDOWS):
            packets, used, at = server.packets_in(), cpu_seconds(server.pid), time.monotonic()
            time.sleep(seconds)
            packets, used = server.packets_in() - packets, cpu_seconds(server.pid) - used
            cores.append(used / (time.monotonic() - at) * 100)
            arrived.append(packets / (per_second * (time.monotonic() - at)))
    if min(arrived) < ARRIVED_MIN:
        line(name, f"VOID: only {min(arrived):.1%} of the packets arrived")
        return
    windows = " ".join(f"{core:.2f}" for core in cores)
    per_packet = f"{statistics.median(cores) / 100 / per_second * 1e6:.0f} µs a packet"
    figure(name, statistics.median(cores), "% of a core", CORE_PERCENT, more=f"; windows {windows}; {per_packet}")


async def rise() -> None:
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder) / "data") as server:
        film = Path(folder) / "film.y4m"
        write_film(film)
        room = server.join().open_room()
        async with open_browser(*arguments(film)) as browser:
            page = await open_bench_page(browser, server)
            given = [room["whip_url"], room["stream_key"], WIDTH, HEIGHT, RISE_S_MAX]
            samples = await page.evaluate(RISE, given)
    rates = dict(bitrates(samples))
    reached_at = next((at for at, bits in rates.items() if bits > WANTED_BPS), float("inf"))
    last = samples[-1]
    line("load", f"Chromium, VP8 {WIDTH}x{HEIGHT} of moving grain, allowed {ALLOWED_BPS / 1e6} Mbit/s")
    course = ", ".join(f"{s} s {nearest(rates, s) / 1e6:.1f}" for s in (2, 4, 6, 10, 20))
    line("bitrate", f"{course} Mbit/s; at the end {last[3]} wide, {last[4]:.0f} frames/s, limited by: {last[2]}")
    figure("2 Mbit/s", reached_at, "s after it began", WANTED_S)


def bitrates(samples: list[list[float]], over_s: float = 1.0) -> list[tuple[float, float]]:
    """When, and the bits per second over the second before. `samples`: when, and bits since the beginning."""
    rates, first = [], 0
    for at, bits, *_ in samples:
        while at - samples[first + 1][0] >= over_s:
            first += 1
        if at - samples[first][0] >= over_s:
            rates.append((at, (bits - samples[first][1]) / (at - samples[first][0])))
    return rates


def nearest(rates: dict[float, float], at: float) -> float:
    return rates[min(rates, key=lambda moment: abs(moment - at))] if rates else 0.0


if __name__ == "__main__":
    main()
