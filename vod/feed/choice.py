"""Which ranker answers whom: the learned one where the feed is personal, a plain one elsewhere, memory in an outage."""

from __future__ import annotations

from sqlalchemy import Connection

from core.clock import Clock
from vod.feed.control.preferences import Preferences
from vod.feed.cursor import Cursor
from vod.feed.experiment.experiments import Experiments
from vod.feed.impressions import Impressions, Showing
from vod.feed.learning.learning import Learning
from vod.feed.rankers import Ranked, Ranker, Rankers, Visit, request_of, showing_of
from vod.feed.recommender.model import PAGE_MAX
from vod.feed.shelf import Shelf
from vod.feed.sources import Following
from vod.feed.viewer import Viewer, session_profile


class Choice:
    def __init__(
        self,
        clock: Clock,
        preferences: Preferences,
        experiments: Experiments,
        rankers: Rankers,
        following: Following,
        learning: Learning,
        shelf: Shelf,
        impressions: Impressions,
    ) -> None:
        self._clock = clock
        self._preferences = preferences
        self._experiments = experiments
        self._rankers = rankers
        self._following = following
        self._learning = learning
        self._shelf = shelf
        self._impressions = impressions

    def choose(self, connection: Connection, viewer: Viewer, at: Cursor) -> tuple[Visit, Ranker]:
        """Who asks, and the ranker that answers them."""
        profile = self._preferences.profile(connection, viewer, session_profile(at.session))
        followed = frozenset(self._following(connection, viewer.who.id) if viewer.who is not None else ())
        visit = Visit(viewer, at.session, at.progress.position, profile, followed)
        if profile is None:
            return visit, self._rankers.popular
        return visit, self._rankers.named(self._experiments.ranker(connection, profile))

    def from_memory(self, viewer: Viewer, at: Cursor, limit: int) -> Ranked:
        """What the model ranks among the videos at hand; behind them the others, newest first.

        The model has heard which videos are no longer for everybody; those at hand may be old.
        """
        held = self._shelf.held()
        live = self._learning.live(held)
        hidden = self._impressions.remembered(at.session, at.progress.position)
        profile = self._preferences.remembered(viewer, session_profile(at.session))
        visit = Visit(viewer, at.session, at.progress.position, profile)
        picks = self._learning.page(request_of(visit, self._clock(), PAGE_MAX, hidden)) or []
        found = [(showing_of(pick), held[pick.video]) for pick in picks if pick.video in held][:limit]
        taken = hidden | {video.id for _, video in found}
        others = [held[video] for video in sorted(live - taken, reverse=True)][: limit - len(found)]
        found += [(Showing("video", video.id, "chronological", ranker="newest"), video) for video in others]
        return Ranked(found, "more" if len(found) == limit else None)
