"""Hundreds of viewers in a few processes.

They join, count packets, send reports and stay connected as Chromium does, but decode nothing:
they share the machine with the server and must use little of it.
"""

from __future__ import annotations

import asyncio
import time
from multiprocessing.connection import Connection
from typing import Any

import httpx

from live.media.rtp import rtcp
from tests.bench.relay.processes import run_on_uvloop
from tests.live.lean import LeanClient
from tests.live.media.transport.dtls_client import fingerprint

CHECK_S, REPORT_S, ESTIMATE_S = 2.5, 0.25, 1.0  # as in Chromium
DRAIN_S = 0.02
JOINING_MAX = 8  # at a time
SOL_UDP, UDP_GRO = 17, 104  # Linux; the socket module does not name them
DATAGRAM_BYTES_MAX = 1 << 16
ESTIMATE_BPS = 20_000_000


class CrowdClient(LeanClient):
    """Offers video as Chromium does, and receives packets as cheaply as possible."""

    buffer = memoryview(bytearray(DATAGRAM_BYTES_MAX))  # shared by all, because nobody reads the content

    def offer(self) -> str:
        lines = [
            "v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", "a=group:BUNDLE 0", "a=msid-semantic: WMS",
            "m=video 9 UDP/TLS/RTP/SAVPF 96 97", "c=IN IP4 0.0.0.0", "a=mid:0", "a=recvonly",
            "a=rtcp-mux", "a=rtcp-rsize", "a=setup:actpass",
            f"a=ice-ufrag:{self.ufrag}", f"a=ice-pwd:{self.password}",
            f"a=fingerprint:{fingerprint(self.certificate)}",
            "a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
            "a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
            "a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid",
            "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 goog-remb", "a=rtcp-fb:96 transport-cc", "a=rtcp-fb:96 ccm fir",
            "a=rtcp-fb:96 nack", "a=rtcp-fb:96 nack pli", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
        ]  # fmt: skip
        return "\r\n".join(lines) + "\r\n"

    async def agree(self) -> httpx.Response:
        answer = await super().agree()
        self.estimates = "goog-remb" in answer.text
        return answer

    def take_whole_frames(self) -> None:
        """Receive whole frames (UDP GRO), which costs a sender on loopback least."""
        self.socket.setsockopt(SOL_UDP, UDP_GRO, 1)

    def drain(self) -> None:
        receive, buffer = self.socket.recvmsg_into, self.buffer
        while True:
            try:
                size, control, _, _ = receive([buffer], 32)
            except BlockingIOError:
                return
            except OSError:
                continue
            segment = int.from_bytes(control[0][2][:4], "little") if control else size
            if 127 < buffer[0] < 192 and not 192 <= buffer[1] <= 223 and self.dtls is not None:
                self.received += -(-size // segment)
                continue
            for start in range(0, size, segment):
                self.on_datagram(bytes(buffer[start : min(start + segment, size)]))

    def report(self, turn: int) -> None:
        report = rtcp.ReportBlock(self.ssrcs["video"], 0, 0, turn, 0, 0, 0)
        self.send_rtcp(rtcp.receiver_report(1, [report]))

    def estimate(self) -> None:
        """Send a bandwidth estimate (REMB, draft-alvestrand-rmcat-remb) if the server negotiated it."""
        if self.estimates:
            exponent = max(0, ESTIMATE_BPS.bit_length() - 18)
            body = bytes((1, exponent << 2 | ESTIMATE_BPS >> exponent >> 16)) + (
                ESTIMATE_BPS >> exponent & 0xFFFF
            ).to_bytes(2, "big")
            head = b"\x8f\xce\x00\x05" + (1).to_bytes(4, "big") + bytes(4) + b"REMB"
            self.send_rtcp(head + body + self.ssrcs["video"].to_bytes(4, "big"))


def watch(pipe: Connection, url: str, viewers: int) -> None:
    """Serve the commands "join", "count" (packets received so far) and "whole" (UDP GRO). Each returns a number."""
    run_on_uvloop(_watch(pipe, url, viewers))


async def _watch(pipe: Connection, url: str, viewers: int) -> None:
    clients: list[CrowdClient] = []
    pipe.send("ready")
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_stay(clients))
        while True:
            await asyncio.sleep(DRAIN_S)
            if not pipe.poll():
                continue
            command: Any = pipe.recv()
            if command == "join":
                await _join(clients, url, viewers)
            elif command == "whole":
                for client in clients:
                    client.take_whole_frames()
            pipe.send(sum(client.received for client in clients) if command == "count" else len(clients))


async def _join(clients: list[CrowdClient], url: str, viewers: int) -> None:
    places = asyncio.Semaphore(JOINING_MAX)
    fresh_connections = httpx.Limits(max_keepalive_connections=0)  # as if each viewer came from another machine
    async with httpx.AsyncClient(timeout=60, limits=fresh_connections) as http:

        async def join() -> None:
            async with places:
                client = CrowdClient(url, kinds=("video",))
                client.http = http
                await client.join()
                # The kernel charges the wake-up of a reader to the sender. Remote viewers do not cost that.
                client.stop_listening()
                clients.append(client)

        await asyncio.gather(*(join() for _ in range(viewers)))


async def _stay(clients: list[CrowdClient]) -> None:
    """Serve all viewers in turn: packets, reports and connectivity checks."""
    turn, began_at = 0, time.monotonic()
    every_report, every_check, every_estimate = (int(s / DRAIN_S) for s in (REPORT_S, CHECK_S, ESTIMATE_S))
    while True:
        turn += 1
        await asyncio.sleep(max(0.001, began_at + turn * DRAIN_S - time.monotonic()))
        for i, client in enumerate(clients):
            client.drain()
            if (turn + i) % every_report == 0:
                client.report(turn)
            if (turn + i) % every_check == 0:
                client.check()
            if (turn + i) % every_estimate == 0:
                client.estimate()
