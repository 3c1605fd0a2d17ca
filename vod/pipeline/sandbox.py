"""What the child process gives up before it opens an untrusted file. Called before the child starts any thread.

It still runs as the same user. But it cannot reach the network (where the kernel allows to unshare it), outlive its
parent, gain privileges, or exceed its limits of memory, CPU time and disk.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys

MEMORY_BYTES_MAX = 3 * 1024**3  # of address space, most of which is never touched
FILE_BYTES_MAX = 640 * 1024**2
OPEN_FILES_MAX = 64
CORES_MAX = 2
NICENESS = 10

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000


def enter(cpu_seconds_max: int) -> None:
    """Raises OSError when a limit cannot be set. Where the network cannot be unshared, the child keeps it."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        if libc.unshare(_CLONE_NEWNET) != 0:  # only root may, unless in a new user namespace
            libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-CORES_MAX:])
    os.nice(NICENESS)
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES_MAX,
        resource.RLIMIT_CPU: cpu_seconds_max,
        resource.RLIMIT_FSIZE: FILE_BYTES_MAX,
        resource.RLIMIT_NOFILE: OPEN_FILES_MAX,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


def allow_cpu(seconds: int) -> None:
    """Lower the limit of CPU time once it is known how much the work should need."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (min(seconds, hard), hard))
