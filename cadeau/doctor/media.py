"""Ports, sockets and the fan-out of media."""

from __future__ import annotations

import errno
import socket

from cadeau.doctor.finding import Answer, Verdict
from core.settings import Settings
from live.media import kernel
from live.media.fanout.python_engine import SOL_UDP, UDP_SEGMENT
from live.media.kernel import build
from live.media.transport.addresses import resolve
from live.media.transport.media_socket import SOCKET_BUFFER_BYTES

SEGMENT_BYTES = 100


def port(kind: socket.SocketKind, name: str, number: int) -> Answer:
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


def media_tcp(settings: Settings) -> Answer:
    if not settings.media_tcp:
        return Verdict.NOTE, "switched off: viewers without UDP cannot watch"
    return port(socket.SOCK_STREAM, settings.media_host or settings.host, settings.media_port)


def gso(_: Settings) -> Answer:
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


def fanout(settings: Settings) -> Answer:
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


def buffers(_: Settings) -> Answer:
    short = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for option, limit in ((socket.SO_SNDBUF, "wmem"), (socket.SO_RCVBUF, "rmem")):
            sock.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER_BYTES)
            if sock.getsockopt(socket.SOL_SOCKET, option) < 2 * SOCKET_BUFFER_BYTES:  # Linux reports twice the size
                short.append(f"net.core.{limit}_max={SOCKET_BUFFER_BYTES}")
    if short:
        return Verdict.NOTE, f"packets may be lost with many viewers: sysctl -w {' '.join(short)}"
    return Verdict.OK, f"the media socket has its {SOCKET_BUFFER_BYTES >> 20} MB in each direction"
