"""Limits of memory, CPU time and disk for a process that handles an untrusted file."""

from __future__ import annotations

import resource

MEMORY_BYTES_MAX = 3 * 1024**3  # of address space, most of which is never touched
FILE_BYTES_MAX = 640 * 1024**2
OPEN_FILES_MAX = 64
PROCESSES_MAX = 256  # threads too; of the sandbox's user, so of all such processes together


def set_limits(cpu_seconds_max: int, *, processes: bool) -> None:
    """`processes` limits the number of processes of this user: not for a user who also has others. Raises OSError."""
    limits = {
        resource.RLIMIT_AS: MEMORY_BYTES_MAX,
        resource.RLIMIT_CPU: cpu_seconds_max,
        resource.RLIMIT_FSIZE: FILE_BYTES_MAX,
        resource.RLIMIT_NOFILE: OPEN_FILES_MAX,
        resource.RLIMIT_CORE: 0,
    }
    if processes:
        limits[resource.RLIMIT_NPROC] = PROCESSES_MAX
    for limit, value in limits.items():
        hard = resource.getrlimit(limit)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (value, value))


def allow_cpu(seconds: int) -> None:
    """Lower the limit of CPU time once it is known how much the work should need."""
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (min(seconds, hard), hard))
