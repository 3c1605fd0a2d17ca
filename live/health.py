"""How a room's media does, in numbers for its host and its moderators."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from live.media.relay.encoding import Encoding

if TYPE_CHECKING:
    from live.media.relay.relay import Relay


class LayerHealth(msgspec.Struct, omit_defaults=False):
    """One stream a publisher sends of its picture now."""

    layer: str
    bitrate_bps: int
    frames_per_second: float
    packets: int
    lost: int
    viewers: int
    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET


class Health(msgspec.Struct, omit_defaults=False):
    """How a publisher's media arrives. Bitrates are evened out over a few seconds; `layers` are the best first."""

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


def health(relay: Relay) -> Health:
    now = time.monotonic()
    inputs = relay.publisher.inputs if relay.publisher is not None else []
    made = Health(
        publishing=relay.sending(now),
        bitrate_bps=sum(e.bitrate_bps for track in relay.tracks.values() for e in track.encodings.values()),
        packets=sum(entry.received for entry in inputs),
        lost=sum(entry.lost for entry in inputs),
        codecs=[relay.tracks[kind].codec.name for kind in ("video", "audio") if kind in relay.tracks],
        seconds=int(now - relay.began_at),
        viewers=relay.watching,
    )
    if relay.publisher is not None and (trip := relay.publisher.peer.round_trip_s) is not None:
        made.round_trip_ms = round(trip * 1000)
    pictures = [entry.encoding for entry in inputs if entry.encoding.video and entry.encoding.active(now)]
    lost = {entry.encoding.rid: entry.lost for entry in inputs if entry.encoding.video}
    made.layers = [_layer(e, lost[e.rid]) for e in sorted(pictures, key=_best_first)]
    if made.layers:
        best = made.layers[0]
        made.frames_per_second, made.width, made.height = best.frames_per_second, best.width, best.height
    return made


def _best_first(encoding: Encoding) -> tuple[int, int]:
    width, height = encoding.size or (0, 0)
    return -width * height, -encoding.bitrate_bps


def _layer(encoding: Encoding, lost: int) -> LayerHealth:
    made = LayerHealth(
        encoding.rid or "main", encoding.bitrate_bps, round(encoding.frames_per_second, 1), encoding.packets, lost,
        sum(stream.subscribers for stream in encoding.streams()),
    )  # fmt: skip
    if encoding.size is not None:
        made.width, made.height = encoding.size
    return made
