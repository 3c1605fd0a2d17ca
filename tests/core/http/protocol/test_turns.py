"""The event loop belongs to everybody: work on received bytes is divided over its turns."""

from __future__ import annotations

import asyncio
import time

from core.http.protocol.turns import TURN_S_MAX, Turns
from tests.core.http.protocol.listener import WAIT_S_MAX

STEP_S = 0.001


class Work:
    """So many steps, each of which keeps the loop busy for a moment."""

    def __init__(self, name: str, steps: int, log: list[str]) -> None:
        self.name = name
        self.steps = steps
        self.log = log

    def step(self) -> bool:
        until = time.perf_counter() + STEP_S
        while time.perf_counter() < until:
            pass
        self.steps -= 1
        self.log.append(self.name)
        return self.steps > 0


async def until_done(*works: Work) -> None:
    async with asyncio.timeout(WAIT_S_MAX):
        while any(work.steps for work in works):
            await asyncio.sleep(0)


async def test_a_little_work_is_done_at_once() -> None:
    work = Work("a", 1, [])
    assert Turns().take(work.step)
    assert work.steps == 0


async def test_much_work_is_interrupted_for_whatever_else_the_loop_has_to_do() -> None:
    log: list[str] = []
    work = Work("a", 40, log)
    assert not Turns().take(work.step)
    at_once = len(log)
    assert at_once <= TURN_S_MAX / STEP_S + 1
    turns = 0
    while work.steps:
        await asyncio.sleep(0)
        turns += 1
    assert turns >= 40 / (TURN_S_MAX / STEP_S + 1) - 1


async def test_connections_take_turns_and_a_small_one_need_not_wait_for_large_ones() -> None:
    log: list[str] = []
    turns = Turns()
    large, small = [Work("large", 60, log) for _ in range(3)], Work("small", 1, log)
    for work in large:
        turns.take(work.step)
    turns.take(small.step)
    await until_done(*large, small)
    assert log.index("small") < 30


async def test_work_that_fails_does_not_stop_the_others() -> None:
    turns, work = Turns(), Work("a", 30, [])

    def fail() -> bool:
        raise RuntimeError("a fault")

    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
    assert not turns.take(work.step)
    turns.take(fail)
    await until_done(work)
    assert len(errors) == 1
