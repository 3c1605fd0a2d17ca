"""seccomp: the system calls that transcoding never needs and an intruder would (seccomp(2)).

Denied calls fail with EPERM. Threads are allowed, processes are not.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_ALLOW, _ERRNO, _KILL = 0x7FFF_0000, 0x0005_0000, 0x8000_0000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # BPF
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data, little-endian
_CLONE_THREAD = 0x0001_0000
_X32_BIT = 0x4000_0000

_AUDIT = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
_NEWER = {  # from 424 on, all architectures have the same numbers
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432, "fspick": 433,
    "pidfd_open": 434, "pidfd_getfd": 438, "process_madvise": 440, "mount_setattr": 442, "process_mrelease": 448,
    "fchmodat2": 452, "setxattrat": 463, "removexattrat": 466,
}  # fmt: skip
_DENIED = {
    "x86_64": _NEWER | {
        "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "sendmsg": 46, "bind": 49, "listen": 50,
        "socketpair": 53, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "ptrace": 101, "rt_sigqueueinfo": 129,
        "personality": 135, "pivot_root": 155, "chroot": 161, "acct": 163, "mount": 165, "umount2": 166,
        "swapon": 167, "swapoff": 168, "reboot": 169, "init_module": 175, "delete_module": 176, "quotactl": 179,
        "tkill": 200, "kexec_load": 246, "add_key": 248, "request_key": 249, "keyctl": 250, "unshare": 272,
        "accept4": 288, "rt_tgsigqueueinfo": 297, "perf_event_open": 298, "name_to_handle_at": 303,
        "open_by_handle_at": 304, "setns": 308, "process_vm_readv": 310, "process_vm_writev": 311, "kcmp": 312,
        "finit_module": 313, "kexec_file_load": 320, "bpf": 321, "execveat": 322, "userfaultfd": 323,
        # Landlock does not cover a file's mode, owner and times, nor the priority of the server's own process:
        "chmod": 90, "fchmod": 91, "chown": 92, "fchown": 93, "lchown": 94, "utime": 132, "setpriority": 141,
        "sched_setparam": 142, "sched_setscheduler": 144, "setxattr": 188, "lsetxattr": 189, "fsetxattr": 190,
        "removexattr": 197, "lremovexattr": 198, "fremovexattr": 199, "sched_setaffinity": 203, "utimes": 235,
        "ioprio_set": 251, "migrate_pages": 256, "fchownat": 260, "futimesat": 261, "fchmodat": 268, "utimensat": 280,
        "sched_setattr": 314,
    },
    "aarch64": _NEWER | {
        "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "quotactl": 60, "acct": 89, "personality": 92,
        "unshare": 97, "kexec_load": 104, "init_module": 105, "delete_module": 106, "ptrace": 117, "kill": 129,
        "tkill": 130, "rt_sigqueueinfo": 138, "reboot": 142, "socket": 198, "socketpair": 199, "bind": 200,
        "listen": 201, "accept": 202, "connect": 203, "sendto": 206, "sendmsg": 211, "add_key": 217,
        "request_key": 218, "keyctl": 219, "execve": 221, "swapon": 224, "swapoff": 225, "rt_tgsigqueueinfo": 240,
        "perf_event_open": 241, "accept4": 242, "name_to_handle_at": 264, "open_by_handle_at": 265, "setns": 268,
        "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272, "finit_module": 273, "bpf": 280,
        "execveat": 281, "userfaultfd": 282, "kexec_file_load": 294,
        "setxattr": 5, "lsetxattr": 6, "fsetxattr": 7, "removexattr": 14, "lremovexattr": 15, "fremovexattr": 16,
        "ioprio_set": 30, "fchmod": 52, "fchmodat": 53, "fchownat": 54, "fchown": 55, "utimensat": 88,
        "sched_setparam": 118, "sched_setscheduler": 119, "sched_setaffinity": 122, "setpriority": 140,
        "migrate_pages": 238, "sched_setattr": 274,
    },
}  # fmt: skip
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435  # its flags are in memory, which a filter cannot read: without it, libc falls back to clone
_TGKILL = {"x86_64": 234, "aarch64": 131}
_PRLIMIT = {"x86_64": 302, "aarch64": 261}


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def restrict(libc: ctypes.CDLL) -> bool:
    """Deny the calls above, for good. Returns whether this system can. Requires PR_SET_NO_NEW_PRIVS."""
    machine = platform.machine()
    if machine not in _AUDIT:
        return False
    code = _filter(machine, os.getpid())
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(buffer))
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(program), 0, 0) == 0)


def _filter(machine: str, pid: int) -> bytes:
    """The BPF program: `struct sock_filter[]`."""
    refuse, unknown = _ERRNO | errno.EPERM, _ERRNO | errno.ENOSYS
    lines = [
        _line(_LOAD, _ARCHITECTURE), _line(_EQUAL, _AUDIT[machine], 1, 0), _line(_RETURN, _KILL),
        _line(_LOAD, _NUMBER), _line(_AT_LEAST, _X32_BIT, 0, 1), _line(_RETURN, refuse),
        _line(_EQUAL, _CLONE3, 0, 1), _line(_RETURN, unknown),
    ]  # fmt: skip
    for number in sorted(_DENIED[machine].values()):
        lines += [_line(_EQUAL, number, 0, 1), _line(_RETURN, refuse)]
    lines += _only_if(_CLONE[machine], _ANY_BIT, _CLONE_THREAD)
    lines += _only_if(_TGKILL[machine], _EQUAL, pid)  # abort() signals itself
    lines += _only_if(_PRLIMIT[machine], _EQUAL, 0)  # its own limits
    return b"".join([*lines, _line(_RETURN, _ALLOW)])


def _only_if(number: int, test: int, value: int) -> list[bytes]:
    """Allow a call only if its first argument passes the test."""
    decide = [_line(_LOAD, _FIRST_ARGUMENT), _line(test, value, 1, 0), _line(_RETURN, _ERRNO | errno.EPERM)]
    return [_line(_EQUAL, number, 0, len(decide) + 1), *decide, _line(_RETURN, _ALLOW)]


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
