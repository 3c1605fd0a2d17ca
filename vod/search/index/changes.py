"""What changes elsewhere mean for the index. The domains call these in the transaction of the change."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection, select

from live.rooms import RoomState
from live.search.findable import findable_of_host
from vod.search.index.marks import mark, mark_selected
from vod.tables import sounds, video_tags, videos


def video_changed(connection: Connection, video: str) -> None:
    """Its caption, state or visibility changes, or it is deleted. Call it while its hashtags and its sound are there:
    before they go, and after others have come."""
    mark(connection, "videos", [video])
    mark_selected(connection, "hashtags", select(video_tags.c.tag).where(video_tags.c.video == video))
    mark_selected(connection, "sounds", select(videos.c.sound).where(videos.c.id == video))


def person_changed(connection: Connection, person: str) -> None:
    """Somebody joins, or changes their handle, name or bio. Their videos, sounds and rooms are found by these, too."""
    mark(connection, "people", [person])
    mark_selected(connection, "videos", select(videos.c.id).where(videos.c.person == person))
    mark_selected(connection, "sounds", select(sounds.c.id).where(sounds.c.person == person))
    mark(connection, "rooms", findable_of_host(connection, person))


def person_followed(connection: Connection, person: str) -> None:
    """Somebody has more or fewer followers."""
    mark(connection, "people", [person])


def sound_changed(connection: Connection, sound: str) -> None:
    """It has another title, or others may use it from now on, or may no longer."""
    mark(connection, "sounds", [sound])


def products_changed(connection: Connection, products: Sequence[str]) -> None:
    """They have other titles, or are for sale from now on, or no longer."""
    mark(connection, "products", products)


def room_changed(connection: Connection, room: str) -> None:
    """It has another title."""
    mark(connection, "rooms", [room])


def room_state_changed(connection: Connection, room: str, _state: RoomState) -> Callable[[], None]:
    """It goes live, or is not live any more."""
    mark(connection, "rooms", [room])
    return lambda: None
