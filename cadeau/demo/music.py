"""A few bars of music for a clip, computed."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadeau.demo.clip import Music

HZ = 48_000
FADE_S = 0.5
PEAK = 0.35

Sound = NDArray[Any]
"""One number for each sample."""


def played(music: Music, seconds: float, seed: int) -> bytes:
    """The music in 16 bits, two channels, `HZ`."""
    samples = round(seconds * HZ)
    parts = {"pad": _pad, "plucks": _plucks, "bells": _bells, "beat": _beat}
    left, right = parts[music.style](music, samples, np.random.default_rng(seed))
    fade = np.clip(np.minimum(np.arange(samples), np.arange(samples)[::-1]) / (FADE_S * HZ), 0, 1)
    both = np.stack([left, right], axis=1) * fade[:, None]
    loud: Sound = both / max(1e-6, np.abs(both).max()) * PEAK * 32_767
    return loud.astype("<i2").tobytes()


def _hz(music: Music, step: int) -> float:
    octave, note = divmod(step, len(music.scale))
    return float(music.root_hz * 2 ** (octave + music.scale[note] / 12))


def _pad(music: Music, samples: int, random: np.random.Generator) -> tuple[Sound, Sound]:
    """A chord whose notes swell one after the other."""
    t = np.arange(samples) / HZ
    sides = np.zeros((2, samples))
    for step in range(len(music.scale)):
        hz = _hz(music, step)
        swell = 0.55 + 0.45 * np.sin(2 * np.pi * (t / (4 + step) + random.random()))
        for side in (0, 1):
            sides[side] += swell * np.sin(2 * np.pi * (hz + (side - 0.5) * 0.7) * t) / (1 + step * 0.4)
    return sides[0], sides[1]


def _notes(music: Music, samples: int, random: np.random.Generator, ring_s: float, tones: tuple[float, ...]) -> Sound:
    """Notes of the scale, one a beat or half a beat, that ring and fade."""
    beat = round(HZ * 60 / music.beats_per_minute / 2)
    out = np.zeros(samples + round(ring_s * HZ))
    t = np.arange(round(ring_s * HZ)) / HZ
    shape = np.exp(-t * 5 / ring_s) * np.clip(t * 400, 0, 1)
    step = 0
    for at in range(0, samples, beat):
        if random.random() < 0.25:
            continue
        step = int(np.clip(step + random.integers(-2, 3), 0, 2 * len(music.scale) - 1))
        note = sum(
            np.sin(2 * np.pi * _hz(music, step) * tone * t) / (1 + 2 * number) for number, tone in enumerate(tones)
        )
        out[at : at + len(t)] += note * shape
    return out[:samples]


def _plucks(music: Music, samples: int, random: np.random.Generator) -> tuple[Sound, Sound]:
    line = _notes(music, samples, random, 0.9, (1, 2, 3))
    echo = np.concatenate([np.zeros(HZ // 5), line])[:samples] * 0.35
    return line + echo * 0.4, line * 0.85 + echo


def _bells(music: Music, samples: int, random: np.random.Generator) -> tuple[Sound, Sound]:
    one, two = (_notes(music, samples, random, 2.2, (1, 2.76, 5.4)) for _ in range(2))
    return one + 0.4 * two, two + 0.4 * one


def _beat(music: Music, samples: int, random: np.random.Generator) -> tuple[Sound, Sound]:
    """A drum, a hat, and plucks over it."""
    beat = round(HZ * 60 / music.beats_per_minute)
    t = np.arange(beat) / HZ
    kick = np.sin(2 * np.pi * (48 * t + 5 * (1 - np.exp(-t * 28)))) * np.exp(-t * 11) * 1.6
    hat = np.diff(random.normal(0, 0.16, beat + 1)) * np.exp(-t * 55)
    bar = np.zeros(beat * 2)
    bar[:beat] += kick
    bar[beat // 2 : beat // 2 + beat] += hat
    bar[beat + beat // 2 :] += hat[: beat - beat // 2]
    drums = np.tile(bar, samples // len(bar) + 1)[:samples]
    line = _notes(music, samples, random, 0.5, (1, 2))
    return drums + 0.8 * line, drums + 0.6 * line
