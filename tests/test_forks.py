"""A forked process is like one that `python -m` starts, to whoever started it."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.forks import Forks


def test_it_says_what_the_command_says(forks: Forks) -> None:
    done = forks.run("cadeau", "--version", environment=os.environ)
    assert done.returncode == 0
    assert done.stdout.startswith("cadeau ")
    assert done.stderr == ""


def test_a_failing_command_has_its_status_and_says_why(forks: Forks) -> None:
    done = forks.run("cadeau", "serve", environment=os.environ | {"CADEAU_PORT": "none"})
    assert done.returncode == 2
    assert "CADEAU_PORT" in done.stderr
    with pytest.raises(subprocess.CalledProcessError):
        forks.run("cadeau", "nonsense", environment=os.environ, check=True)


def test_it_has_its_own_environment_and_folder(forks: Forks, tmp_path: Path) -> None:
    (tmp_path / "shows.py").write_text("import os; print(os.getcwd(), os.environ['SHOWN'], 'HOME' in os.environ)")
    environment = {"SHOWN": "this", "PYTHONPATH": str(tmp_path)}
    done = forks.run("shows", environment=environment, cwd=tmp_path)
    assert done.stdout == f"{tmp_path} this False\n", done.stderr


def test_a_killed_process_says_so(forks: Forks, tmp_path: Path) -> None:
    (tmp_path / "sleeps.py").write_text("import time; time.sleep(600)")
    with (tmp_path / "log").open("wb") as log:
        process = forks.start("sleeps", environment={}, cwd=tmp_path, stdout=log, stderr=log)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    process.kill()
    assert process.wait(20) == process.poll() == -signal.SIGKILL
    process.kill()  # which nobody is any more
