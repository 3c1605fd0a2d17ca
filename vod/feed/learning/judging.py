"""Judges what a viewer says they did: what of it is recorded, how much was watched, how much it counts for others.

Everything comes from what the server knows: its clock, its impressions, the bytes it has sent. The client's word alone
counts for the viewer's own feed, and for nobody else's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.clock import Clock
from core.http.deliveries import Deliveries
from core.ids import new_id, time_of
from vod.feed.learning.crowds import Crowds
from vod.feed.learning.voice import Speaker, Utterance, voice
from vod.feed.learning.watching import WatchClock, fraction, may_have_finished
from vod.feed.viewer import PSEUDONYM_PREFIX, Viewer

Deed = Literal[
    "view",
    "finish",
    "skip",
    "share",
    "not_interested",
    "like",
    "unlike",
    "comment",
    "save",
    "follow",
    "report",
    "unreport",
]
"""What can be done with a video, as `feed_events.kind` names it. From `like` on, only the server itself says it."""

Source = Literal["profile", "hashtag_page", "sound_page", "search", "link", "inbox", "live_room", "saved", "history"]
"""Where a video was found that the feed has not shown."""

OWN_LISTS: tuple[Source, ...] = ("inbox", "saved", "history")  # visitors have none
TAKES_BACK: Mapping[Deed, Deed] = {"unlike": "like", "unreport": "report"}
WATCHING = ("view", "finish", "skip")
AGAIN_MS = 30 * 60_000  # the same deed without an impression counts again after this
VIEWS_PER_SHOWING_MAX = 5  # each says that more was watched
SENT_SHARE = 0.6  # of a file that must have been sent, for its video to count as finished
SENT_SLACK = 0.1  # of a file: players read in pieces, and the bits are not spread evenly


@dataclass(frozen=True, slots=True)
class Film:
    """What judging needs of a video that anybody may see."""

    creator: str
    duration_ms: int
    files: Mapping[str, int] = field(default_factory=dict)  # the bytes of each rendition, by its key
    tagged: bool = False  # it has a hashtag
    sounding: bool = False


@dataclass(frozen=True, slots=True)
class ShownVideo:
    """An impression of a video."""

    id: str
    viewer: str
    session: str
    video: str
    reason: str
    at: int  # Unix ms


@dataclass(frozen=True, slots=True)
class Done:
    """A row of feed_events, or one to be."""

    id: str
    viewer: str
    video: str
    kind: Deed
    watched_ms: int
    at: int
    impression: str | None
    profile: str | None
    fraction: float
    voice: float
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a viewer says, or the server for them."""

    video: str
    kind: Deed
    watched_ms: int = 0
    shown: ShownVideo | None = None
    source: Source | None = None  # counts where nothing is known of a showing


