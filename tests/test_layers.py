"""The direction of dependencies: see ARCHITECTURE.md."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "core": set(),
    "people": {"core"},
    "money": {"core", "people"},
    "live": {"core", "people", "money"},
    "signaling": {"core", "people", "money", "live"},
    "chat": {"core", "people", "money", "live"},
    "vod": {"core", "people", "money", "live"},
    "cadeau": {"core", "people", "money", "live", "signaling", "chat", "vod"},
}


def imported(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names.add((node.module or "").partition(".")[0])
    return names


@pytest.mark.parametrize("domain", MAY_IMPORT)
def test_a_domain_imports_only_what_is_below_it(domain: str) -> None:
    for file in (ROOT / domain).rglob("*.py"):
        ours = imported(file) & {*MAY_IMPORT, "tests"}
        assert ours <= MAY_IMPORT[domain] | {domain}, file


@pytest.mark.parametrize("domain", [d for d in MAY_IMPORT if d not in ("core", "cadeau")])
def test_a_domain_touches_only_its_own_tables(domain: str) -> None:
    for file in (ROOT / domain).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(".tables"):
                assert node.module in (f"{domain}.tables", "core.tables"), file


def test_no_folder_is_a_drawer_for_everything() -> None:
    for name in ("utils", "common", "helpers", "misc"):
        assert not [p for d in MAY_IMPORT for p in (ROOT / d).rglob(f"{name}*")]


def test_files_keep_a_readable_length() -> None:
    for domain in MAY_IMPORT:
        for file in (ROOT / domain).rglob("*.py"):
            assert len(file.read_text().splitlines()) <= 400, f"{file} is too long: is it one noun?"
