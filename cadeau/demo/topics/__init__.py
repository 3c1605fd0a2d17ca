"""The demo's videos, by topic: each file draws those of one."""

from __future__ import annotations

from itertools import chain, zip_longest

from cadeau.demo.clip import Clip
from cadeau.demo.topics import calm, city, cosy, drawing, fractals, loops, sea, sky, space

_TOPICS = (sky, calm, space, loops, sea, drawing, cosy, fractals, city)

CLIPS: tuple[Clip, ...] = tuple(clip for clip in chain(*zip_longest(*(topic.CLIPS for topic in _TOPICS))) if clip)
"""All of them, in the order in which they are made: one of each topic, then the next of each."""
