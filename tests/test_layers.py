"""The direction of dependencies and the size of files and folders: see ARCHITECTURE.md."""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from pathlib import Path

import pytest
from starlette.routing import Route

from cadeau.app import open_cadeau
from core.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
MAY_IMPORT = {
    "core": set(),
    "people": {"core"},
    "money": {"core", "people"},
    "trust": {"core", "people"},
    "live": {"core", "people", "money", "trust"},
    "signaling": {"core", "people", "money", "trust", "live"},
    "chat": {"core", "people", "money", "trust", "live"},
    "vod": {"core", "people", "money", "trust", "live"},
    "shop": {"core", "people", "money", "trust", "live"},
    "cadeau": {"core", "people", "money", "trust", "live", "signaling", "chat", "vod", "shop"},
}
MEDIA_MAY_IMPORT = {
    "rtp": set(),
    "transport": {"rtp"},
    "congestion": {"rtp"},
    "fanout": {"rtp", "transport"},  # a fan-out encrypts, so it needs SRTP's keys and ciphers
    "streams": {"rtp", "fanout"},
    "relay": {"rtp", "transport", "congestion", "fanout", "streams"},
    "kernel": {"rtp", "transport", "fanout"},  # implements these interfaces in C; they do not import it
}
UNNAMED_POOLS = {"to_thread", "run_in_executor", "run_in_threadpool", "iterate_in_threadpool", "ThreadPoolExecutor"}
MAY_USE_UNNAMED_POOLS = {
    "cadeau/demo_publisher.py",  # a process of its own, with one call and nobody to hold up
}
SOURCES = (*MAY_IMPORT, "tests", "static/src", "static/tests")
MODULES_MAX = 14
"""The limit for each folder. With more, it is time to find out which folders it consists of."""


def imported_modules(file: Path) -> set[str]:
    """The full names of what a file imports, `from package import module` included."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imported(file: Path) -> set[str]:
    """The top-level packages that a file imports."""
    return {name.partition(".")[0] for name in imported_modules(file)}


def modules_by_folder() -> dict[Path, set[str]]:
    """The modules of each folder: Python, TypeScript, Svelte and C. A .c file and its header are one module."""
    folders: dict[Path, set[str]] = defaultdict(set)
    for source in SOURCES:
        for file in (ROOT / source).rglob("*"):
            if file.suffix in (".c", ".h"):
                folders[file.parent].add(file.stem)
            elif file.suffix in (".py", ".ts", ".svelte") and file.name != "__init__.py":
                folders[file.parent].add(file.name)
    return folders


@pytest.mark.parametrize("domain", MAY_IMPORT)
def test_a_domain_imports_only_what_is_below_it(domain: str) -> None:
    for file in (ROOT / domain).rglob("*.py"):
        ours = imported(file) & {*MAY_IMPORT, "tests"}
        assert ours <= MAY_IMPORT[domain] | {domain}, file


def test_the_media_library_imports_no_domain() -> None:
    for file in (ROOT / "live" / "media").rglob("*.py"):
        for name in imported_modules(file):
            ours = name.partition(".")[0] in {*MAY_IMPORT, "tests"}
            assert not ours or name.startswith(("core.", "live.media.")), f"{file} imports {name}"


@pytest.mark.parametrize("package", MEDIA_MAY_IMPORT)
def test_a_package_of_the_media_library_imports_only_what_is_below_it(package: str) -> None:
    for file in (ROOT / "live" / "media" / package).rglob("*.py"):
        for name in imported_modules(file):
            if name.startswith("live.media."):
                neighbour = name.split(".")[2]
                assert neighbour in MEDIA_MAY_IMPORT[package] | {package}, f"{file} imports {name}"


def test_every_package_of_the_media_library_has_its_place_in_the_order() -> None:
    found = {file.relative_to(ROOT / "live" / "media").parts for file in (ROOT / "live" / "media").rglob("*.py")}
    assert {parts[0] for parts in found} == {*MEDIA_MAY_IMPORT, "__init__.py"}


@pytest.mark.parametrize("domain", [d for d in MAY_IMPORT if d not in ("core", "cadeau")])
def test_a_domain_touches_only_its_own_tables(domain: str) -> None:
    for file in (ROOT / domain).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.endswith(".tables"):
                assert node.module == "core.tables" or node.module.startswith(f"{domain}."), file


def test_blocking_work_runs_only_in_the_named_pools() -> None:
    """In asyncio's or Starlette's shared pool one slow kind of work would hold up every other."""
    for file in (file for domain in MAY_IMPORT for file in (ROOT / domain).rglob("*.py")):
        if str(file.relative_to(ROOT)) not in MAY_USE_UNNAMED_POOLS:
            nodes = list(ast.walk(ast.parse(file.read_text())))
            used = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
            used |= {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
            assert not used & UNNAMED_POOLS, f"{file}: use core.executors"


def test_no_route_runs_in_starlettes_own_pool(tmp_path: Path) -> None:
    """Starlette calls an endpoint that is not a coroutine function in one. It still sends files through it."""
    cadeau = open_cadeau(Settings(data_dir=tmp_path))
    try:
        for route in cadeau.asgi.routes:
            if isinstance(route, Route):
                assert inspect.iscoroutinefunction(route.endpoint), route.path
    finally:
        cadeau.close()


def test_no_folder_is_a_drawer_for_everything() -> None:
    for name in ("utils", "common", "helpers", "misc"):
        assert not [p for d in MAY_IMPORT for p in (ROOT / d).rglob(f"{name}*")]


def test_no_folder_has_too_many_modules() -> None:
    crowded = {
        str(folder.relative_to(ROOT)): len(modules)
        for folder, modules in modules_by_folder().items()
        if len(modules) > MODULES_MAX and folder.name != "versions"  # the migrations: a history, which only grows
    }
    assert crowded == {}


def test_no_file_is_too_long() -> None:
    for domain in MAY_IMPORT:
        for file in (ROOT / domain).rglob("*.py"):
            assert len(file.read_text().splitlines()) <= 400, f"{file} is too long: is it one noun?"
