"""The wheel is complete: installed into an empty environment it serves the client and sends media in C."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from live.media.kernel import unavailable
from tests.served import ROOT, Served

SOURCES = (
    *("cadeau", "chat", "core", "live", "money", "people", "shop", "signaling", "trust", "vod", "static/dist"),
    *("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"),
)


def copy_sources(target: Path) -> None:
    """Copy the sources of a wheel without any build output."""
    for name in SOURCES:
        source = ROOT / name
        assert source.exists(), f"{name} is missing: for static/dist run `make client`"
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__", "*.so"))
        else:
            shutil.copy(source, target / name)


def pip(*arguments: str | Path) -> None:
    """Run pip offline and without this process's Python paths."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPYCACHEPREFIX", "PYTHONPATH")}
    command = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `cadeau` command of an environment with only the wheel. Its dependencies come from the tests' environment."""
    folder = tmp_path_factory.mktemp("wheel")
    copy_sources(folder / "source")
    pip("wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", folder / "dist", folder / "source")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    (wheel,) = (folder / "dist").glob("cadeau-*.whl")
    pip("--python", python, "install", "--no-deps", "--no-index", wheel)
    shutil.rmtree(folder / "source")
    own = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return folder / "venv" / "bin" / "cadeau"


@pytest.fixture(scope="module")
def server(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of the installed package, started away from the source tree."""
    folder = tmp_path_factory.mktemp("elsewhere")
    with Served(folder / "data", {"PYTHONPATH": ""}, command=[str(installed)], cwd=folder) as served:
        yield served


def test_the_installed_command_serves_the_web_client(server: Served) -> None:
    page = server.http.get("/")
    assert page.status_code == 200
    assert "<title>" in page.text
    scripts = re.findall(r'"(/assets/[^"]+\.js)"', page.text)
    assert scripts
    for address in (*scripts, "/gifts/heart.svg", "/manifest.webmanifest"):
        assert server.http.get(address).status_code == 200, address


def test_the_installed_command_migrates_the_database_and_is_ready(server: Served) -> None:
    assert server.http.get("/readyz").status_code == 200
    assert server.join("visitor").handle == "visitor"


def test_the_installed_package_brings_the_kernel(server: Served) -> None:
    fanout = next(line for line in server.run("doctor", check=False).splitlines() if " fan-out " in line)
    assert ("C, " in fanout) == (unavailable() == ""), fanout
