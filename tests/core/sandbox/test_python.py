"""The Python of a sandboxed process: apart from the environment, but with the compiled modules of whoever starts it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from core.sandbox import isolated_python

SAYS = "import sys; print(sys.flags.isolated, sys.pycache_prefix, *sys.argv[1:])"


def test_it_is_isolated_and_gets_its_arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", None)
    assert said("one", "two") == "1 None one two\n"


def test_it_finds_what_its_starter_has_compiled(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path))
    assert said() == f"1 {tmp_path}\n"


def said(*arguments: str) -> str:
    return subprocess.run(isolated_python(SAYS, *arguments), capture_output=True, text=True, check=True).stdout
