"""Quarters by name, in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from money.vat.quarters import before, is_quarter, last_day, quarter_of, year_of


@pytest.mark.parametrize(
    ("moment", "quarter"),
    [("2026-01-01T00:00", "2026Q1"), ("2026-03-31T23:59", "2026Q1"), ("2026-04-01T00:00", "2026Q2"),
     ("2026-11-29T12:00", "2026Q4"), ("2026-12-31T23:59", "2026Q4")],
)  # fmt: skip
def test_a_moment_has_its_quarter(moment: str, quarter: str) -> None:
    at = int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp() * 1000)
    assert (quarter_of(at), year_of(at)) == (quarter, 2026)


def test_a_quarter_has_a_last_day_and_one_before_it() -> None:
    assert [last_day(f"2026Q{n}") for n in (1, 2, 3, 4)] == [
        date(2026, 3, 31), date(2026, 6, 30), date(2026, 9, 30), date(2026, 12, 31)
    ]  # fmt: skip
    assert [before("2026Q1"), before("2026Q4")] == ["2025Q4", "2026Q3"]


def test_nothing_else_is_a_quarter() -> None:
    assert is_quarter("2026Q4")
    assert not any(map(is_quarter, ["2026Q5", "2026q4", "26Q4", "2026Q4\n", "٢٠٢٦Q4", "", "1026Q1"]))
