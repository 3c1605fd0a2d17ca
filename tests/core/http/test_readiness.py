"""Readiness is cheap to ask for and never hangs."""

from __future__ import annotations

import asyncio

import pytest

from core.http.readiness import Check, Degraded, Readings


async def well() -> None:
    return None


async def ill() -> None:
    raise OSError("names a host")


async def worse() -> None:
    raise Degraded("python")


@pytest.mark.parametrize(
    ("needed", "helpful", "ready", "degraded"),
    [
        ({"database": well}, {"bus": well}, True, []),
        ({"database": well}, {"bus": ill}, True, ["bus"]),
        ({"database": ill}, {"bus": well}, False, []),
        ({"database": well}, {"fan-out": worse}, True, ["fan-out"]),
    ],
)
async def test_only_what_is_needed_decides(
    needed: dict[str, Check], helpful: dict[str, Check], ready: bool, degraded: list[str]
) -> None:
    report = await Readings(needed, helpful).report()
    assert (report.ready, report.degraded) == (ready, degraded)
    assert set(report.parts) == needed.keys() | helpful.keys()
    assert "host" not in str(report)


async def test_a_check_that_hangs_is_a_timeout_and_runs_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.http.readiness.CHECK_TIMEOUT_S", 0.05)
    runs, go_on = [], asyncio.Event()

    async def hang() -> None:
        runs.append(1)
        await go_on.wait()

    readings = Readings({"database": hang}, {})
    reports = await asyncio.gather(*(readings.report() for _ in range(50)))
    assert {report.parts["database"] for report in reports} == {"timeout"}
    assert (await readings.report()).ready is False
    assert len(runs) == 1
    go_on.set()
    async with asyncio.timeout(10):
        while not (await readings.report()).ready:
            await asyncio.sleep(0.01)


async def test_many_who_ask_share_one_check() -> None:
    runs = []

    async def check() -> None:
        runs.append(1)

    readings = Readings({"database": check}, {})
    for _ in range(100):
        assert (await readings.report()).ready
    assert len(runs) == 1
