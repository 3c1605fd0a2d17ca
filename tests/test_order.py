"""Tests that open browsers are spread among the others; nothing is lost, and each file stays whole."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import pytest

from tests.order import BROWSERS, ordered


@dataclass(frozen=True)
class Item:
    nodeid: str


def items(file: str, count: int) -> list[Item]:
    return [Item(f"{file}::test_{number}") for number in range(count)]


def test_browsers_are_spread_evenly_among_the_others() -> None:
    browsers = [items(f"tests/browser/test_{n}.py", 2) for n in range(3)]
    others = [items(f"tests/chat/test_{n}.py", 10) for n in range(6)]
    found = ordered([item for file in browsers + others for item in file])
    files = list(dict.fromkeys(item.nodeid.partition("::")[0] for item in found))
    assert [name.split("/")[1] for name in files] == ["chat", "browser"] + ["chat", "chat", "browser"] * 2 + ["chat"]


@pytest.mark.parametrize("counts", [(0, 5), (5, 0), (1, 1), (40, 3), (3, 40), (0, 0)])
def test_nothing_is_lost_and_files_stay_whole(counts: tuple[int, int]) -> None:
    folders = (BROWSERS[1], "tests/core/")
    given = [
        item for folder, count in zip(folders, counts, strict=True) for n in range(count)
        for item in items(f"{folder}test_{n}.py", n % 4 + 1)
    ]  # fmt: skip
    found = ordered(given)
    assert sorted(found, key=given.index) == given
    files = [file for file, _ in groupby(one.nodeid.partition("::")[0] for one in found)]
    assert len(files) == len(set(files)) == sum(counts)
