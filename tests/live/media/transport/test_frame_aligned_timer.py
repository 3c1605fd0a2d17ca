"""Ten ticks a second, along with frames where there are any."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from live.media.transport import frame_aligned_timer as ticks
from live.media.transport.frame_aligned_timer import TICK_S, WAIT_S_MAX, FrameAlignedTimer
from tests.live.media.relay.stage import until


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(ticks, "time", made)
    return made


async def counted(pulse: FrameAlignedTimer, seen: list[float]) -> None:
    while True:
        seen.append(await pulse.next())


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_ticks_go_along_with_frames_and_none_is_lost(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "WAIT_S_MAX", 3600.0)
    seen: list[float] = []
    pulse = FrameAlignedTimer()
    task = asyncio.create_task(counted(pulse, seen))
    await settle()
    for frame in range(301):  # ten seconds
        clock.now = 100.0 + frame / 30
        pulse.awake(clock.now)
        await settle()
    assert len(seen) == 101
    assert all(b - a < TICK_S + 1 / 30 + 0.001 for a, b in itertools.pairwise(seen))
    task.cancel()


async def test_a_frame_brings_one_tick_at_most_and_none_before_its_time(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticks, "WAIT_S_MAX", 3600.0)
    seen: list[float] = []
    pulse = FrameAlignedTimer()
    task = asyncio.create_task(counted(pulse, seen))
    await settle()
    for now in (100.0, 100.0, 100.05, 100.09, 100.1, 100.11):
        clock.now = now
        pulse.awake(now)
        pulse.awake(now)
        await settle()
    assert seen == [100.0, 100.1]
    clock.now = 200.0  # the process was stopped meanwhile
    for _ in range(5):
        pulse.awake(200.0)
        await settle()
    assert len(seen) <= 4, "what was missed is not made up for"
    task.cancel()


async def test_without_frames_there_are_ticks_all_the_same() -> None:
    assert WAIT_S_MAX < TICK_S
    seen: list[float] = []
    pulse = FrameAlignedTimer()
    task = asyncio.create_task(counted(pulse, seen))
    await until(lambda: len(seen) >= 5, 5)
    task.cancel()


async def test_who_no_longer_waits_is_not_woken() -> None:
    pulse = FrameAlignedTimer()
    task = asyncio.create_task(pulse.next())
    await settle()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    pulse.awake(1e12)
