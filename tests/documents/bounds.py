"""The table of bounds in SECURITY.md: `python -m tests.documents.bounds` writes the values of the constants into it."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.limits import Rate

SECURITY = Path(__file__).resolve().parents[2] / "SECURITY.md"
HEADING = "## Every bound has a name"


@dataclass(frozen=True)
class Bound:
    """A row of the table."""

    what: str
    constant: str  # package.module.NAME
    value: str
    tests: tuple[str, ...]  # files

    @property
    def current(self) -> str:
        """The value that the code has now. Raises ImportError or AttributeError if there is no such constant."""
        module, _, name = self.constant.rpartition(".")
        return shown(getattr(importlib.import_module(module), name))

    def row(self, value: str) -> str:
        tests = ", ".join(f"`{test}`" for test in self.tests)
        return f"| {self.what} | `{self.constant}` | {value} | {tests} |"


def shown(value: object) -> str:
    if isinstance(value, Rate):
        return f"{value.count:,} in {value.seconds:g} s"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else str(value)


def bounds() -> Iterator[Bound]:
    text = SECURITY.read_text().partition(HEADING)[2].partition("\n## ")[0]
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("| ").split(" | ")]
        if line.startswith("| ") and "`" in line:
            what, constant, value, tests = cells
            yield Bound(what, constant.strip("`"), value, tuple(test.strip(" `") for test in tests.split(",")))


def main() -> None:
    text = SECURITY.read_text()
    for bound in bounds():
        text = text.replace(bound.row(bound.value), bound.row(bound.current))
    SECURITY.write_text(text)


if __name__ == "__main__":
    main()
