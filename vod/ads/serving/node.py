"""This process as a node: the campaigns that run, the slices it holds of their budgets, and the choice of an ad.

A choice takes microseconds and asks nobody: everything it needs is in memory, which `upkeep` keeps true. What it may
spend was reserved before; what it shows is recorded before anybody sees it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from core.ids import new_id
from vod.ads.campaigns.campaign import RunningCampaign, Zone
from vod.ads.decision.auction import auction
from vod.ads.decision.holds import Holds, SliceKey
from vod.ads.decision.lineup import Lineup
from vod.ads.decision.pacing import EVEN, Curve, Day, day_of, plan
from vod.ads.decision.place import Place
from vod.ads.decision.quality import Counts, Quality
from vod.ads.decision.seen import Past, Seen, Shown
from vod.ads.serving.demand import Demand
from vod.ads.serving.history import Where, past_of
from vod.ads.serving.serve import OPENING, Serve, reasons_of
from vod.ads.serving.slices import HOLD_MS, Wanted
from vod.ads.takeover.choice import choose as choose_takeover
from vod.ads.takeover.days import utc_day

GRANTS_MAX = 500  # in one round
AHEAD_MS = 1_000  # what is granted has to last until the next round

Floors = tuple[int, int]
"""The least bids: for a thousand views, and for a click."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One place on a page. `viewer`: a person's id, or `~` and a swipe session."""

    viewer: str
    place: Place
    without: frozenset[str] = frozenset()  # campaigns that are on the page already
    own: frozenset[str] = frozenset()  # advertisers that the viewer belongs to


