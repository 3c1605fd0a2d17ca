"""The user as whom a sandboxed process runs when the server runs as root."""

from __future__ import annotations

import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path

INTERPRETER = (Path(sys.executable), Path(os.__file__), Path(__file__))
"""What a sandboxed process must reach to run at all."""

SANDBOX_UID = 65_533  # nobody's: outside systemd's dynamic users (61184-65519), and not `nobody` (65534)

_CAPABILITY_VERSION_3 = 0x2008_0522
_PR_CAPBSET_DROP = 24
_CAPABILITIES_MAX = 64


def separate_user(reachable: Iterable[Path]) -> int | None:
    """The user for a sandboxed process, or None: when this process is not root, or that user cannot reach a path."""
    if os.geteuid() != 0:
        return None
    return SANDBOX_UID if all(_open_to_others(path) for path in reachable) else None


def become(uid: int) -> None:
    """Raises OSError."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def drop_capabilities(libc: ctypes.CDLL) -> bool:
    """Give up what root may do beyond its own files, in a user namespace too. Returns whether nothing is left of it."""
    for capability in range(_CAPABILITIES_MAX):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails for those that do not exist or that we do not have
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    return bool(libc.capset(header, nothing) == 0)


def _open_to_others(path: Path) -> bool:
    """Whether everybody may enter all folders above a path, as far as their modes tell."""
    folders = (parent for parent in path.resolve().parents if parent.exists())
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in folders)
