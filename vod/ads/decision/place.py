"""Where an ad could be shown: what surrounds the slot and what the request says. Nothing about the person."""

from __future__ import annotations

from dataclasses import dataclass

from vod.ads.campaigns.campaign import Device, Zone


@dataclass(frozen=True, slots=True)
class Place:
    """`hashtags` and `sounds` are those of the videos beside the slot, or of the titles of the rooms, `languages` those
    the request accepts; `country` is None where nobody knows it, and then no campaign for certain countries is shown.
    """

    hashtags: frozenset[str] = frozenset()
    sounds: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    country: str | None = None
    device: Device = "desktop"
    zone: Zone = "feed"
