"""Every package we import is declared in pyproject.toml, not only brought in by another one."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OURS = {"cadeau", "chat", "core", "live", "money", "people", "shop", "signaling", "trust", "vod"}


def distribution(requirement: str) -> str:
    """The normalized name in a requirement such as `psycopg[binary]>=3.3`, or in a distribution's metadata."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


def third_party_imports(folder: Path) -> dict[str, Path]:
    """The top-level modules that files in the folder import, each with one file that does."""
    found: dict[str, Path] = {}
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules = [node.module]
            else:
                continue
            for module in modules:
                found.setdefault(module.partition(".")[0], file)
    return {name: file for name, file in found.items() if name not in {*OURS, "tests", *sys.stdlib_module_names}}


@pytest.mark.parametrize("folder", [*sorted(OURS), "tests"])
def test_every_imported_package_is_declared(folder: str) -> None:
    declared = {distribution(each) for each in PROJECT["dependencies"]}
    declared |= {distribution(each) for each in PROJECT["optional-dependencies"]["evaluate"] if folder == "vod"}
    declared |= {distribution(each) for each in PROJECT["optional-dependencies"]["moderation"] if folder == "trust"}
    if folder == "tests":
        declared |= {distribution(each) for each in PROJECT["optional-dependencies"]["dev"]}
    providers = packages_distributions()
    for module, file in third_party_imports(ROOT / folder).items():
        names = {distribution(name) for name in providers[module]}
        assert names & declared, f"{file} imports {module}: declare one of {sorted(names)} in pyproject.toml"
