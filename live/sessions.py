"""Creates, finds and ends this node's media sessions."""

from __future__ import annotations

import functools
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from core.settings import Settings
from live.audience import Audience
from live.errors import AlreadyPublishing, RoomNotLive
from live.media.relay.publisher import Publisher
from live.media.relay.relay import HOST, Relay
from live.media.relay.source import Source
from live.media.relay.subscriber import Subscriber
from live.media.rtp.codec import Codec, Kind
from live.media.rtp.header_extensions import Extensions
from live.media.transport.peer import ConnectFailed, Peer, Remote
from live.monitoring.health import Health, health
from live.node import MediaNode
from live.nodes import Claim
from live.ownership import Ownership
from live.presence import Presence
from live.rooms import Rooms, RoomState
from live.seats import Seat, Seats, Watcher

GONE_CHECK_TICKS = 5  # calls of the timer between two checks for timed-out viewers
LOSING = 0.05  # of a viewer's packets

log = structlog.get_logger("live")


@dataclass(frozen=True, slots=True)
class Totals:
    """This node's current load, and the packets it has forwarded since it started."""

    publishers: int
    viewers: int
    viewers_losing: int  # who recently lost more than one packet in twenty
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int


class MediaSessions:
    def __init__(
        self,
        settings: Settings,
        node: MediaNode,
        rooms: Rooms,
        ownership: Ownership,
        presence: Presence,
        audience: Audience,
    ) -> None:
        self._settings = settings
        self._node = node
        self._presence = presence
        self._audience = audience
        self.relays: dict[str, Relay] = {}  # by room, the oldest first
        self._claims: dict[str, Claim] = {}  # the claim of each relay
        self._seats = Seats(settings.viewers_max)
        self._ticks = itertools.count()
        self._packets_in = self._packets_out = self._bytes_in = self._bytes_out = 0  # of relays that have ended
        node.serve(self._update, self._close_all)
        rooms.listen(self._on_room_state)
        ownership.on_loss(self._on_loss)

    # -- publishing ------------------------------------------------------------------------------

    def codecs(self, room: str, source: str = HOST) -> Mapping[Kind, Codec]:
        """The health of a source's tracks; empty if nothing was published recently."""
        found = self._source(room, source)
        return {kind: track.codec for kind, track in found.tracks.items()} if found is not None else {}

    def check_vacant(self, room: str, source: str = HOST) -> None:
        """Raises AlreadyPublishing while a publisher is there."""
        found = self._source(room, source)
        if found is not None and found.is_taken(time.monotonic()):
            raise AlreadyPublishing

    def publish(
        self, claim: Claim, codecs: Mapping[Kind, Codec], extensions: Extensions, rids: Sequence[str], remote: Remote,
        source: str = HOST,
    ) -> Publisher:  # fmt: skip
        """Create a publisher's session, which waits for its connection. `claim`: from `Ownership.claim`, with nothing
        awaited since. Raises AlreadyPublishing."""
        self.check_vacant(claim.room, source)
        media_socket, engine = self._node.serving
        relay = self.relays.get(claim.room)
        if relay is None:
            relay = self.relays[claim.room] = Relay(claim.room, engine)
        self._claims[claim.room] = claim
        self._presence.open(claim)
        target = relay.sources[source]
        publisher, replaced = target.prepare(codecs, extensions, rids)
        for viewer in list(relay.subscribers.values()) if replaced else ():  # they cannot decode it and must rejoin
            self._end_viewer(relay, viewer)
        publisher.peer = Peer(media_socket, self._node.certificates.current(), remote, publisher.on_rtp,
                              publisher.on_rtcp, publishes=True)  # fmt: skip
        before = target.replace_publisher(publisher)
        if before is not None:
            self._node.spawn(before.peer.close())
        self._node.spawn(self._connect_publisher(relay, target, publisher))
        return publisher

    def find_publisher(self, room: str, session: str) -> Publisher | None:
        relay = self.relays.get(room)
        publishers = (source.publisher for source in relay.sources.values()) if relay is not None else ()
        return next((p for p in publishers if p is not None and p.session == session), None)

    def stop_publishing(self, room: str, session: str) -> None:
        """End a publisher's session at its request. If it is the host's, the room is idle at once."""
        publisher = self.find_publisher(room, session)
        if publisher is None:
            return
        relay = self.relays[room]
        if publisher is relay.host.publisher:
            self._close(relay)
            return
        for source in relay.sources.values():
            if source.publisher is publisher:
                self._end_publisher(source, publisher)

    async def _connect_publisher(self, relay: Relay, source: Source, publisher: Publisher) -> None:
        try:
            await publisher.peer.connect()
        except ConnectFailed as failure:
            log.info("publisher_failed", room=relay.name, reason=str(failure))
            self._end_publisher(source, publisher)
        else:
            log.info("publisher_connected", room=relay.name)

    def _source(self, room: str, source: str) -> Source | None:
        relay = self.relays.get(room)
        return relay.sources.get(source) if relay is not None else None

    # -- watching --------------------------------------------------------------------------------

    def watchable(self, room: str, watcher: Watcher) -> Mapping[Kind, Codec]:
        """The codecs a viewer gets. Raises RoomNotLive, also when it is live on another node; ViewersFull."""
        if room not in self.relays or not self._presence.is_live(room):
            raise RoomNotLive
        self._seats.yielding(watcher)
        return self.codecs(room)

    def layered(self, room: str) -> bool:
        """Whether viewers can be sent different layers."""
        relay = self.relays.get(room)
        return relay is not None and relay.layered

    def watch(
        self, room: str, codecs: Mapping[Kind, Codec], send_time: int, dependency: int, remote: Remote, watcher: Watcher
    ) -> Subscriber:
        """Create a viewer's session, which waits for its connection. `send_time`, `dependency`: the ids of the header
        extensions abs-send-time and dependency descriptor; 0: not negotiated.

        Raises RoomNotLive, ViewersFull."""
        self.watchable(room, watcher)
        for seat in self._seats.yielding(watcher):
            self.stop_watching(seat.room, seat.session)
        media_socket, _ = self._node.serving
        relay = self.relays[room]
        viewer = Subscriber(
            [(relay.host.tracks[kind], codec) for kind, codec in codecs.items()], send_time, dependency,
            lowest=watcher.preview,
        )  # fmt: skip
        viewer.peer = Peer(media_socket, self._node.certificates.current(), remote, viewer.on_rtp, viewer.on_rtcp,
                           viewer.on_moved)  # fmt: skip
        viewer.peer.on_closed = functools.partial(self._end_viewer, relay, viewer)
        relay.subscribers[viewer.session] = viewer
        self._seats.take(Seat(room, viewer.session, watcher, time.monotonic()))
        self._node.spawn(self._connect_viewer(relay, viewer))
        return viewer

    def find_viewer(self, room: str, session: str) -> Subscriber | None:
        relay = self.relays.get(room)
        return relay.subscribers.get(session) if relay is not None else None

    def stop_watching(self, room: str, session: str) -> None:
        viewer = self.find_viewer(room, session)
        if viewer is not None:
            self._end_viewer(self.relays[room], viewer)

    async def _connect_viewer(self, relay: Relay, viewer: Subscriber) -> None:
        try:
            key = await viewer.peer.connect()
        except ConnectFailed:
            self._end_viewer(relay, viewer)
            return
        if viewer.peer.address is None:  # the TCP connection it was nominated on ended during the handshake
            self._end_viewer(relay, viewer)
            return
        if relay.subscribers.get(viewer.session) is not viewer:
            return
        try:
            viewer.start(key)
        except Exception:  # its fault is not the others'
            log.exception("viewer_failed", room=relay.name)
            self._end_viewer(relay, viewer)
        else:
            self._seats.connected(viewer.session)
            self._count_viewers(relay)

    def _count_viewers(self, relay: Relay) -> None:
        self._audience.set_viewers(self._claims[relay.name], self._seats.viewers(relay.name))

    # -- ending ----------------------------------------------------------------------------------

    def _update(self, now: float) -> None:
        """Ten times a second."""
        check_viewers = next(self._ticks) % GONE_CHECK_TICKS == 0
        for seat in self._seats.expired(now):
            self.stop_watching(seat.room, seat.session)
        for relay in list(self.relays.values()):
            try:
                self._update_relay(relay, now, check_viewers)
            except Exception:  # one room's fault is not the others'
                log.exception("relay_failed", room=relay.name)
                self._close(relay)

    def _update_relay(self, relay: Relay, now: float, check_viewers: bool) -> None:
        relay.update(now)
        if check_viewers:
            for viewer in [v for v in relay.subscribers.values() if v.peer.gone(now)]:
                self._end_viewer(relay, viewer)
        for source in relay.sources.values():
            if source.publisher is not None and source.publisher.peer.gone(now):
                self._end_publisher(source, source.publisher)
        if relay.is_abandoned(now):
            self._close(relay)
        else:
            host = relay.host
            self._presence.update(relay.name, sending=host.is_sending(now), taken=host.is_taken(now))

    def _end_viewer(self, relay: Relay, viewer: Subscriber) -> None:
        if relay.subscribers.pop(viewer.session, None) is None:
            return
        watched = viewer.watching
        self._seats.release(viewer.session)
        self._packets_out += viewer.packets
        self._bytes_out += viewer.sent_bytes
        viewer.stop()
        self._node.spawn(viewer.peer.close())
        if watched:
            self._count_viewers(relay)

    def _end_publisher(self, source: Source, publisher: Publisher) -> None:
        """The publisher is gone but may return: the viewers stay."""
        source.remove_publisher(publisher)
        self._node.spawn(publisher.peer.close())

    def _close(self, relay: Relay) -> None:
        """The room has no media anymore: it becomes idle."""
        self._end_sessions(relay)
        self._presence.close(relay.name)

    def _end_sessions(self, relay: Relay) -> None:
        if self.relays.pop(relay.name, None) is None:
            return
        for viewer in list(relay.subscribers.values()):
            self._end_viewer(relay, viewer)
        for source in relay.sources.values():
            if source.publisher is not None:
                self._end_publisher(source, source.publisher)
        self._packets_in += relay.packets
        self._bytes_in += relay.payload_bytes
        del self._claims[relay.name]

    def _on_room_state(self, room: str, state: RoomState) -> None:
        if state == "ended":
            if (relay := self.relays.get(room)) is not None:
                self._end_sessions(relay)
            self._presence.forget(room)

    def _on_loss(self, room: str) -> None:
        if (relay := self.relays.get(room)) is not None:
            self._end_sessions(relay)
        self._presence.drop(room)

    async def _close_all(self) -> None:
        for relay in list(self.relays.values()):
            self.relays.pop(relay.name)
            for session in list(relay.sessions()):
                await session.peer.close()

    # -- numbers ---------------------------------------------------------------------------------

    def health(self, room: str) -> Health:
        relay = self.relays.get(room)
        return health(relay, self._seats.viewers(room)) if relay is not None else Health()

    def totals(self) -> Totals:
        relays = list(self.relays.values())
        viewers = [viewer for relay in relays for viewer in list(relay.subscribers.values())]
        return Totals(
            publishers=self._presence.sending,
            viewers=sum(viewer.watching for viewer in viewers),
            viewers_losing=sum(viewer.loss > LOSING for viewer in viewers),
            packets_in=self._packets_in + sum(relay.packets for relay in relays),
            packets_out=self._packets_out + sum(viewer.packets for viewer in viewers),
            bytes_in=self._bytes_in + sum(relay.payload_bytes for relay in relays),
            bytes_out=self._bytes_out + sum(viewer.sent_bytes for viewer in viewers),
        )
