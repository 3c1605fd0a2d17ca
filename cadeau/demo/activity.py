"""What the made-up people do with the demo's videos, so that counts, graphs and searches have something to show.

The same people always do the same with a video, and do it once: another start adds nothing.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from cadeau.app import Cadeau
from cadeau.demo.cast import COMMENTS
from cadeau.demo.videos import identity
from core.identity import Person
from vod.catalogue.videos import Video
from vod.feed.events import FeedEvent
from vod.feed.viewer import Viewer

COMMENTS_MAX = 4
FOLLOWED = 4  # creators that a fan follows
SAVING = 0.3  # chance of a fan to save what everybody likes
KEPT_TAG, KEPT_IN, KEPT_MAX = "city", "For later", 4  # what the guest finds saved


class Activity:
    """Every method blocks."""

    def __init__(self, cadeau: Cadeau, fans: Sequence[Person], guest: Person | None = None) -> None:
        """`guest`: who looks around the demo, and finds a few videos saved."""
        self._cadeau = cadeau
        self._fans = list(fans)
        self._guest = guest

    def follow(self, creators: Mapping[str, Person]) -> None:
        """The creators follow each other, and each fan some of them."""
        follows = self._cadeau.people.follows
        for person in creators.values():
            for handle in creators.keys() - {person.handle}:
                follows.follow(person.id, handle)
        for fan in self._fans:
            for handle in random.Random(fan.handle).sample(sorted(creators.keys() - {fan.handle}), FOLLOWED):
                follows.follow(fan.id, handle)

    def enjoy(self, video: Video) -> None:
        """Watch a ready video, like it, say something."""
        if video.views:
            return
        chance = random.Random(video.caption)
        liking = chance.betavariate(2, 2)  # some videos are liked more than others
        watching = [fan for fan in self._fans if chance.random() < 0.35 + 0.6 * liking and fan.id != video.by.id]
        talkative = chance.sample(watching, min(len(watching), chance.randint(0, COMMENTS_MAX)))
        lines = chance.sample(COMMENTS, len(talkative))
        for fan in watching:
            share = min(1.0, chance.betavariate(1 + 4 * liking, 1.6))
            if chance.random() < 0.15 + 0.6 * liking:
                self._cadeau.vod.likes.like(video.id, identity(fan), liked=True)
            if fan in talkative and not video.comments:
                self._cadeau.vod.comments.add(video.id, identity(fan), lines[talkative.index(fan)])
            if chance.random() < SAVING * liking:
                self._cadeau.vod.saved.save(video.id, identity(fan))
            self._watch(fan, video, share)
        if self._guest is not None and f"#{KEPT_TAG}" in video.caption:
            self._keep(video, self._guest)

    def _keep(self, video: Video, guest: Person) -> None:
        """Save a video for the guest, in a collection."""
        library, who = self._cadeau.vod, identity(guest)
        there = {one.name: one for one in library.collections.all(who).items}
        kept = there.get(KEPT_IN) or library.collections.create(who, KEPT_IN)
        if kept.videos < KEPT_MAX:
            library.saved.save(video.id, who)
            library.saved.move(video.id, who, kept.id)

    def _watch(self, fan: Person, video: Video, share: float) -> None:
        watched_ms = round(video.duration_ms * share)
        events = [FeedEvent(video=video.id, kind="view", watched_ms=watched_ms)]
        if share > 0.95:
            events.append(FeedEvent(video=video.id, kind="finish", watched_ms=watched_ms))
        elif share < 0.2:
            events.append(FeedEvent(video=video.id, kind="skip", watched_ms=watched_ms))
        self._cadeau.vod.feed_events.record(Viewer(fan.id, identity(fan)), events)
