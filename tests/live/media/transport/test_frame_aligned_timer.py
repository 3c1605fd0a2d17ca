"""Ten times a second, right after frames while there are any."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from live.media.transport import frame_aligned_timer
from live.media.transport.frame_aligned_timer import FRAME_WAIT_S_MAX, INTERVAL_S, FrameAlignedTimer
from tests.live.media.relay.stage import until


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(frame_aligned_timer, "time", made)
    return made


async def counted(timer: FrameAlignedTimer, seen: list[float]) -> None:
    while True:
        seen.append(await timer.next())


async def let_tasks_run() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_it_fires_with_frames_ten_times_a_second(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_aligned_timer, "FRAME_WAIT_S_MAX", 3600.0)
    seen: list[float] = []
    timer = FrameAlignedTimer()
    task = asyncio.create_task(counted(timer, seen))
    await let_tasks_run()
    for frame in range(301):  # ten seconds
        clock.now = 100.0 + frame / 30
        timer.fire_if_due(clock.now)
        await let_tasks_run()
    assert len(seen) == 101
    assert all(b - a < INTERVAL_S + 1 / 30 + 0.001 for a, b in itertools.pairwise(seen))
    task.cancel()


async def test_a_frame_fires_it_once_at_most_and_never_early(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_aligned_timer, "FRAME_WAIT_S_MAX", 3600.0)
    seen: list[float] = []
    timer = FrameAlignedTimer()
    task = asyncio.create_task(counted(timer, seen))
    await let_tasks_run()
    for now in (100.0, 100.0, 100.05, 100.09, 100.1, 100.11):
        clock.now = now
        timer.fire_if_due(now)
        timer.fire_if_due(now)
        await let_tasks_run()
    assert seen == [100.0, 100.1]
    clock.now = 200.0  # the process was stopped meanwhile
    for _ in range(5):
        timer.fire_if_due(200.0)
        await let_tasks_run()
    assert len(seen) <= 4, "what was missed is not made up for"
    task.cancel()


async def test_without_frames_it_fires_by_itself() -> None:
    assert FRAME_WAIT_S_MAX < INTERVAL_S
    seen: list[float] = []
    timer = FrameAlignedTimer()
    task = asyncio.create_task(counted(timer, seen))
    await until(lambda: len(seen) >= 5, 5)
    task.cancel()


async def test_a_cancelled_wait_is_not_woken() -> None:
    timer = FrameAlignedTimer()
    task = asyncio.create_task(timer.next())
    await let_tasks_run()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    timer.fire_if_due(1e12)
