"""Sounds over HTTP."""

from __future__ import annotations

from core.http import Access, Call, Operation, Page, Paging
from vod.catalogue.videos import Video
from vod.sounds.sounds import Sound, SoundChange, Sounds


class SoundRoutes:
    def __init__(self, sounds: Sounds) -> None:
        self._sounds = sounds

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/sounds/{sound}", self.sound, access=Access.ANYONE),
            Operation("PATCH", "/api/sounds/{sound}", self.change, action="post"),
            Operation("GET", "/api/sounds/{sound}/videos", self.videos, access=Access.ANYONE),
        ]

    def sound(self, call: Call, sound: str) -> Sound:
        """Get a sound."""
        return self._sounds.sound(sound, call.who)

    def change(self, call: Call, sound: str, body: SoundChange) -> Sound:
        """Change a sound's title, or whether others may use it, as its owner or a moderator."""
        return self._sounds.change(sound, call.identity, body)

    def videos(self, call: Call, sound: str, query: Paging) -> Page[Video]:
        """List the videos with a sound, newest first."""
        return self._sounds.videos(sound, call.who, query.cursor, query.limit)
