"""Converts sound for the encoder: one format, without gaps."""

from __future__ import annotations

from fractions import Fraction

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.error import FFmpegError

FORMAT, LAYOUT, HZ = "fltp", "stereo", 48_000
FRAME_SAMPLES = 1024
DRIFT_S_MAX = Fraction(3, 100)
"""How far the sound may be from its time: timestamps are rounded, and a camera's two clocks drift apart."""


class SoundConverter:
    """Resamples sound, and makes it continuous: gaps become silence, and what overlaps is left out.

    Players do not agree on what a gap in a track of sound means.
    """

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None
        self._taken = Fraction(0)  # seconds of sound that went in
        self._made = 0  # samples that came out

    def convert(self, frame: AudioFrame, time: Fraction) -> list[AudioFrame]:
        """`time` is the frame's, in seconds from the start."""
        if time < self._taken - DRIFT_S_MAX:
            return []
        sounds = self._flush_on_change(frame)
        try:
            if time > self._taken + DRIFT_S_MAX:
                sounds += self._silence(frame, time - self._taken)
            sounds += self._resampled(frame)
        except MemoryError:
            raise
        except (FFmpegError, ValueError):  # damaged: nothing converts this format. The next sound fills the gap
            self._resampler = self._format = None
            return sounds
        self._taken += Fraction(frame.samples, frame.sample_rate)
        return sounds

    def _flush_on_change(self, frame: AudioFrame) -> list[AudioFrame]:
        """Some streams change their format."""
        format_ = (frame.format.name, frame.layout.name, frame.sample_rate)
        if format_ == self._format:
            return []
        sounds = self.flush()
        self._format, self._resampler = format_, AudioResampler(FORMAT, LAYOUT, HZ, FRAME_SAMPLES)
        return sounds

    def flush(self) -> list[AudioFrame]:
        return self._resampled(None) if self._resampler is not None else []

    def _silence(self, like: AudioFrame, seconds: Fraction) -> list[AudioFrame]:
        sounds = []
        samples = round(seconds * like.sample_rate)
        while samples > 0:
            silence = AudioFrame(like.format.name, like.layout.name, min(samples, like.sample_rate))
            silence.sample_rate = like.sample_rate
            blank = b"\x80" if like.format.name.startswith("u8") else b"\0"
            for plane in silence.planes:
                plane.update(blank * plane.buffer_size)
            sounds += self._resampled(silence)
            self._taken += Fraction(silence.samples, like.sample_rate)
            samples -= silence.samples
        return sounds

    def _resampled(self, frame: AudioFrame | None) -> list[AudioFrame]:
        assert self._resampler is not None
        if frame is not None:
            frame.pts = None
        sounds = self._resampler.resample(frame)
        for sound in sounds:
            sound.pts, sound.time_base = self._made, Fraction(1, HZ)
            self._made += sound.samples
        return sounds
