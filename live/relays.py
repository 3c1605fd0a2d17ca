"""All live rooms' media on this node: sessions are made here, watched, and ended."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from core.settings import Settings
from live.audience import Audience
from live.errors import RoomNotLive
from live.health import Health, health
from live.media.fanout.engine import Engine
from live.media.kernel import open_engine, open_receive_engine
from live.media.relay.publisher import Publisher
from live.media.relay.relay import Relay
from live.media.relay.subscriber import Subscriber
from live.media.rtp.codec import Codec, Kind
from live.media.rtp.header_extensions import Extensions
from live.media.transport.dtls import Certificates
from live.media.transport.frame_aligned_timer import FrameAlignedTimer
from live.media.transport.media_socket import MediaSocket, resolve
from live.media.transport.peer import ConnectFailed, Peer, Remote
from live.media.transport.tcp import listen, shared_host
from live.media_errors import AlreadyPublishing, ViewersFull
from live.rooms import Rooms, RoomState

LOOK_TICKS = 5  # between two looks at who has gone
LOSING = 0.05  # of a viewer's packets
RETRY_S = 1.0  # after the database refused to hear that a room went live or idle

PresenceListener = Callable[[str, bool], None]
"""Called on the event loop with the room's id: its publisher's picture came (back), or stopped."""

log = structlog.get_logger("live")


@dataclass(frozen=True, slots=True)
class Totals:
    """What this node does at this moment, and the packets it has carried since it started."""

    publishers: int
    viewers: int
    viewers_losing: int  # who lately lost more than one packet in twenty
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int


class Relays:
    def __init__(self, settings: Settings, rooms: Rooms, audience: Audience) -> None:
        """Opens nothing: `run` does."""
        self._settings = settings
        self._rooms = rooms
        self._audience = audience
        self._relays: dict[str, Relay] = {}
        self._live: set[str] = set()  # rooms that were told so
        self._present: set[str] = set()  # whose listeners were told so
        self._listeners: list[PresenceListener] = []
        self._certificates = Certificates()
        self._port: MediaSocket | None = None
        self._engine: Engine | None = None
        self._listener: socket.socket | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._news: dict[str, bool] = {}  # rooms whose state is still to be written: live or not
        self._news_came = asyncio.Event()
        self._packets_in = self._packets_out = self._bytes_in = self._bytes_out = 0  # of what has ended
        rooms.listen(self._room_changed)

    def listen(self, listener: PresenceListener) -> None:
        self._listeners.append(listener)

    # -- running ---------------------------------------------------------------------------------

    def open(self) -> MediaSocket:
        """Bind the port, if that has not been done. Raises OSError."""
        if self._port is None:
            settings = self._settings
            host = resolve(settings.media_host or settings.host)
            reading = open_receive_engine(settings.fanout)
            port = MediaSocket(host, settings.media_port, settings.media_public_address, reading)
            if settings.media_tcp and self.beside_http is None:
                try:
                    self._listener = listen(host, port.number)
                except OSError as error:
                    port.socket.close()
                    raise OSError(error.errno, f"{error.strerror} (by TCP: CADEAU_MEDIA_TCP=0 does without)") from None
            self._port = port
            self._engine = open_engine(port.socket, settings.fanout)
        return self._port

    @property
    def fanout_name(self) -> str:
        """Which fan-out runs; empty before `open`."""
        return self._engine.name if self._engine is not None else ""

    @property
    def beside_http(self) -> str | None:
        """The host of one TCP listener for both HTTP and media, if they are to share it; None: media has its own."""
        settings = self._settings
        if not settings.media_tcp or settings.media_port != settings.port:
            return None
        return shared_host(resolve(settings.host), resolve(settings.media_host or settings.host))

    async def run(self) -> None:
        """Serve media until cancelled; then say goodbye to everybody."""
        port = self.open()
        port.start()
        server = None
        if self._listener is not None:
            server = await asyncio.get_running_loop().create_server(port.streams.new, sock=self._listener)
        log.info("media", port=port.number, addresses=port.hosts, tcp=self._settings.media_tcp,
                 fanout=self.fanout_name)  # fmt: skip
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._tell_rooms(), name="media-news")
                await self._tick(port)
        finally:
            self._tasks = None
            if server is not None:
                server.close()
            for relay in list(self._relays.values()):
                self._relays.pop(relay.name)
                for session in list(relay.sessions()):
                    await session.peer.close()
            port.close()
            self._port = self._listener = None

    async def _tick(self, port: MediaSocket) -> None:
        pulse = FrameAlignedTimer()
        port.on_awake = pulse.awake
        for ticks in itertools.count():
            now = await pulse.next()
            port.tick(now)
            for relay in list(self._relays.values()):
                relay.update(now)
                self._look_after(relay, now, viewers=ticks % LOOK_TICKS == 0)

    def _look_after(self, relay: Relay, now: float, *, viewers: bool) -> None:
        if viewers:
            for viewer in [v for v in relay.subscribers.values() if v.peer.gone(now)]:
                self._end_viewer(relay, viewer)
        publisher = relay.host.publisher
        if publisher is not None and publisher.peer.gone(now):
            self._end_publisher(relay, publisher)
        if relay.is_abandoned(now):
            self._end(relay)
            return
        sending = relay.host.is_sending(now)
        if sending and relay.name not in self._live:
            self._live.add(relay.name)
            self._tell(relay.name, live=True)
        if sending != (relay.name in self._present):
            self._announce(relay, sending)

    async def _tell_rooms(self) -> None:
        """Rooms go live and idle in the database; the latest news of each counts."""
        while True:
            await self._news_came.wait()
            self._news_came.clear()
            while self._news:
                room, live = self._news.popitem()
                try:
                    await (self._rooms.went_live(room) if live else self._rooms.went_idle(room))
                except Exception:
                    log.exception("room_state_not_written", room=room, live=live)
                    self._news.setdefault(room, live)
                    await asyncio.sleep(RETRY_S)

    def _tell(self, room: str, *, live: bool) -> None:
        self._news[room] = live
        self._news_came.set()

    def _announce(self, relay: Relay, present: bool) -> None:
        (self._present.add if present else self._present.discard)(relay.name)
        for listener in self._listeners:
            listener(relay.name, present)

    # -- sessions --------------------------------------------------------------------------------

    def codecs(self, room: str) -> Mapping[Kind, Codec]:
        """What the room's tracks are made of, if it has any: empty when nobody has published lately."""
        relay = self._relays.get(room)
        return {kind: track.codec for kind, track in relay.host.tracks.items()} if relay is not None else {}

    def watchable(self, room: str) -> Mapping[Kind, Codec]:
        """What a viewer gets. Raises RoomNotLive, ViewersFull."""
        relay = self._relays.get(room)
        if relay is None or room not in self._live:
            raise RoomNotLive
        if sum(len(r.subscribers) for r in self._relays.values()) >= self._settings.viewers_max:
            raise ViewersFull
        return self.codecs(room)

    def layered(self, room: str) -> bool:
        """Whether its viewers may be given one layer or another."""
        relay = self._relays.get(room)
        return relay is not None and relay.layered

    def check_vacant(self, room: str) -> None:
        """Raises AlreadyPublishing while somebody really does."""
        relay = self._relays.get(room)
        if relay is not None and relay.host.is_taken(time.monotonic()):
            raise AlreadyPublishing

    def publish(
        self, room: str, codecs: Mapping[Kind, Codec], extensions: Extensions, rids: Sequence[str], remote: Remote
    ) -> Publisher:
        """A publisher's session, waiting for it to connect. Raises AlreadyPublishing."""
        self.check_vacant(room)
        port, engine, tasks = self._serving()
        relay = self._relays.get(room)
        if relay is None:
            relay = self._relays[room] = Relay(room, engine)
        publisher, replaced = relay.host.prepare(codecs, extensions, rids)
        for viewer in list(relay.subscribers.values()) if replaced else ():
            self._end_viewer(relay, viewer)
        publisher.peer = Peer(port, self._certificates.current(), remote, publisher.on_rtp, publisher.on_rtcp,
                              publishes=True)  # fmt: skip
        before = relay.host.replace_publisher(publisher)
        if before is not None:
            tasks.create_task(before.peer.close())
        tasks.create_task(self._connect_publisher(relay, publisher))
        return publisher

    def watch(
        self, room: str, codecs: Mapping[Kind, Codec], send_time: int, dependency: int, remote: Remote
    ) -> Subscriber:
        """A viewer's session, waiting for it to connect. `send_time` and `dependency`: ids of these header extensions,
        0: none.

        Raises RoomNotLive, ViewersFull."""
        self.watchable(room)
        port, _, tasks = self._serving()
        relay = self._relays[room]
        viewer = Subscriber([(relay.host.tracks[kind], codec) for kind, codec in codecs.items()], send_time, dependency)
        viewer.peer = Peer(port, self._certificates.current(), remote, viewer.on_rtp, viewer.on_rtcp, viewer.on_moved)
        relay.subscribers[viewer.session] = viewer
        tasks.create_task(self._connect_viewer(relay, viewer))
        return viewer

    def find_publisher(self, room: str, session: str) -> Publisher | None:
        relay = self._relays.get(room)
        publisher = relay.host.publisher if relay is not None else None
        return publisher if publisher is not None and publisher.session == session else None

    def find_viewer(self, room: str, session: str) -> Subscriber | None:
        relay = self._relays.get(room)
        return relay.subscribers.get(session) if relay is not None else None

    def stop_publishing(self, room: str, session: str) -> None:
        """The publisher said it is done: the room is idle at once."""
        if self.find_publisher(room, session) is not None:
            self._end(self._relays[room])

    def stop_watching(self, room: str, session: str) -> None:
        viewer = self.find_viewer(room, session)
        if viewer is not None:
            self._end_viewer(self._relays[room], viewer)

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Where sessions may reach the port."""
        port = self.open()
        return [(host, port.number) for host in port.hosts]

    @property
    def tcp_addresses(self) -> list[tuple[str, int]]:
        """Where they may reach it by TCP: empty when that is switched off."""
        return self.addresses if self._settings.media_tcp else []

    def _serving(self) -> tuple[MediaSocket, Engine, asyncio.TaskGroup]:
        if self._port is None or self._engine is None or self._tasks is None:
            raise RuntimeError("media does not run")
        return self._port, self._engine, self._tasks

    async def _connect_publisher(self, relay: Relay, publisher: Publisher) -> None:
        try:
            await publisher.peer.connect()
        except ConnectFailed as failure:
            log.info("publisher_failed", room=relay.name, reason=str(failure))
            self._end_publisher(relay, publisher)
        else:
            log.info("publisher_connected", room=relay.name)

    async def _connect_viewer(self, relay: Relay, viewer: Subscriber) -> None:
        try:
            key = await viewer.peer.connect()
        except ConnectFailed:
            self._end_viewer(relay, viewer)
            return
        if relay.subscribers.get(viewer.session) is viewer:
            viewer.start(key)
            self._audience.set_viewers(relay.name, relay.watching)

    # -- ending ----------------------------------------------------------------------------------

    def _end_viewer(self, relay: Relay, viewer: Subscriber) -> None:
        if relay.subscribers.pop(viewer.session, None) is None:
            return
        watched = viewer.watching
        self._packets_out += viewer.packets
        self._bytes_out += viewer.sent_bytes
        viewer.stop()
        if self._tasks is not None:
            self._tasks.create_task(viewer.peer.close())
        if watched:
            self._audience.set_viewers(relay.name, relay.watching)

    def _end_publisher(self, relay: Relay, publisher: Publisher) -> None:
        """It is gone, perhaps to come back: the viewers stay."""
        relay.host.remove_publisher(publisher)
        if self._tasks is not None:
            self._tasks.create_task(publisher.peer.close())

    def _end(self, relay: Relay) -> None:
        """The room has no media any more."""
        if self._relays.pop(relay.name, None) is None:
            return
        for viewer in list(relay.subscribers.values()):
            self._end_viewer(relay, viewer)
        if relay.host.publisher is not None:
            self._end_publisher(relay, relay.host.publisher)
        self._packets_in += relay.packets
        self._bytes_in += relay.payload_bytes
        if relay.name in self._present:
            self._announce(relay, False)
        if relay.name in self._live:
            self._live.discard(relay.name)
            self._tell(relay.name, live=False)

    def _room_changed(self, room: str, state: RoomState) -> None:
        relay = self._relays.get(room)
        if state == "ended" and relay is not None:
            self._end(relay)

    # -- numbers ---------------------------------------------------------------------------------

    def health(self, room: str) -> Health:
        relay = self._relays.get(room)
        return health(relay) if relay is not None else Health()

    @property
    def rooms(self) -> list[str]:
        """Whose media is here, the oldest first."""
        return list(self._relays)

    def totals(self) -> Totals:
        relays = list(self._relays.values())
        viewers = [viewer for relay in relays for viewer in list(relay.subscribers.values())]
        return Totals(
            publishers=len(self._present),
            viewers=sum(viewer.watching for viewer in viewers),
            viewers_losing=sum(viewer.loss > LOSING for viewer in viewers),
            packets_in=self._packets_in + sum(relay.packets for relay in relays),
            packets_out=self._packets_out + sum(viewer.packets for viewer in viewers),
            bytes_in=self._bytes_in + sum(relay.payload_bytes for relay in relays),
            bytes_out=self._bytes_out + sum(viewer.sent_bytes for viewer in viewers),
        )
