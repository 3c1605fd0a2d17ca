"""Hashtags: which a caption has, and which videos have one."""

from __future__ import annotations

import unicodedata

from sqlalchemy import ColumnElement, Connection, delete, exists, insert, select

from vod.tables import video_tags, videos

TAG_CHARS_MAX = 100
TAGS_PER_VIDEO_MAX = 30

# Zero-width joiners are part of words in Persian and in the scripts of India.
_JOINERS = "_\u200c\u200d"


def normalized(tag: str) -> str:
    """The form under which a hashtag is stored and found, without the `#`: equal however it is written."""
    return unicodedata.normalize("NFKC", tag.removeprefix("#").replace("\0", "")).casefold()[:TAG_CHARS_MAX]


def tags_in(caption: str) -> list[str]:
    """The hashtags of a caption, normalized, each once. The web client marks the same ones as links."""
    found: dict[str, None] = {}
    for part in caption.split("#")[1:]:
        end = next((index for index, char in enumerate(part) if not _is_in_word(char)), len(part))
        if end:
            found[normalized(part[:end])] = None
    return list(found)[:TAGS_PER_VIDEO_MAX]


def add_tags(connection: Connection, video: str, caption: str) -> None:
    if rows := [{"tag": tag, "video": video} for tag in tags_in(caption)]:
        connection.execute(insert(video_tags), rows)


def replace_tags(connection: Connection, video: str, caption: str) -> None:
    """Give a video the hashtags of its new caption."""
    connection.execute(delete(video_tags).where(video_tags.c.video == video))
    add_tags(connection, video, caption)


def videos_with(tag: str) -> ColumnElement[bool]:
    """Which videos have a hashtag, where most of those that have it are wanted."""
    return videos.c.id.in_(select(video_tags.c.video).where(video_tags.c.tag == normalized(tag)))


def has_tag(tag: str) -> ColumnElement[bool]:
    """The same, where few videos are looked at: not by the hashtag, which may have a million of them."""
    return exists().where(video_tags.c.tag == normalized(tag), video_tags.c.video == videos.c.id)


def _is_in_word(char: str) -> bool:
    """Letters, digits and the marks on them, as in the web client's pattern."""
    return unicodedata.category(char)[0] in "LNM" or char in _JOINERS
