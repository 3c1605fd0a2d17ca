"""The Python that a sandboxed process begins as."""

from __future__ import annotations

import sys


def isolated_python(code: str, *arguments: str) -> list[str]:
    """The command that runs `code` apart from the settings of the environment and the user.

    Compiled modules are where this process has its own: to compile them anew takes longer than a short video.
    """
    kept = [] if sys.pycache_prefix is None else ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    return [sys.executable, "-I", *kept, "-c", code, *arguments]
