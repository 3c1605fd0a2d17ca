"""The systemd unit and the steps that docs/operations.md gives lead to a running server."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import pytest

from core.settings import Settings
from live.media.kernel import unavailable
from tests.served import ROOT, Served

UNIT = ROOT / "deploy" / "cadeau.service"
MANUAL = ROOT / "docs" / "operations.md"
PLACE = "/opt/cadeau"
BUILT_ELSEWHERE = (".git", ".venv", ".run", "node_modules", "__pycache__", "*.so", ".data", "*.egg-info", "build")


def entry(name: str) -> str:
    """The value of a line of the unit."""
    found = re.search(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)
    assert found is not None, name
    return found[1]


def settings_in(text: str) -> dict[str, str]:
    return dict(re.findall(r"^(?:# +)?(CADEAU_[A-Z_]+)=(.*)$", text, re.MULTILINE))


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The source tree as it is cloned, with nothing installed or built."""
    shutil.copytree(ROOT, tmp_path / "cadeau", symlinks=True, ignore=shutil.ignore_patterns(*BUILT_ELSEWHERE))
    return tmp_path / "cadeau"


def make(folder: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CADEAU_", "MAKE", "VIRTUAL_ENV"))}
    done = subprocess.run(["make", "-C", str(folder), *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    (tmp_path / "cadeau.service").write_text(UNIT.read_text().replace(PLACE, str(ROOT)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "cadeau.service")], capture_output=True, text=True
    )
    ours = [line for line in done.stderr.splitlines() if "cadeau.service" in line and "Permission" not in line]
    assert ours == []


def test_the_documented_settings_are_accepted() -> None:
    documented = settings_in(UNIT.read_text())
    first_steps = MANUAL.read_text().partition("\n## Start\n")[0]  # what comes later is optional
    assert documented == settings_in(first_steps)
    assert Settings.from_environment(documented).production
    assert documented["CADEAU_DATA_DIR"] == f"/var/lib/{entry('StateDirectory')}"


def test_the_steps_in_the_unit_are_those_of_the_manual() -> None:
    manual = MANUAL.read_text()
    for step in re.findall(r"^# {3}(?!CADEAU_)(\S.*)$", UNIT.read_text(), re.MULTILINE):
        for command in re.split(r" && | {4}", step):
            assert command in manual or command.startswith("and "), command


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/operations.md", "deploy/cadeau.service"])
def test_every_make_target_in_the_documents_exists(name: str) -> None:
    text = (ROOT / name).read_text()
    targets = set(re.findall(r"make (?:-C \S+ )?([a-z]+)(?=[\s`);]*$|`|  )", text, re.MULTILINE))
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert targets <= known


def test_install_brings_packages_client_and_kernel(checkout: Path) -> None:
    """In a tree where nothing is there yet. Only what it would do: doing it needs the network."""
    steps = make(checkout, "--dry-run", "install")
    for step in ("-m venv .venv", "-r requirements.lock", "npm ci", "run --silent build", "live.media.kernel.build"):
        assert step in steps, step
    assert "cadeau serve" not in steps


def test_the_installed_checkout_serves_as_the_unit_starts_it(checkout: Path, tmp_path: Path) -> None:
    """The packages come from the tests' environment, and the client is built; the rest is as on a new machine."""
    venv.create(checkout / ".venv", symlinks=True)
    own = next((checkout / ".venv" / "lib").glob("python*/site-packages"))
    (own / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    (checkout / ".run").mkdir()
    for stamp in ("venv", "python", "npm", "client"):
        (checkout / ".run" / stamp).touch()
    make(checkout, "install")
    command = shlex.split(entry("ExecStart").replace(PLACE, str(checkout)))
    assert command.pop() == "serve"
    folder = Path(entry("WorkingDirectory").replace(PLACE, str(checkout)))
    own_settings = settings_in(UNIT.read_text()) | {"CADEAU_MEDIA_HOST": "127.0.0.1", "PYTHONPATH": ""}
    del own_settings["CADEAU_DATA_DIR"]
    with Served(tmp_path / "data", own_settings, command=command, cwd=folder) as server:
        ready = server.http.get("/readyz")
        assert ready.status_code == 200, ready.text
        assert (ready.json()["parts"]["fan-out"] == "ok") == (unavailable() == ""), ready.text
        assert "<title>" in server.http.get("/").text
