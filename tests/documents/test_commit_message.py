"""The hook that checks commit messages."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HOOK = Path(__file__).parents[1] / "commit-message"


def status(folder: Path, message: str) -> int:
    (folder / "message").write_text(message)
    return subprocess.run([HOOK, folder / "message"], capture_output=True).returncode


@pytest.mark.parametrize(
    "message",
    [
        "Add goals to a room\n",
        "Add goals to a room\n\nHosts asked for them.\n# a comment of Git\n",
        f"A{'b' * 71}\n",
        f"Merge branch '{'b' * 80}'\n",
    ],
)
def test_a_good_message_is_accepted(tmp_path: Path, message: str) -> None:
    assert status(tmp_path, message) == 0


@pytest.mark.parametrize(
    "message",
    ["", "\nAdd goals\n", f"A{'b' * 72}\n", "Add goals.\n", "add goals\n", "Add goals\nHosts asked for them.\n"],
)
def test_a_bad_message_is_refused(tmp_path: Path, message: str) -> None:
    assert status(tmp_path, message) == 1
