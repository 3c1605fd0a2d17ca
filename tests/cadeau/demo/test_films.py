"""The demo's videos are real, in portrait format, short, varied, and fit together."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from cadeau.demo.cast import COMMENTS, CREATORS, FANS, MARK
from cadeau.demo.clip import FRAMES_PER_SECOND, Clip
from cadeau.demo.films import make
from cadeau.demo.music import HZ, played
from cadeau.demo.topics import CLIPS
from people.accounts import BIO_CHARS_MAX, HANDLE
from vod.catalogue.comments import COMMENT_CHARS_MAX
from vod.catalogue.tags import tags_in
from vod.catalogue.videos import CAPTION_CHARS_MAX

SHORT = Clip("short", CREATORS[0].handle, "Short", 0.5, CLIPS[0].picture, CLIPS[0].music)


def test_there_are_at_least_40_over_8_topics_and_8_makers() -> None:
    assert len({clip.name for clip in CLIPS}) == len({clip.caption for clip in CLIPS}) == len(CLIPS) >= 40
    topics = Counter(tag for clip in CLIPS for tag in tags_in(clip.caption))
    assert len([tag for tag, videos in topics.items() if videos >= 2]) >= 8
    assert len({clip.maker for clip in CLIPS}) >= 8
    assert {clip.maker for clip in CLIPS} <= {made.handle for made in CREATORS}
    assert len({clip.seconds for clip in CLIPS}) >= 6
    assert all(4 <= clip.seconds <= 15 for clip in CLIPS)


def test_a_borrowed_sound_is_made_before_it_is_needed() -> None:
    there: set[str] = set()
    for clip in CLIPS:
        assert (clip.music is None) == (clip.sound_of in there), clip.name
        if clip.music is not None:
            there.add(clip.name)
    assert sum(clip.music is None for clip in CLIPS) >= 8


def test_what_the_made_up_people_write_is_within_the_limits() -> None:
    handles = [made.handle for made in (*CREATORS, *FANS)]
    assert len(set(handles)) == len(handles)
    for made in (*CREATORS, *FANS):
        assert HANDLE.match(made.handle), made.handle
        assert made.marked_bio.endswith(MARK)
        assert len(made.marked_bio) <= BIO_CHARS_MAX
    assert all(len(clip.caption) <= CAPTION_CHARS_MAX for clip in CLIPS)
    assert all(len(comment) <= COMMENT_CHARS_MAX for comment in COMMENTS)


@pytest.mark.parametrize("clip", CLIPS, ids=lambda clip: clip.name)
def test_each_shows_something_that_moves(clip: Clip) -> None:
    frames = list(clip.picture(11))
    assert len(frames) == 11
    assert len({frame.shape for frame in frames}) == 1
    height, width, colours = frames[0].shape
    assert (height * 9, colours) == (width * 16, 3)
    assert all(frame.dtype == np.uint8 for frame in frames)
    assert frames[4].std() > 8, "it is blank"
    assert any((frames[0] != frame).any() for frame in frames[1:]), "nothing moves"


def test_a_clip_becomes_an_upright_file_with_its_music(tmp_path: Path) -> None:
    with av.open(str(make(SHORT, tmp_path))) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert (picture.width, picture.height, picture.average_rate) == (360, 640, Fraction(FRAMES_PER_SECOND))
        assert picture.frames == SHORT.frames
        assert sound.codec_context.name == "aac"
    silent = Clip("silent", SHORT.maker, "Silent", 0.5, SHORT.picture, None, "short")
    with av.open(str(make(silent, tmp_path))) as container:
        assert not container.streams.audio
    assert sorted(path.name for path in tmp_path.iterdir()) == ["short.mp4", "silent.mp4"]


@pytest.mark.parametrize("style", sorted({clip.music.style for clip in CLIPS if clip.music}))
def test_each_style_of_music_can_be_heard_and_begins_and_ends_softly(style: str) -> None:
    clip = next(clip for clip in CLIPS if clip.music and clip.music.style == style)
    assert clip.music is not None
    sound = np.frombuffer(played(clip.music, 4, 1), "<i2").reshape(-1, 2)
    assert len(sound) == 4 * HZ
    assert 10_000 < np.abs(sound.astype(int)).max() < 32_768
    assert np.abs(sound[: HZ // 100].astype(int)).max() < 500
    assert played(clip.music, 4, 1) == played(clip.music, 4, 1)
