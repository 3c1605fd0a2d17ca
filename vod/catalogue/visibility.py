"""Who may see which video: its state, its visibility, and what a viewer has reported.

Everything that shows videos asks here. What shows them to everybody (For you, search, sitemaps, link previews) takes
`is_public`; the rest takes `Sight`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, or_, select, true, update

from core.identity import Identity
from live.routes import RoomView
from people.standing.restrictions import may_post
from vod.tables import videos

Visibility = Literal["public", "followers", "private"]
ShownVisibility = Literal["public", "followers", "private", "withheld"]
"""`withheld`: by decision of a moderator, so that only its owner and moderators see it."""
VISIBILITIES: tuple[Visibility, ...] = ("public", "followers", "private")

Following = Callable[[Connection, str], list[str]]
"""Ids of the people somebody follows."""

Reportable = Literal["video", "comment", "person", "room"]
Hidden = Callable[[Connection, str, Reportable, Collection[str]], set[str]]
"""(connection, viewer, kind, ids) -> those that the viewer has reported."""


def nothing_hidden(_connection: Connection, _viewer: str, _kind: Reportable, _ids: Collection[str]) -> set[str]:
    return set()


def is_public() -> ColumnElement[bool]:
    """The videos that everybody may see."""
    return and_(videos.c.state == "ready", videos.c.visibility == "public")


def is_public_of_few() -> ColumnElement[bool]:
    """The same where something else, such as a hashtag, selects the videos.

    SQLite would begin with the index of all ready videos otherwise, as it does not know how many there are.
    """
    return and_(videos.c.state.concat("") == "ready", videos.c.visibility == "public")


def is_for_followers() -> ColumnElement[bool]:
    """The videos that the followers of their authors may see. Combine it with whom the viewer follows."""
    return and_(videos.c.state == "ready", videos.c.visibility.in_(("public", "followers")))


def is_own(row: Row[Any], viewer: Identity | None) -> bool:
    """Whether a viewer has all rights to see a video: its owner, and moderators."""
    return viewer is not None and (viewer.id == row.person or viewer.moderates)


def keep_from_others(connection: Connection, video: str, now: int) -> None:
    """A new video of somebody who may not post any more, or whose account rests, is private."""
    person = connection.execute(select(videos.c.person).where(videos.c.id == video)).scalar()
    if person is not None and not may_post(connection, person, now):
        shown = videos.c.id == video, videos.c.visibility.in_(("public", "followers"))
        connection.execute(update(videos).where(*shown).values(visibility="private"))


_READY: Select[Any] = select(videos.c.id, videos.c.state, videos.c.visibility, videos.c.person).where(
    videos.c.id.in_(bindparam("ids")), videos.c.state == "ready"
)


class Sight:
    def __init__(self, following: Following, hidden: Hidden = nothing_hidden) -> None:
        self._following = following
        self._hidden = hidden

    def may_see(self, connection: Connection, row: Row[Any], viewer: Identity | None) -> bool:
        return is_own(row, viewer) or self._may_watch(connection, row, viewer.id if viewer is not None else "")

    def creators(self, connection: Connection, ids: Collection[str], viewer: Identity | None) -> Mapping[str, str]:
        """Who made these videos: of those that the viewer may see."""
        rows = connection.execute(select(videos).where(videos.c.id.in_(ids))).all() if ids else []
        return {row.id: row.person for row in rows if self.may_see(connection, row, viewer)}

    def of_person(self, connection: Connection, person: str, viewer: Identity | None) -> ColumnElement[bool]:
        """Which of one person's videos a viewer may see."""
        if viewer is not None and (viewer.id == person or viewer.moderates):
            return true()
        if viewer is not None and person in self._following(connection, viewer.id):
            return is_for_followers()
        return is_public()

    def among(self, connection: Connection, viewer: Identity) -> ColumnElement[bool]:
        """Which of anybody's videos a member may see, for lists of their own such as saved videos."""
        if viewer.moderates:
            return true()
        followed = videos.c.person.in_(self._following(connection, viewer.id))
        return or_(is_public(), videos.c.person == viewer.id, and_(is_for_followers(), followed))

    def listed(self, connection: Connection, viewer: Identity | None) -> ColumnElement[bool]:
        """Which of anybody's videos the pages of a hashtag show to a viewer: the public ones, and beside them those for
        followers of who they are and whom they follow."""
        if viewer is None:
            return is_public()
        return or_(is_public(), self.listed_beside(connection, viewer))

    def listed_beside(self, connection: Connection, viewer: Identity) -> ColumnElement[bool]:
        """Those that `listed` has for this viewer beside what is public."""
        known = or_(videos.c.person == viewer.id, videos.c.person.in_(self._following(connection, viewer.id)))
        return and_(videos.c.state == "ready", videos.c.visibility == "followers", known)

    def watchable(self, connection: Connection, viewer: str, ids: Iterable[str]) -> set[str]:
        """Which of these ready videos somebody may watch. `viewer` is a person's id or the name of a visitor."""
        rows = connection.execute(_READY, {"ids": list(set(ids))}).all()
        return {row.id for row in rows if self._may_watch(connection, row, viewer)}

    def unreported(self, connection: Connection, rows: list[Row[Any]], viewer: Identity | None) -> list[Row[Any]]:
        """Videos without those that the viewer has reported, themselves or their authors. Moderators see them."""
        gone = self.hidden(connection, viewer, "video", {row.id for row in rows})
        people = self.hidden(connection, viewer, "person", {row.person for row in rows})
        return [row for row in rows if row.id not in gone and row.person not in people]

    def unreported_rooms(
        self, connection: Connection, rooms: Sequence[RoomView], viewer: Identity | None
    ) -> Sequence[RoomView]:
        gone = self.hidden(connection, viewer, "room", {room.id for room in rooms})
        hosts = self.hidden(connection, viewer, "person", {room.host.id for room in rooms})
        return [room for room in rooms if room.id not in gone and room.host.id not in hosts]

    def hidden(
        self, connection: Connection, viewer: Identity | None, kind: Reportable, ids: Collection[str]
    ) -> set[str]:
        """Those of the subjects that the viewer has reported. Moderators see them."""
        return set() if viewer is None or viewer.moderates else self._hidden(connection, viewer.id, kind, ids)

    def _may_watch(self, connection: Connection, row: Row[Any], viewer: str) -> bool:
        if row.state != "ready" or row.visibility in ("private", "withheld"):
            return bool(row.person == viewer)
        if row.visibility == "public" or row.person == viewer:
            return True
        return row.person in self._following(connection, viewer)
