"""Which campaigns can be shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from tests.vod.ads.campaigns.rows import DAY_MS, add_advertiser, add_campaign, add_creative
from tests.vod.conftest import House
from vod.ads.campaigns.campaign import Campaigns, Caps, RunningCampaign, Targets
from vod.ads.campaigns.categories import allowed_categories, switch_category
from vod.tables import videos


def running(house: House) -> list[RunningCampaign]:
    return house.database.read(Campaigns(house.time, allowed_categories).running)


def add(
    house: House, *, advertiser: Mapping[str, Any] | None = None, creative: Mapping[str, Any] | None = None,
    visibility: str = "public", **campaign: Any,
) -> tuple[str, str, str]:  # fmt: skip
    """A campaign that runs, except for what is passed: ids of it, its creative and its video."""
    video = house.show(house.person(), visibility=visibility)

    def write(connection: Any) -> tuple[str, str]:
        sponsor = add_advertiser(connection, **(advertiser or {}))
        made = add_campaign(connection, sponsor, house.time(), **campaign)
        return made, add_creative(connection, made, video, **(creative or {}))

    return (*house.database.write(write), video)


def test_a_running_campaign_has_all_that_the_choice_of_an_ad_needs(house: House) -> None:
    made, creative, video = add(
        house, caps={"day": 2, "total": 9}, targets={"hashtags": ["bread"], "hours": [7, 8]}, day_micro=5_000_000
    )
    [found] = running(house)
    assert (found.id, found.tier, found.pricing, found.bid_micro, found.day_micro) == (
        made, "auction", "cpm", 8_000_000, 5_000_000
    )  # fmt: skip
    assert (found.caps, found.targets) == (Caps(2, 9), Targets(hashtags=("bread",), hours=(7, 8)))
    assert (found.zone, found.sponsor, found.payer) == (ZoneInfo("Europe/Paris"), "Corner Bakery", "Corner Bakery")
    assert [(one.id, one.video, one.url) for one in found.creatives] == [(creative, video, "https://bakery.example/")]


def test_who_pays_is_named_when_it_is_somebody_else(house: House) -> None:
    add(house, advertiser={"payer": "Flour Mills"})
    assert [(one.sponsor, one.payer) for one in running(house)] == [("Corner Bakery", "Flour Mills")]


@pytest.mark.parametrize("state", ["draft", "review", "paused", "exhausted", "ended", "settled"])
def test_a_campaign_in_another_state_is_not_shown(house: House, state: str) -> None:
    add(house, state=state)
    assert running(house) == []


@pytest.mark.parametrize(
    "unfit",
    [
        {"advertiser": {"state": "new"}},
        {"advertiser": {"stopped": "dispute"}},
        {"creative": {"state": "waiting"}},
        {"creative": {"state": "rejected"}},
        {"visibility": "followers"},
        {"category": "politics"},
    ],
)
def test_what_is_not_approved_is_not_shown(house: House, unfit: dict[str, Any]) -> None:
    add(house, **unfit)
    assert running(house) == []


def test_a_campaign_is_over_at_its_end(house: House) -> None:
    made, *_ = add(house)
    house.time.leap_ms = DAY_MS - 60_000
    assert [one.id for one in running(house)] == [made]
    house.time.leap_ms = DAY_MS + 60_000
    assert running(house) == []


def test_a_caption_changed_after_the_review_is_not_shown(house: House) -> None:
    *_, video = add(house)
    changed = update(videos).where(videos.c.id == video)
    house.database.write(lambda c: c.execute(changed.values(caption="Win money here")))
    assert running(house) == []


def test_a_deleted_video_is_not_shown(house: House) -> None:
    *_, video = add(house)
    house.database.write(lambda c: c.execute(videos.delete().where(videos.c.id == video)))
    assert running(house) == []


def test_a_sensitive_category_is_shown_once_an_admin_has_allowed_it(house: House) -> None:
    add(house, category="alcohol")
    house.database.write(lambda c: switch_category(c, "alcohol", "admin", 0, allowed=True))
    assert [one.category for one in running(house)] == ["alcohol"]
    house.database.write(lambda c: switch_category(c, "alcohol", "admin", 1, allowed=False))
    assert running(house) == []
