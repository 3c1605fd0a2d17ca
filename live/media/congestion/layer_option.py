"""A choice of layers that subscribers can be given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LayerOption:
    """Which encoding, up to which spatial and temporal layer, and what that costs."""

    layer: str  # the name viewers and hosts see
    rid: str
    spatial: int
    temporal: int
    bitrate_bps: int
    width: int  # pixels; 0 where the codec does not tell
    height: int
    frames_per_second: float
    whole: bool  # no temporal layer is left out

    @property
    def key(self) -> tuple[str, int, int]:
        """Identifies the option whatever it costs at the moment."""
        return self.rid, self.spatial, self.temporal
