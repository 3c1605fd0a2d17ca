"""Entering the sandbox, in the order in which its parts allow each other. Call it before the process starts a thread.

A part that this kernel lacks is left out and reported: `cadeau doctor` shows it, and the other parts still hold.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

from core.sandbox import landlock, limits, seccomp, user

CORES_MAX = 2
NICENESS = 10
ROOT = Path(__file__).resolve().parents[2]

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null", "/dev/urandom", "/sys/devices/system/cpu")


class Protection(Enum):
    """A part of the sandbox that some systems lack. The value says what a hostile file could do without it."""

    FILES = "read files that the server may read"
    SYSTEM_CALLS = "start processes and open sockets"
    NETWORK = "reach the network"
    CAPABILITIES = "use the capabilities of root"


def enter(
    cpu_seconds_max: int, *, readable: Sequence[Path] = (), writable: Path | None = None, uid: int | None = None
) -> list[Protection]:
    """Confine this process for good. Returns what could not be had.

    It may read `readable` and the Python that runs it, and write below `writable`. It continues as `uid` if that is
    given (see `separate_user`). Raises OSError when a limit of memory, CPU time or disk cannot be set.
    """
    missing: list[Protection] = []
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        without_network = libc.unshare(_CLONE_NEWNET) == 0  # only root may, unless in a new user namespace
        if uid is not None:
            user.become(uid)
        if not without_network and libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
            missing.append(Protection.NETWORK)
        if not user.drop_capabilities(libc):
            missing.append(Protection.CAPABILITIES)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # after the change of user, which resets it
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-CORES_MAX:])
    os.nice(NICENESS)
    limits.set_limits(cpu_seconds_max, processes=uid is not None)
    if sys.platform != "linux":
        return list(Protection)
    if not landlock.restrict(libc, [*_code(), *readable], [writable] if writable else []):
        missing.append(Protection.FILES)
    if not seccomp.restrict(libc):
        missing.append(Protection.SYSTEM_CALLS)
    return missing


def _code() -> list[Path]:
    """What Python and FFmpeg load: the interpreter, its packages, the system's libraries, our own code that runs."""
    places = [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix, *_SYSTEM]
    # Not all of ROOT: in a checkout, the data folder may be inside it.
    return [*(Path(place) for place in dict.fromkeys(places)), ROOT / "core", ROOT / "trust", ROOT / "vod"]
