"""`cadeau doctor`: checks everything the server needs, one line per check. Also works while the server runs.

It changes nothing, and creates nothing that the first start would create.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import os
import resource
import shutil
import socket
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from cadeau.migrations import revisions
from cadeau.pages.files import DIST
from core.bus import open_bus
from core.clock import system_clock
from core.database import Database, database_url, sqlite_path
from core.http.health import WRITABLE_BYTES_MIN
from core.ids import new_id
from core.settings import Settings
from core.storage import open_storage, storage_folder
from live.media import kernel
from live.media.fanout.python_engine import SOL_UDP, UDP_SEGMENT
from live.media.kernel import build
from live.media.transport.addresses import resolve
from live.media.transport.media_socket import SOCKET_BUFFER_BYTES
from money.rates import Rates
from vod.sandbox import INTERPRETER, missing_here, separate_user

PYTHON_MIN = (3, 11)
DESCRIPTORS_BESIDE = 200  # files, databases and listeners, beside clients' connections
TIMEOUT_S = 10.0
DISK_FREE_BYTES_GOOD = 2_000_000_000  # one upload of the largest size and what is made of it
SEGMENT_BYTES = 100
PROBE_FTS5 = "CREATE VIRTUAL TABLE probe USING fts5(words, tokenize = 'ascii', detail = none, prefix = '1 2')"


class Verdict(Enum):
    OK = "ok"
    NOTE = "note"  # works, but could be better
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    subject: str
    verdict: Verdict
    text: str

    def __str__(self) -> str:
        return f"{self.verdict.value:8} {self.subject:12} {self.text}"


Answer = tuple[Verdict, str]


def examine(settings: Settings) -> Iterator[Finding]:
    """Run the checks and yield their findings. A check that raises is a problem and does not stop the others."""
    checks: list[tuple[str, Callable[[Settings], Answer]]] = [
        ("python", _python),
        ("settings", _settings),
        ("database", _database),
        ("search", _search),
        ("bus", _bus),
        ("storage", _storage),
        ("sandbox", _sandbox),
        ("disk", _disk),
        ("client", _client),
        ("http port", lambda s: _port(socket.SOCK_STREAM, s.host, s.port)),
        ("media udp", lambda s: _port(socket.SOCK_DGRAM, s.media_host or s.host, s.media_port)),
        ("media tcp", _media_tcp),
        ("gso", _gso),
        ("fan-out", _fanout),
        ("buffers", _buffers),
        ("descriptors", _descriptors),
        ("clock", _clock),
        ("coin value", _coin_value),
    ]
    for subject, check in checks:
        try:
            verdict, text = check(settings)
        except Exception as error:
            verdict, text = Verdict.PROBLEM, _reason(error)
        yield Finding(subject, verdict, text)


def _reason(error: Exception) -> str:
    """The first line of a driver's message, which names hosts but no passwords."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _python(_: Settings) -> Answer:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info[:2] >= PYTHON_MIN
    return (Verdict.OK, version) if good else (Verdict.PROBLEM, f"{version}, but Cadeau needs 3.11 or newer")


def _settings(settings: Settings) -> Answer:
    given = sum(1 for name in os.environ if name.startswith("CADEAU_"))
    return Verdict.OK, f"valid, {given} set in the environment, for {settings.env}"


def _database(settings: Settings) -> Answer:
    url = database_url(settings)
    file = sqlite_path(url)
    if file is not None and not file.exists():
        return _to_be_made(file.parent, "the SQLite file")
    database = Database(url)
    try:
        current, wanted = revisions(database)
    finally:
        database.close()
    kind = f"SQLite, {file}" if file else "PostgreSQL"
    if file is not None and not os.access(file, os.W_OK):
        return Verdict.PROBLEM, f"{file} is not writable"
    if current == wanted:
        return Verdict.OK, f"{kind}, tables up to date"
    return Verdict.NOTE, f"{kind}, tables at revision {current}: the next start migrates them to {wanted}"


