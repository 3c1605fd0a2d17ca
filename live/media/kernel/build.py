"""Builds the kernel: `python -m live.media.kernel.build`. Where something is missing for that it says what, in one
line, and Cadeau runs with the fan-out in Python."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
BUILT = FOLDER / f"_kernel{sysconfig.get_config_var('EXT_SUFFIX')}"
FLAGS = ("-std=gnu11", "-O3", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra")


class CannotBuildError(Exception):
    """Something the build needs is not there. The text says what."""


def compiler() -> list[str]:
    """The C compiler: the one CC names, or what this machine calls cc, gcc or clang."""
    named = shlex.split(os.environ.get("CC", ""))
    for command in [named] if named else [["cc"], ["gcc"], ["clang"]]:
        if shutil.which(command[0]):
            return command
    raise CannotBuildError(f"there is no C compiler ({named[0] if named else 'cc, gcc or clang'})")


def check() -> list[str]:
    """The compiler, when all that is needed is there. Raises CannotBuildError."""
    if not sys.platform.startswith("linux"):
        raise CannotBuildError("it needs Linux")
    command = compiler()
    for header, package in (("Python.h", "python3-dev"), ("openssl/evp.h", "libssl-dev")):
        probe = [*command, *includes(), "-E", "-x", "c", "-"]
        if subprocess.run(probe, input=f"#include <{header}>\n".encode(), capture_output=True).returncode:
            raise CannotBuildError(f"the header {header} is not there (on Debian and Ubuntu: {package})")
    return command


def includes() -> list[str]:
    paths = sysconfig.get_paths()
    return [f"-I{path}" for path in dict.fromkeys((paths["include"], paths["platinclude"]))]


def build(target: Path, flags: Sequence[str] = ()) -> None:
    """Compile to `target`, in place of what was there only once it is whole. Raises CannotBuildError."""
    command = check()
    sources = sorted(str(path) for path in FOLDER.glob("*.c"))
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".kernel-") as folder:
        made = Path(folder) / target.name
        arguments = [*command, *FLAGS, *flags, *includes(), "-shared", *sources, "-lcrypto", "-o", str(made)]
        done = subprocess.run(arguments, capture_output=True, text=True)
        if done.returncode:
            sys.stderr.write(done.stderr)
            raise CannotBuildError("the compiler refused it")
        made.replace(target)


def main(stamps: Sequence[str]) -> int:
    """Build; files named `stamps` then say when that was."""
    try:
        build(BUILT)
    except CannotBuildError as reason:
        BUILT.unlink(missing_ok=True)  # nothing older than its sources stays in use
        print(f"The kernel is not built, {reason}: the fan-out in Python will be used.")
        return 0
    for stamp in stamps:
        Path(stamp).touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
