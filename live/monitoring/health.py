"""The health of a room's media, for its host and for moderators."""

from __future__ import annotations

import time

import msgspec
from msgspec import UNSET, UnsetType

from live.media.relay.encoding import Encoding
from live.media.relay.relay import Relay


class LayerHealth(msgspec.Struct, omit_defaults=False):
    """A video stream that a publisher currently sends."""

    layer: str
    bitrate_bps: int
    frames_per_second: float
    packets: int
    lost: int
    viewers: int
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET


class Health(msgspec.Struct, omit_defaults=False):
    """How a publisher's media arrives. Bitrates are averaged over a few seconds; `layers` are best first."""

    publishing: bool = False
    bitrate_bps: int = 0
    frames_per_second: float = 0.0
    packets: int = 0
    lost: int = 0
    codecs: list[str] = []
    seconds: int = 0
    viewers: int = 0
    layers: list[LayerHealth] = []
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    round_trip_ms: int | UnsetType = UNSET


def health(relay: Relay, viewers: int) -> Health:
    """The health of the host's source. `viewers`: how many people watch."""
    now, host = time.monotonic(), relay.host
    streams = host.publisher.streams if host.publisher is not None else []
    encodings = [encoding for track in host.tracks.values() for encoding in track.encodings.values()]
    made = Health(
        publishing=host.is_sending(now),
        bitrate_bps=sum(encoding.meter.bitrate_bps for encoding in encodings),
        packets=sum(stream.received for stream in streams),
        lost=sum(stream.lost for stream in streams),
        codecs=[host.tracks[kind].codec.name for kind in ("video", "audio") if kind in host.tracks],
        seconds=int(now - relay.began_at),
        viewers=viewers,
    )
    if host.publisher is not None and (trip := host.publisher.peer.round_trip_s) is not None:
        made.round_trip_ms = round(trip * 1000)
    videos = [stream for stream in streams if stream.encoding.video and stream.encoding.meter.active(now)]
    made.layers = [_layer(s.encoding, s.lost) for s in sorted(videos, key=lambda s: _best_first(s.encoding))]
    if made.layers:
        best = made.layers[0]
        made.frames_per_second, made.width, made.height = best.frames_per_second, best.width, best.height
    return made


def _best_first(encoding: Encoding) -> tuple[int, int]:
    width, height = encoding.meter.size or (0, 0)
    return -width * height, -encoding.meter.bitrate_bps


def _layer(encoding: Encoding, lost: int) -> LayerHealth:
    meter = encoding.meter
    made = LayerHealth(
        encoding.rid or "main", meter.bitrate_bps, round(meter.frames_per_second, 1), meter.packets, lost,
        sum(stream.subscribers for stream in encoding.streams()),
    )  # fmt: skip
    if meter.size is not None:
        made.width, made.height = meter.size
    return made
