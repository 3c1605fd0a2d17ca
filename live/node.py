"""The media node: this process's media socket, fan-out engine, timer and tasks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog

from core.http.readiness import Degraded
from core.settings import Settings
from live.media.fanout.engine import Engine
from live.media.kernel import open_engine, open_receive_engine, unavailable
from live.media.transport.addresses import resolve, shared_host
from live.media.transport.dtls import Certificates
from live.media.transport.frame_aligned_timer import FrameAlignedTimer
from live.media.transport.media_socket import MediaSocket
from live.media.transport.tcp import listen

log = structlog.get_logger("live")


class MediaNode:
    def __init__(self, settings: Settings) -> None:
        """Opens nothing: `run` does."""
        self._settings = settings
        self.certificates = Certificates()
        self._socket: MediaSocket | None = None
        self._engine: Engine | None = None
        self._listener: socket.socket | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._on_time: Callable[[float], None] | None = None
        self._on_stop: Callable[[], Awaitable[None]] | None = None

    def serve(self, on_time: Callable[[float], None], on_stop: Callable[[], Awaitable[None]]) -> None:
        """What to call ten times a second, with the monotonic time, and when media stops."""
        self._on_time, self._on_stop = on_time, on_stop

    def open(self) -> MediaSocket:
        """Bind the port unless it is bound. Raises OSError, KernelMissingError."""
        if self._socket is None:
            settings = self._settings
            host = resolve(settings.media_host or settings.host)
            reading = open_receive_engine(settings.fanout)
            opened = MediaSocket(host, settings.media_port, settings.media_public_address, reading)
            if settings.media_tcp and self.beside_http is None:
                try:
                    self._listener = listen(host, opened.number)
                except OSError as error:
                    opened.socket.close()
                    raise OSError(error.errno, f"{error.strerror} (by TCP: CADEAU_MEDIA_TCP=0 does without)") from None
            self._socket = opened
            self._engine = open_engine(opened.socket, settings.fanout)
        return self._socket

    async def run(self) -> None:
        """Serve media until cancelled; then close every session."""
        media_socket = self.open()
        media_socket.start()
        server = None
        if self._listener is not None:
            server = await asyncio.get_running_loop().create_server(media_socket.streams.new, sock=self._listener)
        log.info("media", port=media_socket.number, addresses=media_socket.hosts, tcp=self._settings.media_tcp,
                 fanout=self.fanout_name)  # fmt: skip
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                await self._run_timer(media_socket)
        finally:
            self._tasks = None
            if server is not None:
                server.close()
            if self._on_stop is not None:
                await self._on_stop()
            media_socket.close()
            self._socket = self._listener = None

    async def _run_timer(self, media_socket: MediaSocket) -> None:
        timer = FrameAlignedTimer()
        media_socket.call_when_awake(timer.fire_if_due)
        while True:
            now = await timer.next()
            media_socket.check_liveness(now)
            if self._on_time is not None:
                self._on_time(now)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the background; nothing once media has stopped, when `on_stop` has closed everything."""
        contained = _contained(work)
        try:
            if self._tasks is not None:
                self._tasks.create_task(contained)
                return
        except RuntimeError:  # it is being stopped
            pass
        contained.close()
        work.close()

    # -- addresses -------------------------------------------------------------------------------

    @property
    def serving(self) -> tuple[MediaSocket, Engine]:
        """The media socket and the fan-out engine. Raises RuntimeError if media is not running."""
        if self._socket is None or self._engine is None or self._tasks is None:
            raise RuntimeError("media is not running")
        return self._socket, self._engine

    @property
    def fanout_name(self) -> str:
        """Which fan-out runs; empty before `open`."""
        return self._engine.name if self._engine is not None else ""

    async def check_fanout(self) -> None:
        """Raises Degraded when media is forwarded in Python only because the kernel has not been built."""
        if self._settings.fanout == "auto" and self._engine is not None and unavailable():
            raise Degraded("python")

    @property
    def beside_http(self) -> str | None:
        """The host of one TCP listener for both HTTP and media, if they share one; None: media has its own."""
        settings = self._settings
        if not settings.media_tcp or settings.media_port != settings.port:
            return None
        return shared_host(resolve(settings.host), resolve(settings.media_host or settings.host))

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """The UDP addresses for sessions."""
        media_socket = self.open()
        return [(host, media_socket.number) for host in media_socket.hosts]

    @property
    def tcp_addresses(self) -> list[tuple[str, int]]:
        """The TCP addresses for sessions; empty if media over TCP is switched off."""
        return self.addresses if self._settings.media_tcp else []


async def _contained(work: Coroutine[Any, Any, None]) -> None:
    """A fault of one session must not end the others, as an exception in the node's TaskGroup would."""
    try:
        await work
    except Exception:
        log.exception("session_task_failed")