def _search(settings: Settings) -> Answer:
    """The full-text index of `vod/search`: FTS5 of SQLite, or PostgreSQL's own, which needs no extension."""
    url = database_url(settings)
    if sqlite_path(url) is not None:
        return _fts5()
    database = Database(url)
    try:
        encoding = database.read(lambda connection: connection.execute(text("SHOW server_encoding")).scalar_one())
    except SQLAlchemyError:
        return Verdict.NOTE, "not looked at: the database does not answer"
    finally:
        database.close()
    if encoding == "UTF8":
        return Verdict.OK, "PostgreSQL's full text, in UTF-8"
    return Verdict.PROBLEM, f"the database is in {encoding}: create one with ENCODING 'UTF8' and restore a backup there"


def _fts5() -> Answer:
    with contextlib.closing(sqlite3.connect(":memory:")) as memory:
        try:
            memory.execute(PROBE_FTS5)
        except sqlite3.OperationalError as error:
            remedy = "install a Python whose SQLite is built with SQLITE_ENABLE_FTS5, or use PostgreSQL"
            return Verdict.PROBLEM, f"SQLite {sqlite3.sqlite_version} has no full-text index ({error}): {remedy}"
    return Verdict.OK, f"SQLite {sqlite3.sqlite_version} with FTS5"


def _to_be_made(folder: Path, what: str) -> Answer:
    """The first start can create something if the nearest existing parent folder is writable."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        return Verdict.NOTE, f"{what} does not exist yet: the first start creates it in {folder}"
    return Verdict.PROBLEM, f"{there} is not writable, so {what} cannot be created"


def _bus(settings: Settings) -> Answer:
    async def ping() -> None:
        bus = open_bus(settings)
        await bus.ping()
        running = asyncio.create_task(bus.run())  # its cancellation closes the connections
        await asyncio.sleep(0)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    asyncio.run(asyncio.wait_for(ping(), TIMEOUT_S))
    return Verdict.OK, "Redis answers" if settings.redis_url else "in-process: enough for one process"


def _storage(settings: Settings) -> Answer:
    local = not settings.storage_url.startswith("s3:")
    if local and not storage_folder(settings).exists():
        return _to_be_made(storage_folder(settings), "the storage folder")
    storage = open_storage(settings)
    try:
        key = f"doctor/{new_id()}"
        storage.put_bytes(key, b"written by cadeau doctor")
        storage.delete(key)
    finally:
        storage.close()
    return Verdict.OK, f"{storage_folder(settings) if local else 'S3'} is writable"


def _sandbox(settings: Settings) -> Answer:
    """Whether a hostile video file is confined as well as it could be."""
    lacking = missing_here()
    if lacking:
        return Verdict.NOTE, "a hostile video that takes over transcoding could " + ", ".join(p.value for p in lacking)
    if os.geteuid() == 0 and separate_user([settings.data_dir / "uploads" / "x", *INTERPRETER]) is None:
        return Verdict.NOTE, "transcoding runs as root without its capabilities: other users cannot reach all its files"
    return Verdict.OK, "transcoding is confined to its own files, without network or other processes"


def _disk(settings: Settings) -> Answer:
    """Uploads and SQLite need room where the data is."""
    there = next(path for path in (settings.data_dir, *settings.data_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    text = f"{free / 1e9:.1f} GB are free for {settings.data_dir}"
    if free < WRITABLE_BYTES_MIN:
        return Verdict.PROBLEM, f"{text}: the server cannot write"
    return (Verdict.OK if free >= DISK_FREE_BYTES_GOOD else Verdict.NOTE), text


def _client(_: Settings) -> Answer:
    if (DIST / "index.html").exists():
        return Verdict.OK, "the web client is built"
    return Verdict.PROBLEM, f"{DIST} has no web client: run `make client`"


def _port(kind: socket.SocketKind, name: str, number: int) -> Answer:
    host = resolve(name)
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as tried:
        if kind == socket.SOCK_STREAM:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if tried.family == socket.AF_INET6:
            tried.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if host == "::" else 1)
        try:
            tried.bind((host, number))
            if kind == socket.SOCK_STREAM:
                tried.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return Verdict.NOTE, f"{host} {number} is in use, possibly by the running server"
            return Verdict.PROBLEM, f"{host} {number}: {error.strerror}"
    return Verdict.OK, f"{host} {number} is free"


def _media_tcp(settings: Settings) -> Answer:
    if not settings.media_tcp:
        return Verdict.NOTE, "switched off: viewers without UDP cannot watch"
    return _port(socket.SOCK_STREAM, settings.media_host or settings.host, settings.media_port)


def _gso(_: Settings) -> Answer:
    """Send two packets in one call: a system may accept the option without supporting it."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver,
    ):
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(1)
        try:
            sender.setsockopt(SOL_UDP, UDP_SEGMENT, SEGMENT_BYTES)
            sender.sendto(bytes(2 * SEGMENT_BYTES), receiver.getsockname())
            cut = [len(receiver.recv(1000)) for _ in range(2)] == [SEGMENT_BYTES] * 2
        except OSError:
            cut = False
    if cut:
        return Verdict.OK, "the operating system splits packets (UDP GSO)"
    return Verdict.NOTE, "no UDP GSO: every packet needs its own system call"


