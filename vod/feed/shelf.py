"""Videos as pages show them, at hand: what was read a moment ago is not read again, and an outage leaves them here."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, select

from core.identity import Identity
from vod.catalogue.marks import marked
from vod.catalogue.videos import Video, Videos
from vod.catalogue.visibility import is_public
from vod.tables import videos

SHELF_VIDEOS_MAX = 5_000  # about 3 KB each
FRESH_S = 5.0  # how old counts may be
CHANGING_S = 5.0  # after a drop: what a transaction has read before its commit is not kept

_PUBLIC = select(videos).where(videos.c.id.in_(bindparam("ids")), is_public())


class Shelf:
    def __init__(self, catalogue: Videos) -> None:
        self._catalogue = catalogue
        self._held: OrderedDict[str, tuple[Video, float]] = OrderedDict()  # as a visitor sees it, and when it was read
        self._changing: OrderedDict[str, float] = OrderedDict()  # until when it is not kept
        self._lock = threading.Lock()

    def videos(self, connection: Connection, ids: Sequence[str], viewer: Identity | None) -> list[Video]:
        """Those of these videos that anybody may see, in this order, as they are shown to the viewer. What the viewer
        has reported is left out."""
        now = time.monotonic()
        held = {video: kept for video in ids if (kept := self._held.get(video)) is not None}
        missing = {video for video in ids if video not in held or held[video][1] < now - FRESH_S}
        found = {video: kept for video, (kept, _) in held.items() if video not in missing}
        if missing:
            rows = connection.execute(_PUBLIC, {"ids": [*missing]}).all()
            read = self._catalogue.shown(connection, rows, None)
            self.put(read)
            found.update((video.id, video) for video in read)
            self.reread(missing - found.keys())
        gone = self._catalogue.sight.hidden(connection, viewer, "video", found.keys())
        people = self._catalogue.sight.hidden(connection, viewer, "person", {one.by.id for one in found.values()})
        mine = _Mine(connection, viewer, found)
        shown = [found[video] for video in ids if video in found and video not in gone]
        return [mine.of(video) for video in shown if video.by.id not in people]

    def put(self, shown: Collection[Video]) -> None:
        """Keep these, as a visitor sees them."""
        now = time.monotonic()
        with self._lock:
            for video in shown:
                if self._changing.get(video.id, 0.0) > now:
                    continue
                self._held[video.id] = video, now
                self._held.move_to_end(video.id)
            while len(self._held) > SHELF_VIDEOS_MAX:
                self._held.popitem(last=False)

    def reread(self, ids: Collection[str]) -> None:
        """Read these again before they are shown."""
        with self._lock:
            for video in ids:
                self._held.pop(video, None)

    def drop(self, video: str) -> None:
        """Keep nothing of a video that is changing, or has just changed, for now."""
        with self._lock:
            self._held.pop(video, None)
            self._changing.pop(video, None)
            self._changing[video] = time.monotonic() + CHANGING_S
            if len(self._changing) > SHELF_VIDEOS_MAX:
                self._changing.popitem(last=False)

    def held(self) -> dict[str, Video]:
        """All of them, however old, the last ones read first: for when there is no database."""
        with self._lock:
            return {video: kept for video, (kept, _) in reversed(self._held.items())}


class _Mine:
    """What the viewer did with these videos."""

    def __init__(self, connection: Connection, viewer: Identity | None, ids: Collection[str]) -> None:
        self._liked, self._saved = marked(connection, viewer, ids)

    def of(self, video: Video) -> Video:
        if video.id not in self._liked and video.id not in self._saved:
            return video
        return msgspec.structs.replace(video, liked=video.id in self._liked, saved=video.id in self._saved)
