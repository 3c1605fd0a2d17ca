"""A publisher and its subscribers, to be told what to do: a host that sends a frame when asked to, guests that keep
all."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import pairwise

from live.media.rtp import rtcp
from live.media.rtp.packets import Packet, ReceivedPacket, parse
from tests.live.lean import LeanClient, vp8_frame
from tests.live.media.relay.stage import Stage, until

FRAME_TICKS = 3000


class Host(LeanClient):
    """A publisher that sends a frame whenever told to, and hears what it is asked for."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(url, key)
        self.sequence, self.timestamp = secrets.randbits(15), secrets.randbits(31)
        self.ssrc = secrets.randbits(31)
        self.keyframe_requests: list[float] = []
        self.nacked: list[int] = []
        self.on_rtcp = self._hear

    def _hear(self, data: bytes) -> None:
        for block in rtcp.blocks(data):
            if block.kind == rtcp.PAYLOAD_FEEDBACK:
                self.keyframe_requests.append(time.monotonic())
            if block.kind == rtcp.TRANSPORT_FEEDBACK and block.detail == rtcp.NACK:
                self.nacked += rtcp.nacked(block.body)

    def frame(self, *, keyframe: bool = False, lose: tuple[int, ...] = ()) -> list[Packet]:
        """Send a frame, but for the packets to lose."""
        made = vp8_frame(self.sequence, self.timestamp, keyframe=keyframe)
        for i, packet in enumerate(made):
            if i not in lose:
                self.send_rtp("video", packet, ssrc=self.ssrc)
        self.sequence += len(made)
        self.timestamp += FRAME_TICKS
        return made

    async def play(self, frames: int = 10) -> None:
        for i in range(frames):
            self.frame(keyframe=i == 0)
            await asyncio.sleep(0.01)


class Guest(LeanClient):
    """A subscriber that keeps what it gets."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.packets: list[ReceivedPacket] = []
        self.reports: list[bytes] = []
        self.on_rtp = self._keep
        self.on_rtcp = self.reports.append

    def _keep(self, data: bytes) -> None:
        parsed = parse(data)
        assert parsed is not None
        self.packets.append(parsed)

    @property
    def video(self) -> list[ReceivedPacket]:
        return [p for p in self.packets if p.payload_type == 96]


Company = Callable[..., Awaitable[tuple[Host, list[Guest]]]]


@contextlib.asynccontextmanager
async def open_company(stage: Stage) -> AsyncIterator[Company]:
    """Makes a room with a host that publishes and guests that watch, one unless told."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(guests: int = 1) -> tuple[Host, list[Guest]]:
            room, key = await stage.open_room()
            host = Host(stage.whip(room), key)
            stack.push_async_callback(host.close)
            await host.join()
            await host.play(3)
            await until(lambda: (room, "live") in stage.states)
            made = []
            for _ in range(guests):
                guest = Guest(stage.whep(room))
                stack.push_async_callback(guest.close)
                await guest.join()
                made.append(guest)
            await until(lambda: stage.audience.viewers(room) == guests)
            await begin(host, made)
            return host, made

        yield make


async def begin(host: Host, guests: list[Guest]) -> None:
    """Until all of them watch. Who came too late for the cached pictures waits for a keyframe."""

    def watched() -> bool:
        if host.keyframe_requests:
            host.keyframe_requests.clear()
            host.frame(keyframe=True)
        return all(guest.video for guest in guests)

    await until(watched)


def room_of(client: LeanClient) -> str:
    return client.url.split("/")[-2]


async def refusal(client: LeanClient) -> tuple[int, str]:
    """Status and code of an answer that takes no offer."""
    answer = await client.agree()
    client.vanish()
    return answer.status_code, answer.json()["code"]


def is_unbroken(packets: list[ReceivedPacket]) -> bool:
    return all(
        (b.sequence - a.sequence) & 0xFFFF == 1 and (b.timestamp - a.timestamp) & 0xFFFFFFFF < 1 << 31
        for a, b in pairwise(packets)
    )
