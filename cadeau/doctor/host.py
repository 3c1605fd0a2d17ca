"""The machine and the program on it."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import sys
import time
from pathlib import Path

from cadeau.doctor.finding import Answer, Verdict
from cadeau.pages.files import DIST
from core.http.health import WRITABLE_BYTES_MIN
from core.sandbox import INTERPRETER, missing_here, separate_user
from core.settings import Settings

PYTHON_MIN = (3, 11)
DESCRIPTORS_BESIDE = 200  # files, databases and listeners, beside clients' connections
DISK_FREE_BYTES_GOOD = 2_000_000_000  # one upload of the largest size and what is made of it


def python(_: Settings) -> Answer:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info[:2] >= PYTHON_MIN
    return (Verdict.OK, version) if good else (Verdict.PROBLEM, f"{version}, but Cadeau needs 3.11 or newer")


def settings(given: Settings) -> Answer:
    count = sum(1 for name in os.environ if name.startswith("CADEAU_"))
    return Verdict.OK, f"valid, {count} set in the environment, for {given.env}"


def sandbox(settings: Settings) -> Answer:
    """Whether a hostile video file is confined as well as it could be."""
    lacking = missing_here()
    if lacking:
        return Verdict.NOTE, "a hostile video that takes over transcoding could " + ", ".join(p.value for p in lacking)
    if os.geteuid() == 0 and separate_user([settings.data_dir / "uploads" / "x", *INTERPRETER]) is None:
        return Verdict.NOTE, "transcoding runs as root without its capabilities: other users cannot reach all its files"
    return Verdict.OK, "transcoding is confined to its own files, without network or other processes"


def disk(settings: Settings) -> Answer:
    """Uploads and SQLite need room where the data is."""
    there = next(path for path in (settings.data_dir, *settings.data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 1e9:.1f} GB are free for {settings.data_dir}"
    if free < WRITABLE_BYTES_MIN:
        return Verdict.PROBLEM, f"{text}: the server cannot write"
    return (Verdict.OK if free >= DISK_FREE_BYTES_GOOD else Verdict.NOTE), text


def client(_: Settings) -> Answer:
    if (DIST / "index.html").exists():
        return Verdict.OK, "the web client is built"
    return Verdict.PROBLEM, f"{DIST} has no web client: run `make client`"


def descriptors(settings: Settings) -> Answer:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    needed = settings.sockets_max + settings.viewers_max + DESCRIPTORS_BESIDE
    if limit == resource.RLIM_INFINITY or limit >= needed:
        return Verdict.OK, f"{limit} files may be open, {needed} are needed at most"
    text = f"{limit} files may be open, but CADEAU_SOCKETS_MAX and CADEAU_VIEWERS_MAX need {needed}: ulimit -n {needed}"
    return (Verdict.PROBLEM if settings.production else Verdict.NOTE), text


def clock(_: Settings) -> Answer:
    """The clock that dates people, purchases and statements."""
    newest = max(path.stat().st_mtime for path in Path(__file__).parent.parent.glob("*.py"))
    if time.time() < newest:
        return Verdict.PROBLEM, f"{time.strftime('%Y-%m-%d %H:%M')} is before this code was installed"
    synchronized = _is_synchronized()
    if synchronized is None:
        return Verdict.OK, "plausible; this system does not report whether it is synchronized"
    if not synchronized:
        return Verdict.NOTE, "plausible, but the operating system reports it as not synchronized (NTP)"
    return Verdict.OK, "synchronized"


def _is_synchronized() -> bool | None:
    """The state reported by adjtimex(2), read without changing anything; None where it is unavailable."""
    unsynchronized = 5  # TIME_ERROR
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    except AttributeError:
        return None
    return None if state < 0 else bool(state != unsynchronized)
