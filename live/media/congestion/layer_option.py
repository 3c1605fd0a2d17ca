"""A combination of layers that a subscriber can receive."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LayerOption:
    """An encoding up to a spatial and a temporal layer, with its measured bitrate."""

    layer: str  # the name in the public interface
    rid: str
    spatial: int
    temporal: int
    bitrate_bps: int
    width: int  # pixels; 0 where the codec does not tell
    height: int
    frames_per_second: float
    whole: bool  # includes all temporal layers

    @property
    def key(self) -> tuple[str, int, int]:
        """Identifies the option, whatever its bitrate is now."""
        return self.rid, self.spatial, self.temporal
