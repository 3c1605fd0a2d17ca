"""The order of test files: those that open browsers are spread among the others.

Three browsers at once on two processors wait for each other until they time out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

BROWSERS = ("tests/browser/", "tests/live/browsers/")


class Item(Protocol):
    @property
    def nodeid(self) -> str: ...


One = TypeVar("One", bound=Item)


def ordered(items: Iterable[One]) -> list[One]:
    """The files that open browsers after equal numbers of other tests. Files stay whole and in their order."""
    files: dict[str, list[One]] = {}
    for item in items:
        files.setdefault(item.nodeid.partition("::")[0], []).append(item)
    browsers = [file for name, file in files.items() if name.startswith(BROWSERS)]
    others = [file for name, file in files.items() if not name.startswith(BROWSERS)]
    between = sum(map(len, others)) / (len(browsers) or 1)
    found, placed, before = list[One](), 0, 0
    for file in others:
        while placed < len(browsers) and placed * between < before:
            found += browsers[placed]
            placed += 1
        found += file
        before += len(file)
    return found + [item for file in browsers[placed:] for item in file]
