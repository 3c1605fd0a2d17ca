"""A follow that an ad led to counts for the last touch: a click of seven days, or a view of one."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.identity import Identity
from tests.vod.ads.conversions.conftest import Shop
from vod.ads.conversions.conversions import CLICK_WINDOW_MS, VIEW_WINDOW_MS
from vod.ads.conversions.follows import FollowConversions
from vod.ads.tables import ad_conversions

FAN = Identity("fan", "fan", "Fan", "member", True)
MAKER = "somebody"  # who made the videos of the stage


def follow(shop: Shop, followed: str = MAKER, who: Identity = FAN) -> None:
    FollowConversions(shop.stage.database, shop.stage.clock).followed(who, followed)


def touches(shop: Shop) -> list[tuple[str, str]]:
    rows = shop.stage.database.read(lambda c: c.execute(select(ad_conversions).order_by(ad_conversions.c.at)).all())
    return [(row.serve, row.touch) for row in rows]


def test_whoever_follows_after_a_view_or_a_click_was_led_there(shop: Shop) -> None:
    viewed = shop.shown("fan", clicked=False)
    shop.stage.tell([(viewed.id, "viewable")], "fan")
    follow(shop)
    assert touches(shop) == [(viewed.id, "view")]
    assert (shop.count("follows"), shop.count("conversions")) == (1, 0)


def test_a_click_goes_before_a_later_view_and_the_last_click_before_others(shop: Shop) -> None:
    first = shop.shown("fan", source="one network")
    last = shop.shown("fan", source="another")
    viewed = shop.shown("fan", clicked=False)
    shop.stage.tell([(viewed.id, "viewable")], "fan")
    follow(shop)
    assert touches(shop) == [(last.id, "click")]
    assert first.id != last.id


def test_windows_end_by_our_clock(shop: Shop) -> None:
    viewed = shop.shown("fan", clicked=False)
    shop.stage.tell([(viewed.id, "viewable")], "fan")
    shop.stage.now += VIEW_WINDOW_MS + 1_000
    follow(shop)
    assert touches(shop) == []
    shop.stage.tick()


def test_a_click_counts_for_seven_days_and_not_a_second_longer(shop: Shop) -> None:
    clicked = shop.shown("fan")
    told = shop.stage.now
    shop.stage.now = told + CLICK_WINDOW_MS + 1_000
    follow(shop)
    assert touches(shop) == []
    shop.stage.now = told + CLICK_WINDOW_MS
    follow(shop)
    assert touches(shop) == [(clicked.id, "click")]


def test_to_leave_and_follow_again_counts_once(shop: Shop) -> None:
    shop.shown("fan")
    for _ in range(3):
        follow(shop)
    again = shop.shown("fan", clicked=False)
    shop.stage.tell([(again.id, "viewable")], "fan")
    follow(shop)
    assert shop.count("follows") == 1


@pytest.mark.parametrize("who", ["nobody", "fan"])
def test_without_an_ad_there_is_nothing_to_count(shop: Shop, who: str) -> None:
    shop.shown("fan", program=True)
    follow(shop, who=Identity(who, who, who, "member", True))
    follow(shop, followed="another")
    assert touches(shop) == []


def test_a_purchase_counts_beside_a_follow(shop: Shop) -> None:
    serve = shop.shown("fan")
    follow(shop)
    assert shop.report(serve) == "counted"
    assert (shop.count("follows"), shop.count("conversions")) == (1, 1)
