"""What a viewer's session tells its player: the layers there are, which one it gets, and how its line does."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from live.media.relay.encoding import LayerOption


class LayerView(msgspec.Struct):
    layer: str
    bitrate_bps: int
    frames_per_second: float
    width: int | UnsetType = UNSET  # pixels; left out where the codec does not say
    height: int | UnsetType = UNSET

    @classmethod
    def of(cls, option: LayerOption) -> LayerView:
        made = cls(option.layer, option.bitrate_bps, option.frames_per_second)
        if option.height:
            made.width, made.height = option.width, option.height
        return made


class WatchView(msgspec.Struct):
    layers: list[LayerView]  # best first
    playing: str | None
    choice: str  # "auto" or a layer
    estimate_bps: int | None  # what its line carries
    round_trip_ms: int | None
    loss: float  # share of packets, 0 to 1
