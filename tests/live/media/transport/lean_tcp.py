"""A lean client over TCP, as in a network that blocks UDP."""

from __future__ import annotations

import asyncio
import socket

from tests.live.lean import LeanClient


class OverTcp(LeanClient):
    """A mixin to put before a subclass of LeanClient."""

    receive_buffer_bytes = 0  # the kernel's receive buffer; 0: its default

    def _open_socket(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._incoming = b""

    async def connect(self) -> None:
        await self.dial()
        await super().connect()

    async def dial(self, host: str = "") -> None:
        """Connect to the answer's candidate, or to its port at another address of the server."""
        family = socket.AF_INET6 if ":" in (host or self.address[0]) else socket.AF_INET
        self.socket.close()
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        if self.receive_buffer_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer_bytes)
        self.socket.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(self.socket, (host or self.address[0], self.address[1]))
        loop.add_reader(self.socket, self.drain)

    def send(self, data: bytes) -> None:
        self.send_bytes(len(data).to_bytes(2, "big") + data)

    def send_bytes(self, data: bytes) -> None:
        """Send raw bytes, framed or not."""
        if self.socket.fileno() >= 0:
            self.socket.sendall(data)

    @property
    def is_cut(self) -> bool:
        """The server has closed the connection."""
        return self.socket.fileno() < 0

    def drain(self) -> None:
        try:
            received = self.socket.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self._close_socket()
            return
        self._incoming += received
        while len(self._incoming) >= 2:
            end = 2 + int.from_bytes(self._incoming[:2], "big")
            if len(self._incoming) < end:
                return
            frame, self._incoming = self._incoming[2:end], self._incoming[end:]
            self.on_datagram(frame)
