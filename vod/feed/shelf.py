"""Videos as pages show them, at hand: what was read a moment ago is not read again, and an outage leaves them here."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection, select

from core.identity import Identity
from vod.catalogue.videos import Video, Videos
from vod.catalogue.visibility import is_public
from vod.tables import video_likes, videos

SHELF_VIDEOS_MAX = 5_000  # about 3 KB each
FRESH_S = 5.0  # how old counts may be; a video that is gone is dropped at once here, after this on other nodes


class Shelf:
    def __init__(self, catalogue: Videos) -> None:
        self._catalogue = catalogue
        self._held: OrderedDict[str, tuple[Video, float]] = OrderedDict()  # as a visitor sees it, and when it was read
        self._lock = threading.Lock()

    def videos(self, connection: Connection, ids: Sequence[str], viewer: Identity | None) -> list[Video]:
        """Those of these videos that anybody may see, in this order, as they are shown to the viewer."""
        now = time.monotonic()
        held = {video: self._held[video] for video in ids if video in self._held}
        missing = {video for video in ids if video not in held or held[video][1] < now - FRESH_S}
        found = {video: kept for video, (kept, _) in held.items() if video not in missing}
        if missing:
            rows = connection.execute(select(videos).where(videos.c.id.in_(missing), is_public())).all()
            read = self._catalogue.shown(connection, rows, None)
            self.put(read)
            found.update((video.id, video) for video in read)
            self.drop(missing - found.keys())
        liked = _liked(connection, viewer, found)
        return [_for(found[video], liked=video in liked) for video in ids if video in found]

    def put(self, shown: Collection[Video]) -> None:
        """Keep these, as a visitor sees them."""
        now = time.monotonic()
        with self._lock:
            for video in shown:
                self._held[video.id] = video, now
                self._held.move_to_end(video.id)
            while len(self._held) > SHELF_VIDEOS_MAX:
                self._held.popitem(last=False)

    def drop(self, ids: Collection[str]) -> None:
        """Read these again before they are shown."""
        with self._lock:
            for video in ids:
                self._held.pop(video, None)

    def held(self) -> dict[str, Video]:
        """All of them, however old, the last ones read first: for when there is no database."""
        with self._lock:
            return {video: kept for video, (kept, _) in reversed(self._held.items())}


def _liked(connection: Connection, viewer: Identity | None, ids: Collection[str]) -> set[str]:
    if viewer is None or not ids:
        return set()
    mine = select(video_likes.c.video).where(video_likes.c.person == viewer.id, video_likes.c.video.in_(ids))
    return set(connection.execute(mine).scalars())


def _for(video: Video, *, liked: bool) -> Video:
    return msgspec.structs.replace(video, liked=True) if liked else video
