"""What a process in the sandbox cannot do, tried from inside it."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core.sandbox import SANDBOX_UID, Protection, landlock, limits, separate_user
from tests.served import ROOT

LANDLOCK = landlock.version(ctypes.CDLL(None)) if sys.platform == "linux" else 0
needs_landlock = pytest.mark.skipif(LANDLOCK == 0, reason="this kernel has no Landlock")
needs_scopes = pytest.mark.skipif(LANDLOCK < 6, reason="this kernel's Landlock has no scopes")
needs_seccomp = pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no filter for this machine")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change its user")


def confined(code: str, cpu_seconds: int = 20, arguments: str = "") -> subprocess.CompletedProcess[str]:
    """Run code in the sandbox; `missing` is what `enter` returned."""
    boot = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from pathlib import Path; from core import sandbox"
    program = f"{boot}; missing = sandbox.enter({cpu_seconds}, {arguments})\n{code}"
    command = [sys.executable, "-I", "-c", program]
    return subprocess.run(command, env={}, capture_output=True, text=True, timeout=60, check=False)


def refused(code: str, arguments: str = "") -> bool:
    """Whether code ends with an error of permission."""
    ended = confined(code, arguments=arguments)
    assert ended.returncode == 1, ended
    return "PermissionError" in ended.stderr


@needs_landlock
def test_it_reads_nothing_but_its_source_and_the_code_that_runs_it(tmp_path: Path) -> None:
    source, database = tmp_path / "source", tmp_path / "cadeau.db"
    source.write_text("film")
    database.write_text("secret")
    allowed = f"readable=[Path({str(source)!r})]"
    assert confined(f"print(open({str(source)!r}).read())", arguments=allowed).stdout == "film\n"
    assert refused(f"open({str(database)!r})", allowed)
    assert refused(f"open({str(source)!r}, 'a')", allowed)
    assert refused("open('/etc/passwd')")
    assert refused(f"Path({str(tmp_path)!r}, 'new').touch()")
    assert refused(f"import os; os.listdir({str(ROOT)!r})")
    assert refused(f"import os; os.unlink({str(database)!r})")


@needs_landlock
def test_it_writes_regular_files_in_its_folder_and_nothing_else(tmp_path: Path) -> None:
    allowed = f"writable=Path({str(tmp_path)!r})"
    made = confined(f"Path({str(tmp_path)!r}, 'made').write_text('x')", arguments=allowed)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "made").read_text() == "x"
    assert refused(f"import os; os.symlink('/etc/passwd', {str(tmp_path / 'link')!r})", allowed)
    assert refused(f"import os; os.mkfifo({str(tmp_path / 'pipe')!r})", allowed)


@needs_seccomp
@pytest.mark.parametrize(
    "code",
    [
        "import os; os.fork()",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "import os; os.execv('/bin/true', ['true'])",
        "import socket; socket.socket(socket.AF_INET)",
        "import socket; socket.socket(socket.AF_UNIX)",
        "import os; os.kill(os.getppid(), 0)",
        "import os, resource; resource.prlimit(os.getppid(), resource.RLIMIT_CORE)",
        "import os; os.chmod('/dev/null', 0o666)",
        "import os; p = os.getppid(); os.setpriority(os.PRIO_PROCESS, p, os.getpriority(os.PRIO_PROCESS, p))",
    ],
)
def test_it_starts_no_process_opens_no_socket_and_touches_no_other_process(code: str) -> None:
    assert refused(code)


@needs_seccomp
def test_it_may_start_threads_and_abort() -> None:
    assert confined("import threading; t = threading.Thread(target=print); t.start(); t.join()").stdout == "\n"
    assert confined("import os; os.abort()").returncode == -signal.SIGABRT


@needs_scopes
def test_without_the_filter_it_still_cannot_signal_others_or_reach_the_network() -> None:
    """Two layers: Landlock and the network namespace hold where the filter is unknown or has a gap."""
    without = "sandbox.enter.__globals__['seccomp'].restrict = lambda libc: False"
    boot = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from core import sandbox; {without}; sandbox.enter(20)"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        for code in (
            "import os; os.kill(os.getppid(), 0)",
            f"import socket; socket.create_connection(('127.0.0.1', {listener.getsockname()[1]}), 5)",
        ):
            command = [sys.executable, "-I", "-c", f"{boot}\n{code}"]
            ended = subprocess.run(command, env={}, capture_output=True, timeout=60, check=False)
            assert ended.returncode == 1, code


def test_what_this_system_lacks_is_reported() -> None:
    absent = confined("print([part.name for part in missing])").stdout
    assert ("FILES" in absent) == (LANDLOCK == 0)
    assert "CAPABILITIES" not in absent
    hidden = "sandbox.enter.__globals__['landlock'].version = lambda libc: 0"
    boot = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from core import sandbox; {hidden}"
    command = [sys.executable, "-I", "-c", f"{boot}; print(sandbox.Protection.FILES in sandbox.enter(20))"]
    assert subprocess.run(command, env={}, capture_output=True, text=True, check=True).stdout == "True\n"
    assert len({part.value for part in Protection}) == len(Protection)


@needs_root
def test_as_root_it_continues_as_a_user_of_its_own_without_capabilities() -> None:
    ended = confined("import os; print(os.getresuid(), os.getresgid())", arguments=f"uid={SANDBOX_UID}")
    assert ended.stdout == f"{(SANDBOX_UID,) * 3} {(SANDBOX_UID,) * 3}\n", ended.stderr
    kept = confined("import os; os.chroot('/')")
    assert "PermissionError" in kept.stderr


@needs_root
def test_a_user_of_its_own_needs_a_way_to_every_path(tmp_path: Path) -> None:
    assert separate_user([Path("/usr/lib")]) == SANDBOX_UID
    (tmp_path / "private").mkdir(mode=0o700)
    assert separate_user([Path("/usr/lib"), tmp_path / "private" / "source"]) is None


def test_its_memory_is_limited() -> None:
    assert "MemoryError" in confined(f"bytearray({limits.MEMORY_BYTES_MAX})").stderr


def test_its_cpu_time_is_limited() -> None:
    assert confined("while True: pass", cpu_seconds=1).returncode in (-signal.SIGXCPU, -signal.SIGKILL)


def test_its_file_size_is_limited(tmp_path: Path) -> None:
    path = tmp_path / "large"
    opened = f"os.open({str(path)!r}, os.O_CREAT | os.O_WRONLY)"
    code = f"import os; os.pwrite({opened}, b'x', {limits.FILE_BYTES_MAX})"
    assert "File too large" in confined(code, arguments=f"writable=Path({str(tmp_path)!r})").stderr
