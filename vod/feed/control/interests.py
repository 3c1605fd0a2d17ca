"""People's interests as the recommender sees them: looked at, removed, reset, switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, select, update

from core.database import Database
from core.identity import Identity, Person
from vod.errors import InterestNotFound
from vod.feed.control.preferences import Preferences
from vod.feed.learning.changes import Changes
from vod.feed.learning.learning import Learning
from vod.feed.recommender.picks import InterestKind
from vod.tables import feed_events, video_tags, videos


class InterestView(msgspec.Struct):
    """What somebody seems to like. `key`: a hashtag, or the id of a person or a sound; `by`: the person."""

    kind: InterestKind
    key: str
    weight: float  # 0 to 1, relative to the strongest
    by: Person | None = None


class InterestsView(msgspec.Struct):
    """`personalised`: false when nothing is learned. `reason`: why that cannot be changed, if it cannot."""

    personalised: bool
    items: list[InterestView]
    reason: Literal["adults_only"] | None = None


class Interests:
    """Every method blocks."""

    def __init__(
        self,
        database: Database,
        preferences: Preferences,
        changes: Changes,
        learning: Learning,
        brief: Callable[[Connection, Iterable[str]], dict[str, Person]],
    ) -> None:
        self._database = database
        self._preferences = preferences
        self._changes = changes
        self._learning = learning
        self._brief = brief

    def view(self, who: Identity) -> InterestsView:
        def read(connection: Connection) -> InterestsView:
            if not self._preferences.personalised(connection, who):
                return InterestsView(False, [], None if who.adult else "adults_only")
            self._learning.recall(connection, who.id)
            found = self._learning.interests(who.id)
            people = self._brief(connection, {one.key for one in found if one.kind == "creator"})
            shown = [InterestView(one.kind, one.key, round(one.weight, 3), people.get(one.key)) for one in found]
            return InterestsView(True, [one for one in shown if one.kind != "creator" or one.by is not None])

        return self._database.read(read)

    def remove(self, who: Identity, kind: InterestKind, key: str) -> None:
        """Forget one interest, and do not learn it again from what has been watched. Raises InterestNotFound."""
        if (kind, key) not in [(one.kind, one.key) for one in self.view(who).items]:
            raise InterestNotFound
        having = {
            "hashtag": feed_events.c.video.in_(select(video_tags.c.video).where(video_tags.c.tag == key)),
            "creator": feed_events.c.video.in_(select(videos.c.id).where(videos.c.person == key)),
        }

        def write(connection: Connection) -> None:
            if kind in having:
                _unlearn(connection, who.id, having[kind])
            self._changes.add(connection, "interest", who.id, f"{kind}:{key}")

        self._database.write(write)
        self._learning.forget(who.id, kind, key)

    def reset(self, who: Identity) -> None:
        """Begin anew."""
        self._database.write(lambda c: self._forget(c, who.id))
        self._learning.forget(who.id)

    def personalise(self, who: Identity, *, personalised: bool) -> InterestsView:
        """Switch personalisation on or off. Off forgets the person at once. Raises AdultsOnly."""

        def write(connection: Connection) -> None:
            self._preferences.change(connection, who, personalised=personalised)
            if not personalised:
                self._forget(connection, who.id)

        self._database.write(write)
        self._preferences.changed(who.id)
        if not personalised:
            self._learning.forget(who.id)
        return self.view(who)

    def _forget(self, connection: Connection, person: str) -> None:
        _unlearn(connection, person)
        self._changes.add(connection, "forget", person)


def _unlearn(connection: Connection, person: str, *which: ColumnElement[bool]) -> None:
    """No model learns from these rows again."""
    mine = update(feed_events).where(feed_events.c.viewer == person, *which)
    connection.execute(mine.values(profile=None, voice=0.0))
