"""The C kernel makes no invalid memory access, whatever the input."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import live.media.kernel.build as building
from tests.live.media.kernel.kernel_here import DEBIAN, ROOT, buildable

FUZZ_S = 15


@pytest.fixture(scope="module")
def sanitized(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A kernel that ends its process at the first undefined behaviour, and the environment for that process."""
    folder = tmp_path_factory.mktemp("sanitized")
    if shutil.which("gcc") is None and not DEBIAN:
        pytest.skip("there is no gcc here")
    preloaded = []
    for name in ("libasan.so", "libubsan.so"):
        asked = subprocess.run(["gcc", f"-print-file-name={name}"], capture_output=True, text=True, check=True)
        if not Path(asked.stdout.strip()).is_absolute() and not DEBIAN:
            pytest.skip(f"there is no {name} here")
        preloaded.append(asked.stdout.strip())
    faulty = folder / "faulty.so"
    source = Path(__file__).parent / "faulty_sendmmsg.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-Wall", str(source), "-o", str(faulty), "-ldl"], check=True)
    kernel = folder / building.BUILT.name
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CC", "gcc")
        flags = ["-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"]
        building.build(kernel, flags)
    environment = {
        **os.environ,
        "LD_PRELOAD": " ".join(preloaded),
        "FAULTY": str(faulty),
        "ASAN_OPTIONS": "detect_leaks=0:abort_on_error=0:exitcode=99",  # ignore leaks of the interpreter itself
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",  # so that the interpreter's objects are checked too
    }
    return kernel, environment


def run_child(sanitized: tuple[Path, dict[str, str]], *arguments: str, faulty: bool = False, seed: int = 1) -> None:
    kernel, environment = sanitized
    if faulty:
        preload = f"{environment['LD_PRELOAD']} {environment['FAULTY']}"
        environment = {**environment, "LD_PRELOAD": preload, "FAULTS_SEED": str(seed)}
    command = [sys.executable, "-m", "tests.live.media.kernel.kernel_child", str(kernel), *arguments]
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300)
    print(done.stdout[-4000:])
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}\n{done.stderr[-20_000:]}"


@buildable
def test_the_sanitizers_work(sanitized: tuple[Path, dict[str, str]]) -> None:
    """Otherwise the tests below could never fail."""
    kernel, environment = sanitized
    symbols = kernel.read_bytes()
    assert b"__asan_report_load" in symbols
    assert b"__ubsan_handle" in symbols
    poke = "import ctypes; ctypes.CDLL(None).memset(ctypes.c_void_p(ctypes.CDLL(None).malloc(8) or 8), 0, 9)"
    poke = poke.replace("ctypes.CDLL(None).malloc(8)", "(lambda f: (setattr(f, 'restype', ctypes.c_void_p), f(8))[1])"
                        "(ctypes.CDLL(None).malloc)")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", poke], env=environment, capture_output=True, text=True)
    assert done.returncode == 99
    assert "heap-buffer-overflow" in done.stderr


@buildable
def test_the_conformance_suites_access_no_invalid_memory(sanitized: tuple[Path, dict[str, str]]) -> None:
    run_child(sanitized, "suite")


@buildable
@pytest.mark.parametrize("faulty", [False, True], ids=["", "over a faulty sendmmsg"])
def test_random_calls_access_no_invalid_memory(sanitized: tuple[Path, dict[str, str]], faulty: bool) -> None:
    """A failed run reports its seed: set KERNEL_FUZZ_SEED to repeat it."""
    seed = int(os.environ.get("KERNEL_FUZZ_SEED", secrets.randbits(31)))
    print(f"KERNEL_FUZZ_SEED={seed}")
    run_child(sanitized, "fuzz", str(seed), str(FUZZ_S / 2), faulty=faulty, seed=seed)


@buildable
def test_packets_lost_to_a_faulty_sendmmsg_are_counted(sanitized: tuple[Path, dict[str, str]]) -> None:
    run_child(sanitized, "faults", faulty=True)
