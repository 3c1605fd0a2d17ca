"""The media of one live room: its tracks, its publisher, its viewers."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator, Mapping

import msgspec

from live.codec import Codec, Kind
from live.ingest import Publisher
from live.keyframes import vp8_size
from live.track import Track
from live.viewer import Viewer

PRESENT_S = 2.0  # a publisher nothing was heard of for this long is not there
RETURN_S_MAX = 20.0  # how long its viewers wait for it


class Health(msgspec.Struct, omit_defaults=False):
    """How a publisher's media arrives. Rates are of the last second."""

    publishing: bool = False
    bitrate_bps: int = 0
    frames_per_second: float = 0.0
    packets: int = 0
    lost: int = 0
    codecs: list[str] = []
    seconds: int = 0
    width: int | msgspec.UnsetType = msgspec.UNSET
    height: int | msgspec.UnsetType = msgspec.UNSET
    round_trip_ms: int | msgspec.UnsetType = msgspec.UNSET


class Relay:
    def __init__(self, room: str, sock: socket.socket) -> None:
        self.room = room
        self.tracks: dict[Kind, Track] = {}
        self.publisher: Publisher | None = None
        self.viewers: dict[str, Viewer] = {}
        self.live = False  # the room has been told
        self.present = False  # the listeners have been told
        self._sock = sock
        self._began_at = self._heard_at = time.monotonic()
        self._past_packets = 0  # of tracks that were replaced
        self._counted = (0.0, 0, 0)  # when, bytes, frames
        self._rates = (0, 0.0)

    def prepare(self, codecs: Mapping[Kind, Codec]) -> tuple[dict[Kind, Track], list[Viewer]]:
        """The tracks a new publisher feeds, and the viewers who cannot play them and must join again."""
        schedule = asyncio.get_running_loop().call_later
        changed = False
        for kind, codec in codecs.items():
            track = self.tracks.get(kind)
            if track is None or not track.codec.same_stream(codec):
                changed = True
                self._past_packets += track.packets if track is not None else 0
                self.tracks[kind] = Track(codec, self._sock, schedule)
        tracks = {kind: self.tracks[kind] for kind in codecs}
        return tracks, list(self.viewers.values()) if changed else []

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
        publisher = self.publisher
        if publisher is not None:
            publisher.tick(now)
            if publisher.media:
                self._heard_at = max(self._heard_at, publisher.heard_at)

    def sending(self, now: float) -> bool:
        """Whether media arrives."""
        return self.publisher is not None and self.publisher.media and self.publishing(now)

    def abandoned(self, now: float) -> bool:
        """The publisher has been away longer than viewers wait."""
        return now - self._heard_at > RETURN_S_MAX

    def report(self, now: float) -> None:
        """Once a second: measure, and tell the viewers the time."""
        size = sum(track.payload_bytes for track in self.tracks.values())
        frames = self.tracks["video"].frames if "video" in self.tracks else 0
        at, size_before, frames_before = self._counted
        seconds = max(0.1, now - at)
        self._counted = now, size, frames
        self._rates = int(max(0, size - size_before) * 8 / seconds), max(0, frames - frames_before) / seconds
        reports = {track.ssrc: track.sender_report() for track in self.tracks.values()}
        for viewer in self.viewers.values():
            if viewer.watching:
                viewer.report(reports)

    @property
    def packets(self) -> int:
        """Taken from publishers, over all tracks there have been."""
        return self._past_packets + sum(track.packets for track in list(self.tracks.values()))

    @property
    def watching(self) -> int:
        return sum(viewer.watching for viewer in self.viewers.values())

    def health(self) -> Health:
        now = time.monotonic()
        inputs = self.publisher.inputs.values() if self.publisher is not None else ()
        health = Health(
            publishing=self.sending(now),
            bitrate_bps=self._rates[0],
            frames_per_second=round(self._rates[1], 1),
            packets=sum(entry.received for entry in inputs),
            lost=sum(entry.lost for entry in inputs),
            codecs=[self.tracks[kind].codec.name for kind in ("video", "audio") if kind in self.tracks],
            seconds=int(now - self._began_at),
        )
        size = self._picture_size()
        if size is not None:
            health.width, health.height = size
        return health

    def _picture_size(self) -> tuple[int, int] | None:
        video = self.tracks.get("video")
        if video is None or video.codec.name != "VP8" or video.keyframe is None:
            return None
        return vp8_size(video.keyframe.payload)

    def sessions(self) -> Iterator[Publisher | Viewer]:
        if self.publisher is not None:
            yield self.publisher
        yield from self.viewers.values()
