"""Measures an encoding: the bitrate and frame rate of each layer, and whether the publisher still sends it."""

from __future__ import annotations

from live.media.congestion.layer_option import LayerOption
from live.media.rtp.descriptors import FramePosition

ACTIVE_S = 1.2  # an encoding that has been silent for longer is not there
MISSED_FRAMES, MISSED_S = 8, 0.3  # nor is one that misses so many frames of another, for at least so long
MISSED_OWN_FRAMES = 4.0  # and, at a low frame rate, so many of its own
SMOOTHING = 0.35  # weight of the last second in a layer's bitrate: a keyframe makes one second unlike the others
TEMPORAL_LAYERS = 8
SPATIAL_LAYERS = 4


class LayerMeter:
    def __init__(self) -> None:
        self.packets = self.frames = self.payload_bytes = self.keyframes = 0
        self.size: tuple[int, int] | None = None  # width and height of the last keyframe, pixels
        self.received_at = 0.0  # monotonic seconds
        self.frames_per_second = 0.0
        self.missed_frames = 0  # frames of another encoding since the last of this one
        self.silent = False  # the publisher goes on without this encoding
        self.independent = False  # between keyframes, its spatial layers do not need each other
        self._layer_bytes = [0] * (SPATIAL_LAYERS * TEMPORAL_LAYERS)
        self._layer_frames = [0] * TEMPORAL_LAYERS
        self._bitrates = [0.0] * (SPATIAL_LAYERS * TEMPORAL_LAYERS)  # bit/s
        self._frame_rates = [0.0] * TEMPORAL_LAYERS
        self._measured = (0.0, self._layer_bytes.copy(), self._layer_frames.copy())  # when, and the counters then

    # -- per packet ------------------------------------------------------------------------------

    def count(self, size: int, now: float) -> None:
        """A packet with so many bytes of payload."""
        self.received_at = now
        self.packets += 1
        self.payload_bytes += size

    def count_layer(self, size: int, position: FramePosition, ends_picture: bool) -> None:
        """The same packet, if it is video."""
        temporal = position.temporal % TEMPORAL_LAYERS
        self._layer_bytes[position.spatial % SPATIAL_LAYERS * TEMPORAL_LAYERS + temporal] += size
        if ends_picture:
            self.frames += 1
            self._layer_frames[temporal] += 1
        if position.begins and position.spatial == 0 and not position.keyframe:
            self.independent = position.apart

    def count_keyframe(self, size: tuple[int, int] | None) -> None:
        """`size`: of its picture, if the codec tells."""
        self.keyframes += 1
        self.size = size or self.size

    # -- is it still sent? -----------------------------------------------------------------------

    def active(self, now: float) -> bool:
        return now - self.received_at < ACTIVE_S and not self.silent

    def on_frame(self) -> None:
        """A frame of this encoding has come since the last check."""
        self.missed_frames, self.silent = 0, False

    def on_missed_frames(self, count: int, now: float) -> bool:
        """Another encoding got `count` frames while this one got none. True when it has just fallen silent."""
        self.missed_frames += count
        if self.silent:
            return False
        silence_s = max(MISSED_S, MISSED_OWN_FRAMES / max(1.0, self.frames_per_second))
        self.silent = self.missed_frames >= MISSED_FRAMES and now - self.received_at > silence_s
        return self.silent

    # -- once a second ---------------------------------------------------------------------------

    def measure(self, now: float) -> None:
        at, sizes, frames = self._measured
        seconds = max(0.1, now - at) if at else 1.0
        self._measured = now, self._layer_bytes.copy(), self._layer_frames.copy()
        bitrates = [(b - a) * 8 / seconds for a, b in zip(sizes, self._layer_bytes, strict=True)]
        self._bitrates = [_smooth(a, b) for a, b in zip(self._bitrates, bitrates, strict=True)]
        self._frame_rates = [(b - a) / seconds for a, b in zip(frames, self._layer_frames, strict=True)]
        self.frames_per_second = sum(self._frame_rates)

    @property
    def bitrate_bps(self) -> int:
        return int(sum(self._bitrates))

    @property
    def highest_spatial(self) -> int:
        """The highest spatial layer seen.

        An encoder drops its upper layers when its network or processor is too slow. Independent layers are offered
        only while they still come.
        """
        counts = self._bitrates if self.independent and any(self._bitrates) else self._layer_bytes
        return max((i // TEMPORAL_LAYERS for i, count in enumerate(counts) if count), default=0)

    def lowest_spatial(self, spatial: int) -> int:
        """Of what a receiver of this spatial layer needs between keyframes, the lowest layer."""
        return spatial if self.independent else 0

    def options(self, rid: str) -> list[LayerOption]:
        """What subscribers can be given of this encoding, best first."""
        top = self.highest_spatial
        levels = max((i % TEMPORAL_LAYERS for i, count in enumerate(self._layer_bytes) if count), default=0)
        width, height = self.size or (0, 0)
        found = []
        for spatial in range(top, -1, -1):
            layer = (rid or "main") if not top else f"{rid}s{spatial}"
            size = width >> top - spatial, height >> top - spatial
            for temporal in range(levels, -1, -1):
                layers = range(self.lowest_spatial(spatial), spatial + 1)
                bitrate = sum(self._bitrates[s * TEMPORAL_LAYERS + t] for s in layers for t in range(temporal + 1))
                frames = round(sum(self._frame_rates[: temporal + 1]), 1)
                found.append(
                    LayerOption(layer, rid, spatial, temporal, int(bitrate), *size, frames, temporal == levels)
                )
        return found


def _smooth(before: float, now: float) -> float:
    return before + (now - before) * SMOOTHING if before and now else now
