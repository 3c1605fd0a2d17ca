"""Where ads go in the feed, and who sees none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select

from core.identity import Identity
from core.ids import new_id
from money.ledger.accounts import AD_MINT, ad_balance
from money.ledger.rules import Transfer
from tests.vod.ads.campaigns.rows import add_advertiser, add_campaign, add_creative
from tests.vod.conftest import House
from vod.ads.campaigns.tables import advertiser_members
from vod.ads.conversions.clicks import with_click
from vod.ads.serving.feed_ads import AD_SPACING, ADS_PER_PAGE_MAX
from vod.ads.tables import ad_conversion_secrets, ad_serves
from vod.errors import ImpressionNotFound
from vod.feed.control.why import Explanations
from vod.feed.feed import FeedAd, FeedItem
from vod.feed.viewer import Viewer
from vod.tables import video_tags

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
VISITOR = Viewer("~visitor", None, "192.0.2.1", agent=AGENT)


class Shop:
    """A house with a feed of twenty videos and a campaign for one of them."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.maker = house.person()
        self.videos = [house.show(self.maker) for _ in range(20)]

    def advertise(self, **values: Any) -> tuple[str, str]:
        """(campaign, advertiser)."""

        def write(connection: Connection) -> tuple[str, str]:
            advertiser = add_advertiser(connection)
            entries = {ad_balance(advertiser): 10**8, AD_MINT: -(10**8)}
            self.house.money.ledger.post(connection, [Transfer(new_id(), "t", self.house.time(), "", entries, {})])
            campaign = add_campaign(connection, advertiser, self.house.time(), **values)
            add_creative(connection, campaign, self.videos[0])
            return campaign, advertiser

        made = self.house.database.write(write)
        self.warm()
        return made

    def warm(self) -> None:
        """Until the node has a slice, if anybody could see an ad."""
        for number in range(4):
            self.house.time.leap_ms += 2_500
            self.house.vod.ads.upkeep.tick()
            self.page(replace(VISITOR, id=f"~warm{number}"))

    def page(self, viewer: Viewer, cursor: str = "", limit: int = 20) -> list[FeedItem]:
        return self.house.vod.feed.for_you(viewer, cursor, limit, "").items

    def ads(self, viewer: Viewer) -> list[FeedAd]:
        return [item for item in self.page(viewer) if isinstance(item, FeedAd)]


@pytest.fixture
def shop(house: House) -> Shop:
    return Shop(house)


def test_an_ad_is_never_first_and_never_beside_another_insert(shop: Shop) -> None:
    shop.advertise(caps={"day": None, "total": None})
    for _ in range(3):
        shop.house.go_live(shop.maker)
    cursor, kinds = "", list[str]()
    while True:
        page = shop.house.vod.feed.for_you(VISITOR, cursor, 4, "")
        kinds += [type(item).__name__ for item in page.items]
        if page.next is None:
            break
        cursor = page.next
    ads = [number for number, kind in enumerate(kinds) if kind == "FeedAd"]
    assert ads
    assert kinds[: ads[0]].count("FeedVideo") >= AD_SPACING.head_start
    for number in ads:
        around = kinds[number - 1 : number] + kinds[number + 1 : number + 2]
        assert set(around) <= {"FeedVideo"}
    assert kinds.count("FeedVideo") == 20, "no video is lost for an ad"


def test_a_forged_cursor_cannot_begin_with_an_ad(shop: Shop) -> None:
    shop.advertise(caps={"day": None, "total": None})
    page = shop.page(VISITOR, f"{new_id()}.0-0-9-9.")
    assert not isinstance(page[0], FeedAd)
    assert sum(isinstance(item, FeedAd) for item in page) <= ADS_PER_PAGE_MAX


def test_minors_programs_and_the_advertiser_itself_see_none(shop: Shop) -> None:
    _, advertiser = shop.advertise(caps={"day": None, "total": None})
    adult = shop.house.person()
    minor = Identity(adult.id, adult.handle, adult.name, "member", False)
    owner = shop.house.person()
    row = {"advertiser": advertiser, "person": owner.id, "role": "owner", "at": 0}
    shop.house.database.write(lambda c: c.execute(insert(advertiser_members).values(row)))
    assert shop.ads(Viewer(adult.id, adult, agent=AGENT))
    assert not shop.ads(Viewer(minor.id, minor, agent=AGENT))
    assert not shop.ads(Viewer(owner.id, owner, agent=AGENT))
    assert not shop.ads(replace(VISITOR, agent="Googlebot/2.1"))


