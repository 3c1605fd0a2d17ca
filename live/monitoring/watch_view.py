"""What a viewer's player is shown: the layers there are, which one it gets, and how its connection does."""

from __future__ import annotations

import msgspec
from msgspec import UNSET, UnsetType

from live.media.congestion.layer_option import LayerOption
from live.media.relay.subscriber import Subscriber


class LayerView(msgspec.Struct):
    layer: str
    bitrate_bps: int
    frames_per_second: float
    width: int | UnsetType = UNSET  # pixels; left out where the codec does not tell
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
    estimate_bps: int | None  # what its connection carries
    round_trip_ms: int | None
    loss: float  # share of packets, 0 to 1


def watch_view(subscriber: Subscriber) -> WatchView:
    layers: dict[str, LayerOption] = {}
    for option in subscriber.options:
        layers.setdefault(option.layer, option)
    bandwidth = subscriber.bandwidth
    return WatchView(
        layers=[LayerView.of(option) for option in layers.values()],
        playing=subscriber.layer,
        choice=subscriber.choice,
        estimate_bps=int(bandwidth.budget_bps) if len(layers) > 1 else bandwidth.estimate_bps,
        round_trip_ms=round(bandwidth.round_trip_s * 1000) if bandwidth.round_trip_s is not None else None,
        loss=round(subscriber.loss, 4),
    )