class Judge:
    """Remembers in memory what was claimed lately. Its methods may be called from any thread."""

    def __init__(self, clock: Clock, deliveries: Deliveries) -> None:
        self._clock = clock
        self._deliveries = deliveries
        self._watches = WatchClock()
        self._creators, self._networks = Crowds(), Crowds()

    def judge(
        self, viewer: Viewer, claims: Sequence[Claim], films: Mapping[str, Film], before: Sequence[Done],
        profile: str | None,
    ) -> list[Done]:  # fmt: skip
        """What is to be recorded of the claims. `before`: what this viewer did with these videos before.

        `profile`: whose profile may learn from it. Of videos that are not in `films` nothing is recorded, nor what was
        recorded already.
        """
        known, found = list(before), list[Done]()
        for claim in claims:
            film = films.get(claim.video)
            if film is None:
                continue
            same = [done for done in known if done.video == claim.video]
            done = self._judge(viewer, claim, film, same, profile)
            if done is not None:
                known.append(done)
                found.append(done)
        return found

    def _judge(
        self, viewer: Viewer, claim: Claim, film: Film, before: Sequence[Done], profile: str | None
    ) -> Done | None:
        now = self._clock()
        shown = claim.shown
        watched_ms = self._watched(viewer, claim, film, before, now)
        if _is_repeated(claim, before, watched_ms, now):
            return None
        sent = self._sent(viewer.network, film)
        share = min(fraction(watched_ms, film.duration_ms), sent + SENT_SLACK)
        finished = may_have_finished(watched_ms, film.duration_ms) and sent >= SENT_SHARE
        if claim.kind == "finish" and finished:
            share = 1.0
        own = viewer.id == film.creator
        if own:
            profile = None
        loudness = 0.0
        if claim.kind in TAKES_BACK:  # as loud as what it takes back
            said = [done for done in before if done.kind == TAKES_BACK[claim.kind]]
            loudness = said[-1].voice if said and profile is not None else 0.0
        elif not own and profile is not None:
            plausible = finished if claim.kind == "finish" else sent > 0
            loudness = self._voice(viewer, claim, film, before, plausible=plausible, now=now)
        return Done(
            new_id(), viewer.id, claim.video, claim.kind, watched_ms, now, shown.id if shown else None, profile, share,
            loudness, _source(viewer, claim, film),
        )  # fmt: skip

    def _watched(self, viewer: Viewer, claim: Claim, film: Film, before: Sequence[Done], now: int) -> int:
        """What is possible of the claimed time, with what was claimed of this showing before."""
        if claim.kind not in WATCHING:
            return 0
        claimed = claim.watched_ms or (film.duration_ms if claim.kind == "finish" else 0)
        shown = claim.shown
        if shown is None:  # how long it can have been is not known
            return self._watches.claim(viewer.id, now - claimed, claimed, now)
        earlier = max((done.watched_ms for done in before if done.impression == shown.id), default=0)
        if claimed <= earlier:
            return min(claimed, earlier)
        return earlier + self._watches.claim(viewer.id, shown.at, claimed - earlier, now)

    def _sent(self, network: str, film: Film) -> float:
        """The share of the video that this server has sent there, at most 1; also 1 where it cannot know."""
        if not network or not self._deliveries.complete or not film.files:
            return 1.0
        return min(1.0, sum(self._deliveries.sent(network, key) / max(1, size) for key, size in film.files.items()))

    def _voice(
        self, viewer: Viewer, claim: Claim, film: Film, before: Sequence[Done], *, plausible: bool, now: int
    ) -> float:
        shown = claim.shown
        said = Utterance(
            shown=shown is not None and shown.viewer == viewer.id,
            first=not any(done.kind == claim.kind for done in before),
            sent=plausible,
            followed=shown is not None and shown.reason == "followed",
        )
        speaker = speaker_of(viewer, now)
        if voice(speaker, said) == 0:
            return 0.0
        said = Utterance(
            shown=said.shown, first=said.first, sent=said.sent, followed=said.followed,
            of_creator=self._creators.count((viewer.id, film.creator), claim.video, now),
            of_network=self._networks.count((viewer.network, claim.video), viewer.id, now) if viewer.network else 0,
        )  # fmt: skip
        return voice(speaker, said)


def speaker_of(viewer: Viewer, now: int) -> Speaker:
    """An account's id says when it was made."""
    if viewer.who is None:
        return Speaker(None)
    return Speaker(max(0, now - time_of(viewer.who.id)), trusted=viewer.who.moderates)


def may_name(shown: ShownVideo, viewer: Viewer) -> bool:
    """Whether this viewer's event may belong to the impression. A visitor's may be named by whoever knows it: the
    pseudonym changes with the address and the day, and when the visitor signs in."""
    return shown.viewer == viewer.id or shown.viewer.startswith(PSEUDONYM_PREFIX)


def _source(viewer: Viewer, claim: Claim, film: Film) -> Source | None:
    """Where the viewer says they found it, if that can be. What the server knows of a showing says more."""
    source = claim.source
    if claim.shown is not None or (source in OWN_LISTS and viewer.who is None):
        return None
    if (source == "hashtag_page" and not film.tagged) or (source == "sound_page" and not film.sounding):
        return None
    return source


def _is_repeated(claim: Claim, before: Sequence[Done], watched_ms: int, now: int) -> bool:
    """Whether the claim, or a stronger one, was recorded already."""
    for back, said in TAKES_BACK.items():
        if claim.kind in (back, said):  # they take turns, and what can be taken back comes first
            last = next((done.kind for done in reversed(before) if done.kind in (back, said)), back)
            return last == claim.kind
    same = [done for done in before if done.kind == claim.kind]
    if claim.shown is None:
        return any(done.impression is None and done.at > now - AGAIN_MS for done in same)
    same = [done for done in same if done.impression == claim.shown.id]
    if claim.kind != "view":
        return bool(same)
    return len(same) >= VIEWS_PER_SHOWING_MAX or any(done.watched_ms >= watched_ms for done in same)
