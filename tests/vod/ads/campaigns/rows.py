"""Rows of advertisers, campaigns and creatives, without going through a review."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert

from core.ids import new_id
from vod.ads.campaigns.tables import advertisers, campaigns, creatives

DAY_MS = 86_400_000


def add_advertiser(connection: Connection, **values: Any) -> str:
    row = {
        "id": new_id(), "name": "Corner Bakery", "payer": None, "country": "FR", "zone": "Europe/Paris",
        "state": "verified", "reason": "", "house": False, "created_by": "somebody", "created_at": 0,
    } | values  # fmt: skip
    connection.execute(insert(advertisers).values(row))
    return str(row["id"])


def add_campaign(connection: Connection, advertiser: str, now: int, **values: Any) -> str:
    row = {
        "id": new_id(), "advertiser": advertiser, "name": "Opening", "tier": "auction", "objective": "views",
        "pricing": "cpm", "bid_micro": 8_000_000, "total_micro": 100_000_000, "day_micro": None,
        "zone": "Europe/Paris", "starts_on": "2026-11-01", "ends_on": "2026-11-30", "starts_at": now - DAY_MS,
        "ends_at": now + DAY_MS, "caps": {"day": 3, "total": None}, "targets": {}, "category": "food",
        "state": "running", "state_at": 0, "created_by": "somebody", "created_at": 0,
    } | values  # fmt: skip
    connection.execute(insert(campaigns).values(row))
    return str(row["id"])


def add_creative(connection: Connection, campaign: str, video: str, **values: Any) -> str:
    row = {
        "id": new_id(), "campaign": campaign, "video": video, "caption": "", "url": "https://bakery.example/",
        "text": "Fresh every morning", "action": "learn_more", "state": "approved", "reasons": [], "note": "",
        "revision": 1,
    } | values  # fmt: skip
    connection.execute(insert(creatives).values(row))
    return str(row["id"])
