"""Promoted posts: by consent only, for a share that everybody can recompute, and never after it was taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core.errors import Conflict, InvalidRequest, Refusal
from money.ads import shares_of
from tests.vod.ads.scene import Scene
from tests.vod.conftest import House
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.floors import Offers, set_offers
from vod.ads.promoted.earnings import ad_earnings
from vod.ads.tables import ad_receipts
from vod.errors import ConsentNotFound, ConsentOver, InvalidCampaign
from vod.tables import videos


@pytest.fixture
def scene(house: House) -> Scene:
    return Scene(house)


def earned(scene: Scene) -> int:
    return scene.house.database.read(lambda c: shares_of(c, scene.creator.id).balance_micro)


def test_the_creator_gets_their_share_of_what_is_billed_in_the_same_posting(scene: Scene) -> None:
    campaign = scene.promote(scene.consent())
    scene.warm()
    [ad, *_] = scene.ads(scene.visitor())
    assert (ad.ad.format, ad.video.by.id, ad.ad.sponsor) == ("promoted", scene.creator.id, "Corner Bakery")
    scene.see(ad)
    scene.bill()
    spent = scene.view(campaign).spent_micro
    assert spent > 0
    assert earned(scene) == spent * 30 // 100
    found = scene.house.database.read(lambda c: ad_earnings(c, scene.creator.id, scene.house.time()))
    assert [(one.campaign, one.earned_micro, one.share_percent) for one in found.items] == [
        (campaign.id, earned(scene), 30)
    ]
    assert scene.faults() == []


def test_a_share_that_was_altered_is_named_by_the_day_it_is_checked(scene: Scene) -> None:
    scene.promote(scene.consent())
    scene.warm()
    scene.see(scene.ads(scene.visitor())[0])
    scene.bill()
    for changed in ({"share_micro": 1}, {"creator": scene.bob.id}, {"creator": "", "share_micro": 0}):
        before = _receipt(scene)
        scene.house.database.write(lambda c: c.execute(update(ad_receipts).values(changed)))  # noqa: B023
        assert any("receipt" in fault for fault in scene.faults()), changed
        scene.house.database.write(lambda c: c.execute(update(ad_receipts).values(before)))  # noqa: B023
    assert scene.faults() == []


def _receipt(scene: Scene) -> dict[str, Any]:
    row = scene.house.database.read(lambda c: c.execute(ad_receipts.select()).one())
    return {"creator": row.creator, "share_micro": row.share_micro}


def test_the_creators_own_view_is_not_billed_and_they_are_not_shown_it(scene: Scene) -> None:
    campaign = scene.promote(scene.consent())
    scene.warm()
    assert scene.ads(scene.viewer(scene.creator)) == []
    [ad, *_] = scene.ads(scene.visitor())
    scene.see(ad, scene.creator)  # a visitor's impression, told by the creator
    scene.bill()
    assert (scene.view(campaign).spent_micro, scene.view(campaign).viewable) == (0, 0)
    assert earned(scene) == 0


Stop = Callable[[Scene, str], object]


def _revoke(scene: Scene, code: str) -> None:
    scene.consents.revoke(scene.creator, code)


def _expire(scene: Scene, _: str) -> None:
    scene.house.time.leap_ms += 2 * 86_400_000


def _video(**values: Any) -> Stop:
    def change(scene: Scene, _: str) -> None:
        row = update(videos).where(videos.c.id == scene.post).values(values)
        scene.house.database.write(lambda c: c.execute(row))

    return change


@pytest.mark.parametrize(
    ("stop", "says"),
    [
        (_revoke, "revoked"), (_expire, "expired"), (_video(visibility="private"), "video_gone"),
        (_video(state="deleted"), "video_gone"), (_video(person="somebody"), "video_gone"),
    ],
)  # fmt: skip
def test_what_ends_a_consent_ends_the_showing_at_once_and_the_campaign_says_why(
    scene: Scene, stop: Stop, says: str
) -> None:
    consent = scene.consent(until_on=today("UTC", scene.house.time()) + timedelta(days=1))
    campaign = scene.promote(consent)
    scene.warm()
    assert scene.ads(scene.visitor("~before"))
    promotion = scene.view(campaign).promotion
    assert promotion is not None
    assert promotion.state == "valid"
    stop(scene, consent.code)  # the node has not heard of it
    assert scene.ads(scene.visitor("~after")) == []
    scene.warm()
    assert scene.ads(scene.visitor("~later")) == []
    promotion = scene.view(campaign).promotion
    assert promotion is not None
    assert promotion.state == says


def test_a_code_is_for_one_advertiser_for_one_video_and_for_whom_it_names(scene: Scene) -> None:
    consent = scene.consent(sponsor="corner bakery")
    other = scene.open_account(scene.bob, name="Butcher")
    terms: dict[str, Any] = {
        "format": "promoted",
        "consent": consent.code.lower(),
        "creatives": [scene.creative(video=scene.post)],
    }
    with pytest.raises(ConsentNotFound):
        scene.book(scene.bob, **terms | {"advertiser": other.id})
    with pytest.raises(InvalidCampaign):
        scene.book(**terms | {"creatives": [scene.creative()]})
    campaign = scene.book(**terms)
    assert campaign.promotion is not None
    assert campaign.promotion.share_percent == 30
    free = scene.consent()
    scene.book(**terms | {"consent": free.code.replace("-", " ")})
    with pytest.raises(ConsentNotFound):
        scene.book(scene.bob, **terms | {"advertiser": other.id, "consent": free.code})
    for wrong in ("", "0000-0000-0000", "x" * 40):
        with pytest.raises(ConsentNotFound):
            scene.book(**terms | {"consent": wrong})
    scene.consents.revoke(scene.creator, free.code)
    with pytest.raises(ConsentOver):
        scene.book(**terms | {"consent": free.code})


def test_only_ones_own_public_video_is_offered_and_only_its_maker_takes_it_back(scene: Scene) -> None:
    for refusal, values in (
        (InvalidCampaign, {"video": scene.video}),
        (InvalidCampaign, {"video": scene.house.show(scene.creator, visibility="private")}),
        (InvalidRequest, {"until_on": today("UTC", scene.house.time()) - timedelta(days=1)}),
        (InvalidRequest, {"until_on": today("UTC", scene.house.time()) + timedelta(days=400)}),
        (Conflict, {"share_percent": 90}),
    ):  # fmt: skip
        with pytest.raises(refusal):
            scene.consent(**values)
    given = scene.consent()
    with pytest.raises(ConsentNotFound):
        scene.consents.revoke(scene.bob, given.code)
    first = scene.consents.revoke(scene.creator, given.code)
    scene.house.time.leap_ms += 1_000
    assert scene.consents.revoke(scene.creator, given.code) == first, "the date stays"


def test_the_share_stays_what_the_creator_was_shown(scene: Scene) -> None:
    consent = scene.consent()
    lower = Offers(200_000_000, 5)
    scene.house.database.write(lambda c: set_offers(c, lower, "root", 0))
    campaign = scene.promote(consent)
    assert campaign.promotion is not None
    assert campaign.promotion.share_percent == 30
    assert scene.consent(share_percent=5).share_percent == 5


def test_a_campaign_in_the_feed_is_nobodys_post(scene: Scene) -> None:
    """The consent is not a way to advertise with somebody else's video in another format."""
    consent = scene.consent()
    with pytest.raises(Refusal):
        scene.book(consent=consent.code, creatives=[scene.creative(video=scene.post)])
