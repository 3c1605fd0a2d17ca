"""Builds the kernel: `python -m live.media.kernel.build`. If something is missing, it prints one line, and Cadeau
runs with the Python engines."""

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
    """The kernel cannot be built here. The text says why."""


def compiler() -> list[str]:
    """The C compiler: the one that CC names, else cc, gcc or clang."""
    named = shlex.split(os.environ.get("CC", ""))
    for command in [named] if named else [["cc"], ["gcc"], ["clang"]]:
        if shutil.which(command[0]):
            return command
    raise CannotBuildError(f"there is no C compiler ({named[0] if named else 'cc, gcc or clang'})")


def check() -> list[str]:
    """The compiler, if nothing is missing. Raises CannotBuildError."""
    if not sys.platform.startswith("linux"):
        raise CannotBuildError("Linux is required")
    command = compiler()
    for header, package in (("Python.h", "python3-dev"), ("openssl/evp.h", "libssl-dev")):
        probe = [*command, *includes(), "-E", "-x", "c", "-"]
        if subprocess.run(probe, input=f"#include <{header}>\n".encode(), capture_output=True).returncode:
            raise CannotBuildError(f"the header {header} is missing (on Debian and Ubuntu: {package})")
    return command


def sources(pattern: str = "*.[ch]") -> list[Path]:
    """The C files, here and in the folders beside this file."""
    return sorted(FOLDER.rglob(pattern))


def includes() -> list[str]:
    paths = sysconfig.get_paths()
    return [f"-I{path}" for path in dict.fromkeys((str(FOLDER), paths["include"], paths["platinclude"]))]


def build(target: Path, flags: Sequence[str] = ()) -> None:
    """Compile to `target`, which is replaced only when all went well. Raises CannotBuildError."""
    command = check()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".kernel-") as folder:
        made = Path(folder) / target.name
        files = map(str, sources("*.c"))
        arguments = [*command, *FLAGS, *flags, *includes(), "-shared", *files, "-lcrypto", "-o", str(made)]
        done = subprocess.run(arguments, capture_output=True, text=True)
        if done.returncode:
            sys.stderr.write(done.stderr)
            raise CannotBuildError("compilation failed")
        made.replace(target)


def main(stamps: Sequence[str]) -> int:
    """Build, and touch the files named `stamps`."""
    try:
        build(BUILT)
    except CannotBuildError as reason:
        BUILT.unlink(missing_ok=True)  # a kernel older than its sources must not stay in use
        print(f"The C kernel is not built: {reason}. The Python engines will be used instead.")
        return 0
    for stamp in stamps:
        Path(stamp).touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