def test_an_ad_for_a_hashtag_is_shown_beside_it_only(shop: Shop) -> None:
    shop.advertise(targets={"hashtags": ["bread"]}, caps={"day": None, "total": None})
    assert not shop.ads(VISITOR)
    rows = [{"tag": "bread", "video": video} for video in shop.videos]
    shop.house.database.write(lambda c: c.execute(insert(video_tags), rows))
    shop.warm()
    [ad, *_] = shop.ads(VISITOR)
    why = explained(shop, ad.impression, VISITOR)
    assert why.code == "sponsored"
    assert why.details["hashtag"] == "bread"
    assert "#bread" in why.text
    assert "Corner Bakery" in why.text


def test_only_who_saw_an_ad_may_ask_why(shop: Shop) -> None:
    shop.advertise(caps={"day": None, "total": None})
    one, other = shop.house.person(), shop.house.person()
    [ad, *_] = shop.ads(Viewer(one.id, one, agent=AGENT))
    assert explained(shop, ad.impression, Viewer(one.id, one)).details["paid_by"] == "Corner Bakery"
    for viewer, impression in ((Viewer(other.id, other), ad.impression), (VISITOR, ad.impression[:-1] + "!")):
        with pytest.raises(ImpressionNotFound):
            explained(shop, impression, viewer)


def test_an_ad_whose_video_is_gone_is_not_shown_and_its_money_is_left(shop: Shop) -> None:
    shop.advertise(caps={"day": None, "total": None})
    shop.house.vod.videos.delete(shop.videos[0], shop.maker)
    assert not shop.ads(VISITOR)
    assert shop.house.vod.ads.node.holds.held_micro == 0 or not shop.ads(VISITOR)


def test_without_campaigns_the_feed_is_as_before(shop: Shop) -> None:
    assert [type(item).__name__ for item in shop.page(VISITOR)] == ["FeedVideo"] * 20


def explained(shop: Shop, impression: str, viewer: Viewer) -> Any:
    ads = shop.house.vod.ads
    explanations = Explanations(
        shop.house.database, shop.house.accounts.brief, shop.house.vod.videos.sight, ads.explain
    )
    return explanations.why(impression, viewer, "en")


def reports_conversions(shop: Shop, advertiser: str) -> None:
    row = {"advertiser": advertiser, "digest": b"digest", "by": "owner", "at": 0}
    shop.house.database.write(lambda c: c.execute(insert(ad_conversion_secrets).values(row)))
    shop.warm()


def test_a_link_carries_a_click_id_only_for_who_counts_conversions_and_never_for_who_asks_for_privacy(
    shop: Shop,
) -> None:
    _, advertiser = shop.advertise(caps={"day": None, "total": None})
    assert shop.ads(VISITOR)[0].ad.landing == "https://bakery.example/"
    reports_conversions(shop, advertiser)
    ads = [ad.ad for ad in shop.ads(VISITOR)]
    signatures = shop.house.vod.ads.signatures
    assert [ad.landing for ad in ads] == [
        f"https://bakery.example/?cadeau_click={signatures.click(ad.id)}" for ad in ads
    ]
    assert {ad.ad.landing for ad in shop.ads(replace(VISITOR, opted_out=True))} == {"https://bakery.example/"}


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/", "https://a.example/?cadeau_click=ID"),
        ("https://a.example/p?q=1#top", "https://a.example/p?q=1&cadeau_click=ID#top"),
        ("https://a.example/p?", "https://a.example/p?cadeau_click=ID"),
    ],
)
def test_a_click_id_is_the_last_parameter(url: str, link: str) -> None:
    assert with_click(url, "ID") == link


def test_ads_for_a_country_are_for_who_tells_it_or_whose_proxy_does(shop: Shop) -> None:
    shop.advertise(caps={"day": None, "total": None}, targets={"countries": ["FR"]})
    french = replace(VISITOR, country="FR")
    for number in range(4):
        shop.page(replace(french, id=f"~french{number}"))
        shop.house.time.leap_ms += 2_500
        shop.house.vod.ads.upkeep.tick()
    assert shop.ads(VISITOR) == shop.ads(replace(VISITOR, country="DE")) == []
    [ad, *_] = shop.ads(french)
    row = shop.house.database.read(lambda c: c.execute(select(ad_serves).where(ad_serves.c.id == ad.ad.id)).one())
    assert row.country == "FR"
    person = shop.house.person()
    viewer = replace(VISITOR, id=person.id, who=person, country="FR")
    assert shop.ads(viewer)
    shop.house.accounts.change(person.id, None, None, country="DE")
    assert shop.ads(viewer) == []
    shop.house.accounts.change(person.id, None, None, country="FR")
    assert shop.ads(replace(viewer, country="DE"))
