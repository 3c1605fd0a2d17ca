"""Enters the sandbox in a process of its own, to learn what this system lacks."""

from __future__ import annotations

import subprocess

from core.sandbox.enter import ROOT, Protection
from core.sandbox.python import isolated_python

TRIAL_S_MAX = 30.0
_BOOT = """
import sys
sys.path.insert(0, sys.argv[1])
from core.sandbox import enter
print(*(part.name for part in enter(20)))
"""


def missing_here() -> list[Protection]:
    """The protections that this system cannot give. Blocks. Raises OSError when the sandbox cannot be entered."""
    command = isolated_python(_BOOT, str(ROOT))
    try:
        ended = subprocess.run(command, env={}, capture_output=True, text=True, timeout=TRIAL_S_MAX, check=True)
    except subprocess.SubprocessError as error:
        raise OSError(f"the sandbox cannot be entered: {error}") from None
    return [Protection[name] for name in ended.stdout.split()]
