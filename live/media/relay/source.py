"""A source of a relay: one participant's tracks, and the publisher that feeds them at present."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence

from live.media.fanout.engine import Engine
from live.media.relay.publisher import Publisher
from live.media.relay.track import Track
from live.media.rtp.codec import Codec, Kind
from live.media.rtp.header_extensions import Extensions

PRESENT_S = 2.0  # a publisher that sends nothing for this long is not there


class Source:
    def __init__(self, name: str, engine: Engine) -> None:
        """`name`: unique within its relay."""
        self.name = name
        self.tracks: dict[Kind, Track] = {}
        self.publisher: Publisher | None = None
        self.received_at = time.monotonic()  # when a publisher last sent media, or was created
        self._engine = engine
        self._past_packets = self._past_bytes = 0  # of tracks that were replaced

    # -- publishers ------------------------------------------------------------------------------

    def prepare(
        self, codecs: Mapping[Kind, Codec], extensions: Extensions, rids: Sequence[str]
    ) -> tuple[Publisher, list[Track]]:
        """A new publisher, and the tracks it replaces because their subscribers cannot play its codecs."""
        replaced = []
        schedule = asyncio.get_running_loop().call_later
        for kind, codec in codecs.items():
            track = self.tracks.get(kind)
            if track is not None and track.codec.same_stream(codec):
                continue
            if track is not None:
                replaced.append(track)
                self._past_packets += track.packets
                self._past_bytes += track.payload_bytes
            self.tracks[kind] = Track(codec, self._engine, schedule)
        return Publisher({kind: self.tracks[kind] for kind in codecs}, codecs, extensions, rids), replaced

    def replace_publisher(self, publisher: Publisher) -> Publisher | None:
        """Put a publisher in place. Gives the one before it."""
        before, self.publisher = self.publisher, publisher
        if before is not None:
            before.detach()
        publisher.attach()
        self.received_at = time.monotonic()
        return before

    def remove_publisher(self, publisher: Publisher) -> None:
        """It is gone, if it has not been replaced already."""
        if self.publisher is publisher:
            publisher.detach()
            self.publisher = None

    def is_taken(self, now: float) -> bool:
        """Whether a publisher is really there: it sends, or has only just been created."""
        return self.publisher is not None and now - self.publisher.received_at < PRESENT_S

    def is_sending(self, now: float) -> bool:
        """Whether media arrives."""
        return self.publisher is not None and self.publisher.has_media and self.is_taken(now)

    # -- at intervals ----------------------------------------------------------------------------

    def send_feedback(self, now: float) -> None:
        """Ten times a second."""
        publisher = self.publisher
        if publisher is not None:
            publisher.send_feedback(now)
            if publisher.has_media:
                self.received_at = max(self.received_at, publisher.received_at)

    def measure(self, now: float) -> None:
        """Once a second."""
        for track in self.tracks.values():
            track.measure(now)

    def check_silence(self, now: float) -> bool:
        """Ten times a second, where there are layers: whether one of them has fallen silent."""
        return sum(track.check_silence(now) for track in self.tracks.values() if track.video) > 0

    # -- numbers ---------------------------------------------------------------------------------

    @property
    def layered(self) -> bool:
        """Whether there is anything to choose from."""
        video = self.tracks.get("video")
        return video is not None and (len(video.encodings) > 1 or len(video.options) > 1)

    @property
    def packets(self) -> int:
        """Received from publishers, over all tracks there have been."""
        return self._past_packets + sum(track.packets for track in list(self.tracks.values()))

    @property
    def payload_bytes(self) -> int:
        """Of those packets."""
        return self._past_bytes + sum(track.payload_bytes for track in list(self.tracks.values()))