def _fanout(settings: Settings) -> Answer:
    reason = kernel.unavailable() and _why_no_kernel()
    if reason and settings.fanout == "c":
        return Verdict.PROBLEM, f"CADEAU_FANOUT=c, but the C kernel is unavailable: {reason}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        name = kernel.open_engine(sock, settings.fanout).name
    if reason and settings.fanout == "auto":
        return Verdict.NOTE, f"{name}, which needs about three times the CPU of the C fan-out: {reason}"
    return Verdict.OK, f"{name} (CADEAU_FANOUT={settings.fanout})"


def _why_no_kernel() -> str:
    if build.BUILT.exists():
        return kernel.unavailable()
    try:
        build.check()
    except build.CannotBuildError as missing:
        return str(missing)
    return "it is not built: run `python -m live.media.kernel.build`"


def _buffers(_: Settings) -> Answer:
    short = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for option, limit in ((socket.SO_SNDBUF, "wmem"), (socket.SO_RCVBUF, "rmem")):
            sock.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER_BYTES)
            if sock.getsockopt(socket.SOL_SOCKET, option) < 2 * SOCKET_BUFFER_BYTES:  # Linux reports twice the size
                short.append(f"net.core.{limit}_max={SOCKET_BUFFER_BYTES}")
    if short:
        return Verdict.NOTE, f"packets may be lost with many viewers: sysctl -w {' '.join(short)}"
    return Verdict.OK, f"the media socket has its {SOCKET_BUFFER_BYTES >> 20} MB in each direction"


def _descriptors(settings: Settings) -> Answer:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    needed = settings.sockets_max + settings.viewers_max + DESCRIPTORS_BESIDE
    if limit == resource.RLIM_INFINITY or limit >= needed:
        return Verdict.OK, f"{limit} files may be open, {needed} are needed at most"
    text = f"{limit} files may be open, but CADEAU_SOCKETS_MAX and CADEAU_VIEWERS_MAX need {needed}: ulimit -n {needed}"
    return (Verdict.PROBLEM if settings.production else Verdict.NOTE), text


def _clock(_: Settings) -> Answer:
    """The clock that dates people, purchases and statements."""
    newest = max(path.stat().st_mtime for path in Path(__file__).parent.glob("*.py"))
    if time.time() < newest:
        return Verdict.PROBLEM, f"{time.strftime('%Y-%m-%d %H:%M')} is before this code was installed"
    synchronized = _is_synchronized()
    if synchronized is None:
        return Verdict.OK, "plausible; this system does not report whether it is synchronized"
    if not synchronized:
        return Verdict.NOTE, "plausible, but the operating system reports it as not synchronized (NTP)"
    return Verdict.OK, "synchronized"


def _coin_value(settings: Settings) -> Answer:
    """The value of an earned coin in the settings and in the database, against the worst pack's break-even."""
    rates = Rates.from_settings(settings, system_clock)
    file = sqlite_path(database_url(settings))
    if file is None or file.exists():
        database = Database(database_url(settings))
        try:
            with contextlib.suppress(SQLAlchemyError):  # reported by another check
                current, wanted = revisions(database)
                if current == wanted:
                    database.read(rates.check)
        finally:
            database.close()
    worst = rates.break_even.results()[0]
    return Verdict.OK, f"{settings.coin_rates} for 1,000 earned coins; {worst}"


def _is_synchronized() -> bool | None:
    """The state reported by adjtimex(2), read without changing anything; None where it is unavailable."""
    unsynchronized = 5  # TIME_ERROR
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    except AttributeError:
        return None
    return None if state < 0 else bool(state != unsynchronized)
