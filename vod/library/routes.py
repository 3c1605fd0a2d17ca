"""Saved videos, collections and the watch history over HTTP. All of it is only for its owner."""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.http import Call, Operation, Page, Paging
from vod.catalogue.routes import Heard
from vod.library.collections import Collection, Collections
from vod.library.history import History, HistoryPage
from vod.library.reactions import OwnComment, OwnLike, Reactions
from vod.library.saved import Saved, SavedVideo, SavedVideos

Moment = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]  # Unix ms


class SavedQuery(Paging, forbid_unknown_fields=True, kw_only=True):
    collection: str | None = None


class HistoryQuery(msgspec.Struct, forbid_unknown_fields=True):
    since: Moment | None = None
    until: Moment | None = None


class Name(msgspec.Struct, forbid_unknown_fields=True):
    name: str


class Move(msgspec.Struct, forbid_unknown_fields=True):
    """`collection`: null takes the video out of its collection."""

    collection: str | None


class Pause(msgspec.Struct, forbid_unknown_fields=True):
    paused: bool


class LibraryRoutes:
    def __init__(
        self, saved: SavedVideos, collections: Collections, history: History, reactions: Reactions, heard: Heard
    ) -> None:
        self._saved = saved
        self._reactions = reactions
        self._heard = heard
        self._collections = collections
        self._history = history

    def operations(self) -> list[Operation]:
        return [
            Operation("PUT", "/api/videos/{video}/save", self.save),
            Operation("DELETE", "/api/videos/{video}/save", self.unsave),
            Operation("GET", "/api/saved", self.saved),
            Operation("PUT", "/api/saved/{video}", self.move),
            Operation("GET", "/api/collections", self.collections),
            Operation("POST", "/api/collections", self.create, status=201),
            Operation("PATCH", "/api/collections/{collection}", self.rename),
            Operation("DELETE", "/api/collections/{collection}", self.delete),
            Operation("GET", "/api/history", self.history),
            Operation("DELETE", "/api/history", self.clear),
            Operation("PUT", "/api/history", self.pause),
            Operation("DELETE", "/api/history/{video}", self.forget),
            Operation("GET", "/api/likes", self.likes),
            Operation("GET", "/api/comments", self.comments),
        ]

    def save(self, call: Call, video: str) -> Saved:
        """Save a video."""
        saved = self._saved.save(video, call.identity)
        self._heard(call, "save", video)
        return saved

    def unsave(self, call: Call, video: str) -> Saved:
        """Remove a video from those you saved."""
        return self._saved.remove(video, call.identity)

    def saved(self, call: Call, query: SavedQuery) -> Page[SavedVideo]:
        """List the videos you saved, newest first, of one collection or all."""
        return self._saved.page(call.identity, query.collection, query.cursor, query.limit)

    def move(self, call: Call, video: str, body: Move) -> Saved:
        """Move a saved video to another collection."""
        return self._saved.move(video, call.identity, body.collection)

    def collections(self, call: Call) -> Page[Collection]:
        """List your collections by name."""
        return self._collections.all(call.identity)

    def create(self, call: Call, body: Name) -> Collection:
        """Create a collection."""
        return self._collections.create(call.identity, body.name)

    def rename(self, call: Call, collection: str, body: Name) -> Collection:
        """Rename a collection."""
        return self._collections.rename(call.identity, collection, body.name)

    def delete(self, call: Call, collection: str) -> None:
        """Delete a collection; its videos stay saved."""
        self._collections.delete(call.identity, collection)

    def history(self, call: Call, query: Paging) -> HistoryPage:
        """List what you watched, the last first."""
        return self._history.page(call.identity, query.cursor, query.limit)

    def clear(self, call: Call, query: HistoryQuery) -> None:
        """Clear your watch history, or a span of it."""
        self._history.clear(call.identity, query.since, query.until)

    def pause(self, call: Call, body: Pause) -> Pause:
        """Pause your watch history, or go on with it."""
        self._history.pause(call.identity, paused=body.paused)
        return body

    def forget(self, call: Call, video: str) -> None:
        """Remove a video from your watch history."""
        self._history.remove(call.identity, video)

    def likes(self, call: Call, query: Paging) -> Page[OwnLike]:
        """List the videos you like, the last liked first."""
        return self._reactions.likes(call.identity, query.cursor, query.limit)

    def comments(self, call: Call, query: Paging) -> Page[OwnComment]:
        """List your comments and replies, the last one first."""
        return self._reactions.comments(call.identity, query.cursor, query.limit)
