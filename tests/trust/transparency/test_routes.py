"""The transparency report over HTTP and on the command line."""

from __future__ import annotations

import argparse
import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.served import Served
from tests.trust.cases.conftest import Desk
from trust.machine.judging.thresholds import Thresholds
from trust.transparency.commands import lines, run
from trust.transparency.months import Month
from trust.transparency.report import COUNTED_EVERY_MS, Transparency, read_history


def test_anybody_reads_it_for_a_period(shared_server: Served) -> None:
    answer = shared_server.http.get("/api/transparency")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=600"
    told = answer.json()
    assert told["months"][-1] == {"month": told["last"], "running": True, "figures": told["months"][-1]["figures"]}
    assert [one["month"] for one in told["months"]] == sorted(one["month"] for one in told["months"])
    one = shared_server.http.get("/api/transparency", params={"from": told["last"], "to": told["last"]}).json()
    assert [month["month"] for month in one["months"]] == [told["last"]]
    reversed_bounds = {"from": told["last"], "to": told["first"]}
    assert shared_server.http.get("/api/transparency", params=reversed_bounds).json()["code"] == "period_not_kept"


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-13", "invalid_request"), ("2026-1", "invalid_request"), ("0000-01", "invalid_request"),
        ("٢٠٢٦-٠١", "invalid_request"), ("2026-01\x00", "invalid_request"), ("-026-01", "invalid_request"),
        ("2026-01' OR 1", "invalid_request"), ("0001-01", "period_not_kept"), ("9999-12", "period_not_kept"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("bound", ["from", "to"])
def test_other_periods_are_refused(shared_server: Served, bound: str, value: str, code: str) -> None:
    assert shared_server.http.get("/api/transparency", params={bound: value}).json()["code"] == code


def test_unknown_parameters_are_refused(shared_server: Served) -> None:
    assert shared_server.http.get("/api/transparency", params={"public": "false"}).status_code == 400


async def test_it_is_counted_once_an_hour_however_many_ask(desk: Desk) -> None:
    counted = 0

    def recipients(_: object) -> int:
        nonlocal counted
        counted += 1
        return 7

    told = Transparency(desk.database, desk.clock, Thresholds(desk.clock), recipients)
    last = Month.of(desk.clock())
    answers = await asyncio.gather(*(told.report(first, None) for first in [None, last] * 10))
    assert (counted, answers[0].recipients, len(answers[1].months)) == (1, 5, 1)
    desk.clock.leap_ms += COUNTED_EVERY_MS
    await told.report(None, None)
    assert counted == 2


def test_the_command_prints_exact_figures(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.reported("copyright")
    desk.decide(category="intellectual_property")
    month = Month.of(desk.clock())
    history = desk.database.read(lambda c: read_history(c, desk.clock(), Thresholds(desk.clock), lambda _: 3))
    found = list(lines(history.report(month, month, public=False)))
    assert (str(month), "reasons", "copyright", 1) in found
    assert ("total", "categories", "intellectual_property", 1) in found
    core = cast("Any", SimpleNamespace(clock=desk.clock, database=desk.database))
    for csv, said in ((True, f"{month},reasons,copyright,1"), (False, "reasons copyright")):
        assert run(core, argparse.Namespace(**{"from": month, "to": None, "csv": csv})) == 0
        assert said in capsys.readouterr().out
