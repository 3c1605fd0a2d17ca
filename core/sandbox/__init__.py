"""What a process gives up before it opens an untrusted file: files, network, other processes, its user, resources."""

from core.sandbox.enter import Protection, enter
from core.sandbox.limits import allow_cpu
from core.sandbox.python import isolated_python
from core.sandbox.trial import missing_here
from core.sandbox.user import INTERPRETER, SANDBOX_UID, separate_user

__all__ = [
    "INTERPRETER", "SANDBOX_UID", "Protection", "allow_cpu", "enter", "isolated_python", "missing_here",
    "separate_user",
]  # fmt: skip
