"""What a viewer's session tells of itself: the layers it could have, the one it has, and what its line carries."""

from __future__ import annotations

import msgspec


class LayerView(msgspec.Struct):
    """One quality of the picture that can be chosen by hand. Sizes are missing until they are known."""

    layer: str
    bitrate_bps: int  # measured
    frames_per_second: float
    width: int | msgspec.UnsetType = msgspec.UNSET
    height: int | msgspec.UnsetType = msgspec.UNSET


class WatchView(msgspec.Struct):
    layers: list[LayerView]  # the best first
    playing: str | None  # the layer that is sent; None while there is none
    choice: str  # "auto", or the layer that was asked for
    estimate_bps: int | None  # what the viewer says its line carries
    round_trip_ms: int | None
    loss: float  # of the packets lately, 0 to 1
