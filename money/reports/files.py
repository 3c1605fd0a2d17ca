"""Reports as CSV, for spreadsheets, and in files that only their owner may read."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

_ONLY_OURS = os.O_WRONLY | os.O_CREAT | os.O_EXCL  # never into a file that somebody else has laid there
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Iterable[Iterable[object]]) -> str:
    """Texts that a spreadsheet would take for a formula get an apostrophe in front."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue()


def write_privately(path: Path, lines: Iterable[str]) -> None:
    """Written beside the file and renamed at the end: nobody reads half a report."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, _ONLY_OURS, 0o600), "w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _plain(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
