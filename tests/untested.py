"""List the untested parts of a coverage report in JSON: `python -m tests.untested REPORT`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

COVERED_PERCENT_MIN = 80


def lines(report: dict[str, Any]) -> Iterator[str]:
    """The modules below the limit, worst first; then every function without an executed line; then the total."""
    files: dict[str, dict[str, Any]] = report["files"]
    poor = [(entry["summary"]["percent_covered"], name) for name, entry in files.items()]
    poor = sorted((percent, name) for percent, name in poor if percent < COVERED_PERCENT_MIN)
    if poor:
        yield f"Modules of which less than {COVERED_PERCENT_MIN} % is tested:"
        yield from (f"{percent:5.0f} %  {name}" for percent, name in poor)
    untested = [
        f"  {name}:{function['start_line']}  {title}"
        for name, entry in sorted(files.items())
        for title, function in entry["functions"].items()
        if title and function["summary"]["num_statements"] and not function["executed_lines"]
    ]
    if untested:
        yield "Functions that no test runs:"
        yield from untested
    totals = report["totals"]
    yield f"Tested: {totals['percent_covered']:.1f} % of {totals['num_statements']} statements."


if __name__ == "__main__":
    print("\n".join(lines(json.loads(Path(sys.argv[1]).read_text()))))
