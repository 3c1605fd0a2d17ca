"""Sound comes out continuous, whatever the times and formats of the source."""

from __future__ import annotations

from array import array
from fractions import Fraction

import pytest
from av.audio.frame import AudioFrame

from vod.pipeline.sound import HZ, SoundConverter


def sound(
    samples: int = 4800, rate: int = HZ, format_: str = "flt", layout: str = "mono", level: float = 0.5
) -> AudioFrame:
    frame = AudioFrame(format_, layout, samples)
    frame.sample_rate = rate
    values = array("f", [level] * samples * frame.layout.nb_channels)
    frame.planes[0].update(values.tobytes())
    return frame


def made_of(*pieces: tuple[AudioFrame, float]) -> list[float]:
    """The left channel of what comes out. Its timestamps must have no gaps."""
    converter = SoundConverter()
    frames = [out for frame, time in pieces for out in converter.convert(frame, Fraction(time).limit_denominator(1000))]
    frames += converter.flush()
    due = 0
    for frame in frames:
        assert frame.pts == due
        due += frame.samples
    return [value for frame in frames for value in array("f", bytes(frame.planes[0]))[: frame.samples]]


def test_a_gap_becomes_silence_of_the_same_length() -> None:
    made = made_of((sound(), 0), (sound(), 1.1))
    assert len(made) == pytest.approx(1.2 * HZ, abs=100)
    assert max(abs(value) for value in made[int(0.2 * HZ) : int(1.0 * HZ)]) < 0.001
    assert made[int(0.05 * HZ)] > 0.1
    assert made[int(1.15 * HZ)] > 0.1


def test_sound_that_starts_late_has_silence_before_it() -> None:
    made = made_of((sound(), 2))
    assert len(made) == pytest.approx(2.1 * HZ, abs=100)
    assert max(abs(value) for value in made[: int(1.9 * HZ)]) < 0.001


def test_sound_that_is_there_twice_is_taken_once() -> None:
    made = made_of((sound(), 0), (sound(), 0.1), (sound(), 0), (sound(), 0.1), (sound(), 0.2))
    assert len(made) == pytest.approx(0.3 * HZ, abs=100)


def test_rounded_timestamps_leave_no_clicks() -> None:
    made = made_of(*((sound(960), round(number * 0.02 + 0.004 * (number % 3), 3)) for number in range(20)))
    assert len(made) == pytest.approx(0.4 * HZ, abs=100)
    assert min(made[200:-200]) > 0.1


def test_a_change_of_format_goes_on_without_a_gap() -> None:
    made = made_of((sound(), 0), (sound(2205, 22_050, layout="stereo"), 0.1), (sound(), 0.2))
    assert len(made) == pytest.approx(0.3 * HZ, abs=200)


def test_sound_that_nothing_converts_becomes_silence() -> None:
    made = made_of((sound(), 0), (sound(rate=-1), 0.1), (sound(), 0.2))
    assert len(made) == pytest.approx(0.3 * HZ, abs=100)
    assert max(abs(value) for value in made[int(0.12 * HZ) : int(0.18 * HZ)]) < 0.001
