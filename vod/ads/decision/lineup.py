"""The running campaigns as arrays: one row each, so that thousands are judged at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from vod.ads.campaigns.campaign import Device, RunningCampaign, Zone
from vod.ads.decision.place import Place
from vod.ads.decision.quality import THOUSAND, Counts

Mask = NDArray[np.bool_]
Micro = NDArray[np.int64]
NOT_FOR_SALE = 2**62  # the floor of house ads, which are not in the auction
MINUTE_MS = 60_000
DEVICES: tuple[Device, ...] = get_args(Device)
ZONES: tuple[Zone, ...] = get_args(Zone)


class Lineup:
    """`bids` are what a campaign pays at most, in millionths, for what it is billed for: one view or one click.
    `floors`: the least price of the same. `left`: what this node may still spend of its slice. Only that changes, and
    by `learn` what is expected of campaigns that pay for conversions: these pay for clicks until enough is known, then
    for views, in both cases at most their bid times the mean rate of conversions."""

    def __init__(self, campaigns: Sequence[RunningCampaign], floor_cpm_micro: int, floor_cpc_micro: int) -> None:
        self.campaigns = campaigns
        self.rows = {campaign.id: row for row, campaign in enumerate(campaigns)}
        self.by_click: Mask = np.array([one.pricing != "cpm" for one in campaigns], bool)
        self.by_conversion: Mask = np.array([one.pricing == "ocpm" for one in campaigns], bool)
        self.house: Mask = np.array([one.tier == "house" for one in campaigns], bool)
        # A bid is for a thousand views, a price for one: rounded so that it never exceeds the bid.
        self.bids: Micro = np.array([_bid(one) for one in campaigns], np.int64)
        self._floor_view, self._floor_click = max(1, -(-floor_cpm_micro // THOUSAND)), max(1, floor_cpc_micro)
        self.floors: Micro = np.where(self.by_click, self._floor_click, self._floor_view).astype(np.int64)
        self.floors[self.house] = NOT_FOR_SALE
        self.left: Micro = np.zeros(len(campaigns), np.int64)
        self._starts: Micro = np.array([one.starts for one in campaigns], np.int64)
        self._ends: Micro = np.array([one.ends for one in campaigns], np.int64)
        self._targets = [
            _Target((one.targets.hashtags for one in campaigns), len(campaigns)),
            _Target((one.targets.sounds for one in campaigns), len(campaigns)),
            _Target((one.targets.languages for one in campaigns), len(campaigns)),
            _Target((one.targets.countries for one in campaigns), len(campaigns)),
        ]
        self._devices = {device: _on(campaigns, device) for device in DEVICES}
        self._zones = {zone: np.array([zone in one.targets.zones for one in campaigns], bool) for zone in ZONES}
        self._by_advertiser = _rows_by(one.advertiser for one in campaigns)
        self._by_creator = _rows_by(one.creator for one in campaigns)
        self._by_hour = [row for row, one in enumerate(campaigns) if one.targets.hours]
        self._open: tuple[int, int, Mask] | None = None  # from when until when it holds

        self.learn({})

    def __len__(self) -> int:
        return len(self.campaigns)

    def learn(self, counts: Mapping[str, Counts]) -> None:
        """How often ads are followed by a conversion."""
        for row in map(int, np.flatnonzero(self.by_conversion & ~self.house)):
            campaign = self.campaigns[row]
            week = counts.get(campaign.id, Counts()).week
            self.by_click[row] = not week.knows
            self.floors[row] = self._floor_view if week.knows else self._floor_click
            self.bids[row] = int(campaign.bid_micro * week.rate)

    def open(self, now: int) -> Mask:
        """Those whose schedule has this moment: between their dates, and in an hour of theirs. Do not change it."""
        if self._open is None or not self._open[0] <= now < self._open[1]:
            moment = datetime.fromtimestamp(now / 1000, UTC)
            found = (self._starts <= now) & (self._ends > now)
            for row in self._by_hour:
                one = self.campaigns[row]
                found[row] &= moment.astimezone(one.zone).hour in one.targets.hours
            changes = np.concatenate([self._starts, self._ends])
            later = changes[changes > now]
            until = min(int(later.min()) if len(later) else now + MINUTE_MS, (now // MINUTE_MS + 1) * MINUTE_MS)
            self._open = now, until, found
        return self._open[2]

    def eligible(self, place: Place, now: int, without: Iterable[str] = ()) -> Mask:
        """Those that may be shown here, whatever they bid, besides the campaigns `without`."""
        found: Mask = self.open(now) & self._devices[place.device] & self._zones[place.zone]
        wanted = (place.hashtags, place.sounds, place.languages, (place.country,) if place.country else ())
        for target, values in zip(self._targets, wanted, strict=True):
            target.narrow(found, values)
        for campaign in without:
            if (row := self.rows.get(campaign)) is not None:
                found[row] = False
        return found

    def leave_out(self, found: Mask, advertisers: Iterable[str], creator: str = "") -> None:
        """Of `eligible`: not these advertisers', and not those that promote a video of this creator."""
        for advertiser in advertisers:
            if (rows := self._by_advertiser.get(advertiser)) is not None:
                found[rows] = False
        if creator and (rows := self._by_creator.get(creator)) is not None:
            found[rows] = False


class _Target:
    """One kind of target. A campaign that names no values of it is shown anywhere."""

    def __init__(self, values: Iterable[Sequence[str]], count: int) -> None:
        rows: dict[str, list[int]] = {}
        self._anywhere: Mask = np.ones(count, bool)
        for row, wanted in enumerate(values):
            self._anywhere[row] = not wanted
            for value in wanted:
                rows.setdefault(value, []).append(row)
        self._rows = {value: np.array(found, np.int64) for value, found in rows.items()}

    def narrow(self, found: Mask, values: Iterable[str]) -> None:
        if not self._rows:
            return
        here = self._anywhere.copy()
        for value in values:
            if (rows := self._rows.get(value)) is not None:
                here[rows] = True
        found &= here


def _bid(campaign: RunningCampaign) -> int:
    return campaign.bid_micro // THOUSAND if campaign.pricing == "cpm" else campaign.bid_micro


def _on(campaigns: Sequence[RunningCampaign], device: Device) -> Mask:
    return np.array([not one.targets.devices or device in one.targets.devices for one in campaigns], bool)


def _rows_by(names: Iterable[str]) -> Mapping[str, NDArray[np.int64]]:
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name, []).append(row)
    return {name: np.array(found, np.int64) for name, found in rows.items()}
