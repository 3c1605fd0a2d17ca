"""Attackers for tests and benches: one connection each, that sends the same bytes over and over."""

from __future__ import annotations

import contextlib
import select
import socket
import ssl
import statistics
import struct
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ATTACKER = "127.0.0.2"  # another address of this machine than the one that is trusted as a proxy
PIECE_BYTES = 64 * 1024
CONNECT_S_MAX = 20.0

TRUSTING = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # made once: it is slow to make
TRUSTING.check_hostname, TRUSTING.verify_mode = False, ssl.CERT_NONE

HEAD = b"Host: localhost\r\n"
CHUNKED = b"POST /api/people HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HANDSHAKE = (
    b"GET /chat/%s HTTP/1.1\r\n" + HEAD + b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: cadeau.msgpack.v1\r\n\r\n"
)


def frame(opcode: int, payload: bytes = b"", *, last: bool = True) -> bytes:
    """A client's frame, masked with zeros."""
    return bytes((0x80 * last | opcode, 0x80 | len(payload), 0, 0, 0, 0)) + payload


@dataclass(frozen=True)
class Flood:
    """`first` is sent once, `again` repeatedly; on a WebSocket after a handshake in a room.

    `wanted`: the status or close code with which the server ends it; 0 if it goes on, at the pace of the answers."""

    again: bytes
    first: bytes = b""
    wanted: int = 1008

    @property
    def websocket(self) -> bool:
        return self.wanted >= 1000


WEBSOCKET_FLOODS = {
    "empty pings": Flood(frame(9)),
    "pongs": Flood(frame(10, bytes(125))),
    "empty fragments": Flood(frame(0, last=False), frame(2, last=False)),
    "invalid messages": Flood(frame(2, b"\xc1")),
    "empty text": Flood(frame(1)),
    "likes": Flood(frame(2, b"\x82\xa4type\xa4like\xa5count\x01")),
}
HTTP_FLOODS = {
    "a long address": Flood(b"x", b"GET /", 414),
    "a long header": Flood(b"x", b"GET / HTTP/1.1\r\nX: ", 431),
    "header lines": Flood(b"X: y\r\n", b"GET / HTTP/1.1\r\n", 431),
    "empty lines": Flood(b"\r\n", b"", 400),
    "trailers": Flood(b"X: y\r\n", CHUNKED + b"0\r\n", 400),
    "chunk extensions": Flood(b";a=b", CHUNKED + b"1", 400),
    "tiny chunks": Flood(b"1\r\nx\r\n", CHUNKED, 413),
    "requests ahead": Flood(b"GET /healthz HTTP/1.1\r\n" + HEAD + b"\r\n", b"", 0),
}
FLOODS = WEBSOCKET_FLOODS | HTTP_FLOODS


@dataclass
class Attacker:
    """Connects to a server's port, directly or, with `tls`, through nginx."""

    port: int
    room: str
    tls: bool = False
    address: str = ATTACKER
    received: bytes = b""
    closed: bool = False
    sent: int = 0  # bytes

    def connect(self, first: bytes = b"") -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), CONNECT_S_MAX, (self.address, 0))
        connection.settimeout(CONNECT_S_MAX)
        if self.tls:
            connection = TRUSTING.wrap_socket(connection)
        connection.sendall(first)
        return connection

    def enter(self) -> socket.socket:
        """A WebSocket in the room. Raises ConnectionError when it is refused."""
        connection = self.connect(HANDSHAKE % self.room.encode())
        answer = b""
        while b"welcome" not in answer:
            piece = connection.recv(65_536)
            answer += piece
            if not piece or b"too many" in answer or b" 429 " in answer[:20]:
                connection.close()
                raise ConnectionError(answer[:100])
        return connection

    def run(self, flood: Flood, seconds: float, *, linger_s: float = 2.0) -> None:
        """Flood until the time is over or the server has closed the connection, and read what it still sends."""
        with self.enter() if flood.websocket else self.connect() as connection:
            began = time.monotonic()
            with contextlib.suppress(OSError):
                self._send(connection, flood.first)
                piece = flood.again * (PIECE_BYTES // len(flood.again) + 1)
                while time.monotonic() - began < seconds and not self.closed:
                    if self._ready(connection):
                        self._send(connection, piece)
            self._read_on(connection, time.monotonic() + linger_s)

    @property
    def close_code(self) -> int:
        """Of the close frame that came last; 0 without one."""
        at = self.received.rfind(b"\x88")
        return int(struct.unpack_from("!H", self.received, at + 2)[0]) if 0 <= at <= len(self.received) - 4 else 0

    @property
    def status(self) -> int:
        """Of the last answer."""
        at = self.received.rfind(b"HTTP/1.1 ")
        return int(self.received[at + 9 : at + 12]) if at >= 0 else 0

    def _ready(self, connection: socket.socket) -> bool:
        readable, writable, _ = select.select([connection], [connection], [], 0.05)
        if readable:
            self._read(connection)
        return bool(writable) and not self.closed

    def _send(self, connection: socket.socket, data: bytes) -> None:
        connection.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            self.sent += connection.send(data) if data else 0

    def _read(self, connection: socket.socket) -> None:
        connection.settimeout(0.2)
        try:
            piece = connection.recv(65_536)
        except (TimeoutError, ssl.SSLWantReadError):
            return
        except OSError:
            piece = b""
        self.received = (self.received + piece)[-65_536:]
        self.closed = self.closed or not piece

    def _read_on(self, connection: socket.socket, deadline: float) -> None:
        while not self.closed and time.monotonic() < deadline:
            if self.received and not select.select([connection], [], [], 0.5)[0]:
                return
            self._read(connection)


@dataclass
class Watch:
    """What somebody else meets meanwhile, on a connection of their own, and how much memory the server uses."""

    port: int
    pid: int
    waits: list[float] = field(default_factory=list)  # seconds for an answer each
    memory: list[float] = field(default_factory=list)  # MB

    @contextlib.contextmanager
    def watching(self) -> Iterator[Watch]:
        stop = threading.Event()
        thread = threading.Thread(target=self._ask, args=(stop,))
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()

    @property
    def longest(self) -> float:
        return max(self.waits)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.waits, n=100)[-1]

    @property
    def growth(self) -> float:
        """MB, from the first measurement to the highest."""
        return max(self.memory) - self.memory[0]

    def _ask(self, stop: threading.Event) -> None:
        with socket.create_connection(("127.0.0.1", self.port), CONNECT_S_MAX) as connection:
            while not stop.is_set():
                began = time.monotonic()
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = b""
                while b"true" not in answer:
                    piece = connection.recv(65_536)
                    assert piece, answer
                    answer += piece
                self.waits.append(time.monotonic() - began)
                self.memory.append(resident_mb(self.pid))
                time.sleep(0.01)


def resident_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 1e6


def attack(port: int, room: str, name: str, connections: int) -> None:
    """For as many seconds as a line on stdin says, over several connections, each followed by the next."""
    print("ready", flush=True)
    until = time.monotonic() + float(sys.stdin.readline())

    def reconnect() -> None:
        while (left := until - time.monotonic()) > 0:
            with contextlib.suppress(OSError):
                Attacker(port, room).run(FLOODS[name], left, linger_s=0)

    threads = [threading.Thread(target=reconnect) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    attack(int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
