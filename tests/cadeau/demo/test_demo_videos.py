"""The demo's videos are real, in portrait format and short."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av

from cadeau.demo_videos import generate


def test_the_demo_has_different_short_portrait_videos_with_sound(tmp_path: Path) -> None:
    made = generate(tmp_path / "demo")
    assert len({video.path.read_bytes() for video in made}) == len({video.caption for video in made}) == 5
    for video in made:
        with av.open(str(video.path)) as container:
            picture, sound = container.streams.video[0], container.streams.audio[0]
            assert (picture.width, picture.height, picture.average_rate) == (720, 1280, Fraction(30))
            assert sound.codec_context.name == "aac"
            assert container.duration is not None
            assert 5.5 < container.duration / av.time_base < 8.5
