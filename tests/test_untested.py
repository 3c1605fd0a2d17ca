"""The report of `make coverage`."""

from __future__ import annotations

from typing import Any

from tests.untested import lines


def entry(percent: float, functions: dict[str, list[int]]) -> dict[str, Any]:
    """A file's part of the report. `functions`: the executed lines of each."""
    regions = {
        name: {"start_line": 7, "executed_lines": ran, "summary": {"num_statements": 2}}
        for name, ran in functions.items()
    }
    return {"summary": {"percent_covered": percent}, "functions": regions}


def test_poorly_tested_modules_and_untested_functions_are_named() -> None:
    report = {
        "files": {
            "core/fine.py": entry(100.0, {"used": [8, 9]}),
            "core/poor.py": entry(40.0, {"used": [8], "Store.unused": [], "": []}),
        },
        "totals": {"percent_covered": 70.0, "num_statements": 10},
    }
    assert list(lines(report)) == [
        "Modules of which less than 80 % is tested:",
        "   40 %  core/poor.py",
        "Functions that no test runs:",
        "  core/poor.py:7  Store.unused",
        "Tested: 70.0 % of 10 statements.",
    ]


def test_nothing_is_named_when_everything_is_tested() -> None:
    report = {
        "files": {"core/fine.py": entry(100.0, {"used": [8, 9]})},
        "totals": {"percent_covered": 100.0, "num_statements": 2},
    }
    assert list(lines(report)) == ["Tested: 100.0 % of 2 statements."]
