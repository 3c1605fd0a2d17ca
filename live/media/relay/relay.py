"""The media of one live room: its tracks, its publisher, its subscribers."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Iterator, Mapping, Sequence

from live.health import Health, health
from live.media.fanout.engine import Engine
from live.media.relay.publisher import Publisher
from live.media.relay.subscriber import Subscriber
from live.media.relay.track import Track
from live.media.rtp.codec import Codec, Kind
from live.media.rtp.header_extensions import Extensions

PRESENT_S = 2.0  # a publisher nothing was heard of for this long is not there
RETURN_S_MAX = 20.0  # how long its subscribers wait for it
TICKS_PER_S = 10
REPORT_TICKS, PLAIN_REPORT_TICKS = 20, 50  # between two reports to a subscriber: where there are layers, and where not
SELECT_TICKS = 5  # between two looks at which layers subscribers should have


class Relay:
    def __init__(self, room: str, engine: Engine) -> None:
        self.room = room
        self.tracks: dict[Kind, Track] = {}
        self.publisher: Publisher | None = None
        self.subscribers: dict[str, Subscriber] = {}
        self.live = False  # the room has been told
        self.present = False  # the listeners have been told
        self._engine = engine
        self.began_at = self._heard_at = time.monotonic()
        self._past_packets = self._past_bytes = 0  # of tracks that were replaced
        self._ticks = 0

    def prepare(
        self, codecs: Mapping[Kind, Codec], extensions: Extensions, rids: Sequence[str]
    ) -> tuple[Publisher, list[Subscriber]]:
        """A new publisher, and the subscribers who cannot play what it sends and must join again."""
        schedule = asyncio.get_running_loop().call_later
        changed = False
        for kind, codec in codecs.items():
            track = self.tracks.get(kind)
            if track is None or not track.codec.same_stream(codec):
                changed = True
                if track is not None:
                    self._past_packets += track.packets
                    self._past_bytes += track.payload_bytes
                self.tracks[kind] = Track(codec, self._engine, schedule)
        tracks = {kind: self.tracks[kind] for kind in codecs}
        return Publisher(tracks, codecs, extensions, rids), list(self.subscribers.values()) if changed else []

    def replace_publisher(self, publisher: Publisher) -> Publisher | None:
        """Put a publisher in place; gives the one before it."""
        before, self.publisher = self.publisher, publisher
        if before is not None:
            before.release()
        publisher.claim()
        self._heard_at = time.monotonic()
        return before

    def publishing(self, now: float) -> bool:
        """Whether a publisher is really there: it sends, or has only just come."""
        return self.publisher is not None and now - self.publisher.heard_at < PRESENT_S

    def tick(self, now: float) -> None:
        """Ten times a second. Subscribers are looked after in turns, so that no moment has them all."""
        publisher = self.publisher
        if publisher is not None:
            publisher.tick(now)
            if publisher.media:
                self._heard_at = max(self._heard_at, publisher.heard_at)
        turn = self._ticks = self._ticks + 1
        every = REPORT_TICKS if self.layered else PLAIN_REPORT_TICKS
        for subscriber in itertools.islice(list(self.subscribers.values()), turn % every, None, every):
            if subscriber.watching:
                subscriber.report()
        if turn % TICKS_PER_S == 0:
            self.measure(now)
        if self.layered:
            select = self.tracks["video"].tick(now) or turn % SELECT_TICKS == 0
            for subscriber in self.subscribers.values():
                subscriber.tick(now, select=select)

    def measure(self, now: float) -> None:
        for track in self.tracks.values():
            track.measure(now)

    @property
    def layered(self) -> bool:
        """Whether there is anything to choose from."""
        video = self.tracks.get("video")
        return video is not None and (len(video.encodings) > 1 or len(video.options) > 1)

    def sending(self, now: float) -> bool:
        """Whether media arrives."""
        return self.publisher is not None and self.publisher.media and self.publishing(now)

    def abandoned(self, now: float) -> bool:
        """The publisher has been away longer than subscribers wait."""
        return now - self._heard_at > RETURN_S_MAX

    @property
    def packets(self) -> int:
        """Taken from publishers, over all tracks there have been."""
        return self._past_packets + sum(track.packets for track in list(self.tracks.values()))

    @property
    def payload_bytes(self) -> int:
        """Of those packets."""
        return self._past_bytes + sum(track.payload_bytes for track in list(self.tracks.values()))

    @property
    def watching(self) -> int:
        return sum(subscriber.watching for subscriber in self.subscribers.values())

    def health(self) -> Health:
        return health(self)

    def sessions(self) -> Iterator[Publisher | Subscriber]:
        if self.publisher is not None:
            yield self.publisher
        yield from self.subscribers.values()
