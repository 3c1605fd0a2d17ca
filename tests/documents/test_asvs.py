"""docs/asvs.md has every requirement of OWASP ASVS 5.0.0 at levels 1 and 2, and names only files that exist."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "asvs.md").read_text()

LEVELS = """
1.1:22 1.2:1111122223 1.3:112222222223 1.4:222 1.5:123
2.1:122 2.2:112 2.3:12223 2.4:23
3.1:3 3.2:113 3.3:12223 3.4:11222233 3.5:11122333 3.6:3 3.7:22333
4.1:12233 4.2:23333 4.3:22 4.4:1222
5.1:2 5.2:112333 5.3:113 5.4:222
6.1:122 6.2:111111112222 6.3:11223333 6.4:112233 6.5:22222333 6.6:2223 6.7:33 6.8:2222
7.1:222 7.2:1111 7.3:22 7.4:11222 7.5:223 7.6:22
8.1:1233 8.2:1123 8.3:133 8.4:23
9.1:111 9.2:1222
10.1:22 10.2:223 10.3:22223 10.4:1111122222233333 10.5:22222 10.6:22 10.7:222
11.1:2233 11.2:22233 11.3:11233 11.4:1222 11.5:23 11.6:23 11.7:33
12.1:12233 12.2:11 12.3:22223
13.1:2333 13.2:222223 13.3:2233 13.4:1222233
14.1:22 14.2:12223333 14.3:122
15.1:12233 15.2:12233 15.3:1222222 15.4:3333
16.1:2 16.2:22222 16.3:2222 16.4:222 16.5:2223
17.1:23 17.2:22223333 17.3:22
"""
"""For each section of the standard, the level at which each of its requirements begins."""

REQUIREMENTS = {1: 70, 2: 183}
"""How many there are at each level."""

_ROW = re.compile(r"\| (\d+\.\d+\.\d+) \| (\d) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|")
_FILE = re.compile(r"`((?!/)[\w./-]+(?:/[\w.-]+|\.(?:md|py|toml|lock|json)))`")
_LINK = re.compile(r"\]\(#([\w-]+)\)")


class Row(NamedTuple):
    number: str
    level: int
    about: str
    state: str
    where: str


def wanted() -> list[tuple[str, int]]:
    found = []
    for section in LEVELS.split():
        prefix, levels = section.split(":")
        found += [(f"{prefix}.{at}", int(level)) for at, level in enumerate(levels, 1) if int(level) <= 2]
    return found


ROWS = [
    Row(found[1], int(found[2]), found[3], found[4], found[5])
    for line in PAGE.splitlines()
    if (found := _ROW.match(line))
]


def test_every_requirement_is_there_once_and_in_order() -> None:
    assert [(row.number, row.level) for row in ROWS] == wanted()
    assert {level: sum(row.level == level for row in ROWS) for level in REQUIREMENTS} == REQUIREMENTS


def test_the_figures_are_those_of_the_tables() -> None:
    for name, levels in (("1", {1}), ("2", {2}), ("both", {1, 2})):
        states = [row.state for row in ROWS if row.level in levels]
        counts = [len(states), *(states.count(state) for state in ("met", "n/a", "open"))]
        assert sum(counts[1:]) == counts[0], "a state is none of the three"
        assert f"| {name} | {' | '.join(map(str, counts))} |" in PAGE
    for level in REQUIREMENTS:
        listed = PAGE.split(f"Open at level {level}: ", 1)[1].split(".\n", 1)[0]
        assert re.split(r",\s+", listed) == [row.number for row in ROWS if (row.level, row.state) == (level, "open")]


def test_what_is_met_is_met_somewhere() -> None:
    for row in ROWS:
        assert row.state != "met" or _FILE.search(row.where) or _LINK.search(row.where) or "9.1.1" in row.where, row


def test_the_page_names_only_what_exists() -> None:
    files = _FILE.findall(PAGE)
    assert len(files) > 300
    for file in files:
        assert (ROOT / file).exists(), file
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in PAGE.splitlines()
        if line[:1] == "#"
    }
    assert set(_LINK.findall(PAGE)) <= headings