class AdNode:
    """Every method is quick, takes the time as Unix ms, and may be called on any thread."""

    def __init__(self, seed: int | None = None) -> None:
        self._random = np.random.default_rng(seed)
        self._lock = threading.Lock()
        self._begin()

    def _begin(self) -> None:
        self.id = new_id()
        self.lease = 0  # until when it may spend, Unix ms
        self.holds = Holds()
        self._floors: Floors = (0, 0)
        self._lineup = Lineup([], *self._floors)
        self._quality = Quality([], {}, self._lineup.by_click)
        self._demand = Demand(self._lineup)
        self._curve: Curve = EVEN
        self._counts: Mapping[str, Counts] = {}
        self._days: dict[str, Day] = {}
        self._seen = Seen()
        self._shown: dict[str, Serve] = {}  # by creative, since the library was told
        self._places: Counter[Where] = Counter()
        self._takeovers: Sequence[RunningCampaign] = []

    def lose(self) -> None:
        """Others have taken its slices back: it begins anew, as another node."""
        with self._lock:
            self._begin()

    @property
    def idle(self) -> bool:
        """Whether there is nothing to show, and nothing to give back."""
        return not (len(self._lineup) or len(self._takeovers) or len(self.holds) or self.holds.slices)

    @property
    def shows(self) -> bool:
        """Whether there may be an ad at all."""
        return len(self._lineup) > 0

    @property
    def opens(self) -> bool:
        """Whether there may be a takeover."""
        return len(self._takeovers) > 0

    def past(self, connection: Connection, viewer: str, now: int) -> None:
        """Read what a viewer has been shown, if this node does not know."""
        with self._lock:
            if self._seen.knows(viewer):
                return
        self.remember(viewer, past_of(connection, viewer, now))

    def remember(self, viewer: str, past: Past) -> None:
        with self._lock:
            if not self._seen.knows(viewer):
                self._seen.learn(viewer, past)

    def choose(self, slot: Slot, now: int) -> Serve | None:
        """The ad for a slot, its price held. Record it before it is shown; `recorded` lets go what was not."""
        with self._lock:
            self._places[slot.place.zone, slot.place.country or ""] += 1
            if now >= self.lease or not self.shows:
                return None
            past = self._seen.past(slot.viewer)
            eligible = self._lineup.eligible(slot.place, now, slot.without | past.hidden | self._capped(past, now))
            self._lineup.leave_out(eligible, slot.own, slot.viewer)
            self._demand.noted(eligible, now)
            win = auction(self._lineup, self._quality, eligible, self._random)
            if win is None:
                return None
            campaign = self._lineup.campaigns[win.row]
            creative = campaign.creatives[int(self._random.integers(len(campaign.creatives)))]
            expires = _expires(campaign, now)
            serve = Serve(
                new_id(), campaign, creative, self._day(campaign, now).name, now, expires, win.price_micro,
                win.runner_up_micro, reasons_of(campaign, slot.place),
                place=slot.place.zone, country=slot.place.country or "", by_click=bool(self._lineup.by_click[win.row]),
            )  # fmt: skip
            return serve if not serve.bills or self._hold(serve, win.row, now) else None

    def passed(self, zone: Zone, country: str, places: int) -> None:
        """There were places for ads, and nothing to show: a forecast counts them all the same."""
        with self._lock:
            self._places[zone, country] += places

    def open(self, slot: Slot, now: int) -> Serve | None:
        """The takeover for somebody who has just opened the feed. Record it before it is shown, as any other."""
        with self._lock:
            if now >= self.lease:
                return None
            day, hidden = utc_day(now), self._seen.past(slot.viewer).hidden
            won = choose_takeover(self._takeovers, slot.viewer, day, now, without=hidden, own=slot.own)
            if won is None:
                return None
            creative = won.creatives[int(self._random.integers(len(won.creatives)))]
            return Serve(
                new_id(), won, creative, day, now, now + HOLD_MS, won.bid_micro, 0, {"opening": day}, OPENING
            )  # fmt: skip

    def recorded(self, viewer: str, serves: Sequence[Serve], kept: Sequence[Serve]) -> None:
        """Of these serves, those `kept` are on their way to the viewer."""
        with self._lock:
            ids = {serve.id for serve in kept}
            for serve in serves:
                if serve.id not in ids:
                    self.holds.let_go(serve.id)
                    self._mirror([serve.campaign.id], serve.at)
                    self._seen.forget(viewer)  # another node has shown something that this one does not know
            self._seen.add(viewer, [Shown(one.id, one.campaign.id, one.day, one.expires_at) for one in kept])
            self._shown.update((serve.creative.id, serve) for serve in kept)

    def viewed(self, viewer: str, serve: str) -> None:
        with self._lock:
            self._seen.viewed(viewer, serve)

    def hidden(self, viewer: str, campaign: str) -> None:
        with self._lock:
            self._seen.hide(viewer, campaign)

    # What upkeep does.

    def run(
        self,
        running: Sequence[RunningCampaign],
        floors: Floors,
        counts: Mapping[str, Counts] | None,
        curve: Curve | None,
        now: int,
    ) -> None:
        """These campaigns run now. `counts` and `curve`: None, if they are as before."""
        with self._lock:
            self._takeovers = [one for one in running if one.tier == "takeover"]
            running = [one for one in running if one.tier != "takeover"]
            changed = running != self._lineup.campaigns or floors != self._floors
            self._floors = floors
            self._counts, self._curve = counts or self._counts, curve or self._curve
            if changed:
                budgets = {one.id: _budget(one) for one in self._lineup.campaigns}
                self._days = {}
                self._lineup = Lineup(running, *self._floors)
                self._demand = Demand(self._lineup, self._demand)
                for one in running:
                    if one.id in budgets and budgets[one.id] != _budget(one):
                        self._demand.forget(one.id)  # its slice goes back, and it asks anew
                self._mirror(self._lineup.rows, now)
            if changed or counts is not None:
                lineup = self._lineup
                lineup.learn(self._counts)
                self._quality = Quality(list(lineup.rows), self._counts, lineup.by_click, lineup.by_conversion)

    def returns(self, now: int) -> dict[SliceKey, int]:
        """Take what is left of slices whose day or campaign is over, and of those that nothing was shown for."""
        with self._lock:
            found = {}
            for key in self.holds.slices:
                campaign, day = key
                row = self._lineup.rows.get(campaign)
                running = row is not None and self._day(self._lineup.campaigns[row], now).name == day
                if (not running or self._demand.unused(key, now)) and (micro := self.holds.take(key)):
                    found[key] = micro
            self._mirror([campaign for campaign, _ in found], now)
            return found

    def wanted(self, now: int) -> list[Wanted]:
        """What to ask for."""
        with self._lock:
            found = []
            for row in self._demand.asking(now, GRANTS_MAX):
                campaign = self._lineup.campaigns[row]
                day = self._day(campaign, now)
                least = max(int(self._lineup.floors[row]), 1)
                found.append(Wanted(campaign, day, plan(self._curve, day, now + AHEAD_MS), least))
            return found

    def expired(self, now: int) -> list[str]:
        with self._lock:
            return self.holds.expired(now)

    def settle(self, expired: Iterable[str], lapsed: set[str], granted: Mapping[SliceKey, int], now: int) -> None:
        """What became of expired serves, and what was granted or could not be given back."""
        with self._lock:
            touched = {campaign for campaign, _ in granted}
            for serve in expired:
                if serve in lapsed:
                    if (key := self.holds.let_go(serve)) is not None:
                        touched.add(key[0])
                elif self.holds.over(serve, now):
                    self.holds.spent(serve)
            for key, micro in granted.items():
                self.holds.grant(key, micro)
                self._demand.granted(key, self._lineup.rows.get(key[0]), now)
            self._mirror(touched, now)

    def tell(self) -> tuple[Mapping[Where, int], list[Serve]]:
        """The places there were since the last call, by zone and country, and the creatives that were shown, one serve
        of each."""
        with self._lock:
            places, shown = self._places, list(self._shown.values())
            self._places, self._shown = Counter(), {}
            return places, shown

    def tell_again(self, places: Mapping[Where, int], shown: Iterable[Serve]) -> None:
        """Nobody has listened."""
        with self._lock:
            self._places.update(places)
            self._shown = {serve.creative.id: serve for serve in shown} | self._shown

    def _capped(self, past: Past, now: int) -> set[str]:
        found = set()
        for campaign, shown in past.counts(now).items():
            if (row := self._lineup.rows.get(campaign)) is None:
                continue
            running = self._lineup.campaigns[row]
            caps, day = running.caps, self._day(running, now).name
            today = caps.day is not None and past.on(campaign, day, now) >= caps.day
            if today or (caps.total is not None and shown >= caps.total):
                found.add(campaign)
        return found

    def _hold(self, serve: Serve, row: int, now: int) -> bool:
        if not self.holds.hold(serve.id, serve.key, serve.price_micro, serve.expires_at):
            return False
        self._lineup.left[row] = self.holds.left(serve.key)
        self._demand.held(serve.key, row, serve.price_micro, now)
        return True

    def _mirror(self, campaigns: Iterable[str], now: int) -> None:
        """Copy what is left into the array that decisions read."""
        for campaign in campaigns:
            if (row := self._lineup.rows.get(campaign)) is not None:
                day = self._day(self._lineup.campaigns[row], now).name
                self._lineup.left[row] = self.holds.left((campaign, day))

    def _day(self, campaign: RunningCampaign, now: int) -> Day:
        day = self._days.get(campaign.id)
        if day is None or not day.start <= now < day.end:
            day = self._days[campaign.id] = day_of(now, campaign.starts, campaign.ends, campaign.zone)
        return day


def _budget(campaign: RunningCampaign) -> tuple[object, ...]:
    return campaign.total_micro, campaign.day_micro, campaign.starts, campaign.ends, campaign.zone


def _expires(campaign: RunningCampaign, now: int) -> int:
    """Nothing shows a challenge after its end, not even a page that was loaded before."""
    return min(now + HOLD_MS, campaign.ends) if campaign.challenge else now + HOLD_MS
