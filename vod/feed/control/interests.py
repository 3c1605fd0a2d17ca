"""People's interests as the recommender sees them: looked at, removed, reset, switched off."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Connection, Select, select, update

from core.database import Database
from core.identity import Identity, Person
from vod.catalogue.videos import Brief
from vod.catalogue.visibility import Sight
from vod.errors import InterestNotFound
from vod.feed.control.preferences import Preferences
from vod.feed.learning.changes import Changes
from vod.feed.learning.learning import Learning
from vod.feed.recommender.picks import InterestKind
from vod.sounds.briefs import SoundBrief, sounds_in_brief
from vod.tables import feed_events, video_tags, videos


class InterestView(msgspec.Struct):
    """What somebody seems to like. `key`: a hashtag, or the id of a person or a sound; `by`: the person; `sound`: the
    sound, as long as there is a video with it that this somebody may see."""

    kind: InterestKind
    key: str
    weight: float  # 0 to 1, relative to the strongest
    by: Person | None = None
    sound: SoundBrief | None = None


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
        brief: Brief,
        sight: Sight,
    ) -> None:
        self._database = database
        self._preferences = preferences
        self._changes = changes
        self._learning = learning
        self._brief = brief
        self._sight = sight

    def view(self, who: Identity) -> InterestsView:
        def read(connection: Connection) -> InterestsView:
            if not self._preferences.personalised(connection, who):
                return InterestsView(False, [], None if who.adult else "adults_only")
            self._learning.recall(connection, who.id)
            found = self._learning.interests(who.id)
            people = self._brief(connection, {one.key for one in found if one.kind == "creator"})
            sounds = self._sounds(connection, who, {one.key for one in found if one.kind == "sound"})
            shown = [
                InterestView(one.kind, one.key, round(one.weight, 3), people.get(one.key), sounds.get(one.key))
                for one in found
            ]
            return InterestsView(True, [one for one in shown if one.kind != "creator" or one.by is not None])

        return self._database.read(read)

    def _sounds(self, connection: Connection, who: Identity, ids: Collection[str]) -> dict[str, SoundBrief]:
        if not ids:
            return {}
        seen = videos.c.sound.in_(ids), videos.c.state == "ready", self._sight.among(connection, who)
        heard = connection.execute(select(videos.c.sound).where(*seen).distinct()).scalars()
        return sounds_in_brief(connection, heard, self._brief)

    def remove(self, who: Identity, kind: InterestKind, key: str) -> None:
        """Forget one interest, and do not learn it again from what has been watched. Raises InterestNotFound."""
        if (kind, key) not in [(one.kind, one.key) for one in self.view(who).items]:
            raise InterestNotFound
        having: Mapping[InterestKind, Select[Any]] = {
            "hashtag": select(video_tags.c.video).where(video_tags.c.tag == key),
            "creator": select(videos.c.id).where(videos.c.person == key),
            "sound": select(videos.c.id).where(videos.c.sound == key),
        }

        def write(connection: Connection) -> None:
            _unlearn(connection, who.id, feed_events.c.video.in_(having[kind]))
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
