"""Reviews: by a person, of what was looked at, with reasons; and again after every change."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from core.errors import InvalidRequest, NotAllowed
from tests.vod.ads.campaigns.conftest import Agency
from vod.ads.campaigns.booking import CampaignEdit
from vod.ads.campaigns.bookings import CampaignView
from vod.ads.campaigns.review import Verdict, Waiting
from vod.errors import CampaignNotOpen, CreativeChanged, CreativeNotFound, InvalidCampaign
from vod.tables import videos


def queue(agency: Agency) -> list[Waiting]:
    return agency.house.database.read(lambda c: agency.studio.review.queue(c, "", 50)).items


def change_creative(agency: Agency, campaign: CampaignView, **values: Any) -> CampaignView:
    return agency.studio.bookings.edit_creative(campaign.creatives[0].id, agency.ada, agency.creative(**values))


def caption(agency: Agency, text: str) -> None:
    changed = update(videos).where(videos.c.id == agency.video).values(caption=text)
    agency.house.database.write(lambda c: c.execute(changed))


def test_an_approved_campaign_runs_from_its_first_day(agency: Agency) -> None:
    agency.verify()
    made = agency.book()
    assert queue(agency) == []
    assert agency.submit(made).state == "review"
    [waiting] = queue(agency)
    assert (waiting.sponsor, waiting.category, waiting.creative.url) == (
        "Corner Bakery", "food", "https://bakery.example/bread"
    )  # fmt: skip
    assert agency.shown() == []
    assert agency.decide(made).state == "running"
    assert (agency.shown(), queue(agency)) == ([made.id], [])


def test_a_rejected_campaign_is_a_draft_again_with_the_reasons(agency: Agency) -> None:
    made = agency.book()
    agency.submit(made)
    decided = agency.decide(made, approved=False, reasons=["misleading", "landing_page"], note="Says it is free.")
    [creative] = decided.creatives
    assert (decided.state, creative.state) == ("draft", "rejected")
    assert (creative.reasons, creative.note) == (["misleading", "landing_page"], "Says it is free.")
    with pytest.raises(InvalidCampaign):
        agency.submit(made)
    change_creative(agency, made, text="Fresh, from 1 euro")
    assert agency.submit(made).state == "review"
    assert agency.decide(made).state == "running"


def test_a_submission_without_a_creative_is_refused(agency: Agency) -> None:
    with pytest.raises(InvalidCampaign):
        agency.submit(agency.book(creatives=[]))


def test_a_rejection_needs_a_reason(agency: Agency) -> None:
    made = agency.book()
    agency.submit(made)
    with pytest.raises(InvalidRequest):
        agency.decide(made, approved=False, reasons=[])
    with pytest.raises(InvalidRequest):
        agency.decide(made, note="x" * 501)


def test_what_was_not_looked_at_is_not_approved(agency: Agency) -> None:
    made = agency.book()
    agency.submit(made)
    seen = agency.view(made).creatives[0]
    change_creative(agency, made, url="https://elsewhere.example/")
    with pytest.raises(CreativeChanged):
        agency.studio.review.decide(seen.id, agency.eve, Verdict(True, seen.revision))
    assert agency.decide(made).state == "running"
    now = agency.view(made).creatives[0]
    with pytest.raises(CreativeChanged):
        agency.studio.review.decide(now.id, agency.eve, Verdict(True, now.revision))
    with pytest.raises(CreativeNotFound):
        agency.studio.review.decide("nothing", agency.eve, Verdict(True, 1))


def test_members_do_not_review_their_own_ads(agency: Agency) -> None:
    made = agency.book()
    agency.submit(made)
    agency.join(agency.eve, "viewer")
    with pytest.raises(NotAllowed):
        agency.decide(made)


@pytest.mark.parametrize("bait", [{"url": "https://casino.example/"}, {"text": "You have won"}, {"action": "download"}])
def test_a_creative_changed_after_its_approval_is_not_shown_until_it_is_reviewed_again(
    agency: Agency, bait: dict[str, str]
) -> None:
    made = agency.running()
    assert change_creative(agency, made, **bait).state == "review"
    assert agency.shown() == []
    agency.decide(made)
    assert agency.shown() == [made.id]


def test_saving_without_a_change_needs_no_review(agency: Agency) -> None:
    made = agency.running()
    assert change_creative(agency, made).state == "running"
    assert agency.shown() == [made.id]


def test_another_creative_waits_while_the_approved_one_goes_on(agency: Agency) -> None:
    made = agency.running()
    added = agency.studio.bookings.add_creative(made.id, agency.ada, agency.creative(text="Second"))
    assert (added.state, [one.state for one in added.creatives]) == ("running", ["approved", "waiting"])
    [running] = agency.house.database.read(agency.studio.campaigns.running)
    assert [one.text for one in running.creatives] == ["Fresh every morning"]
    agency.decide(made, approved=False)
    assert agency.shown() == [made.id]


def test_another_category_is_reviewed_again(agency: Agency) -> None:
    made = agency.running()
    edited = agency.studio.bookings.edit(made.id, agency.ada, CampaignEdit(category="events"))
    assert (edited.state, edited.creatives[0].state) == ("review", "waiting")
    assert agency.shown() == []


def test_without_any_creative_a_campaign_is_a_draft(agency: Agency) -> None:
    made = agency.running()
    assert agency.studio.bookings.remove_creative(made.creatives[0].id, agency.ada).state == "draft"
    assert agency.shown() == []


def test_another_caption_of_the_video_is_reviewed_again(agency: Agency) -> None:
    made = agency.running()
    caption(agency, "Win money here")
    assert agency.shown() == []
    assert not agency.view(made).creatives[0].shown
    agency.studio.lifecycle.tick()
    after = agency.view(made)
    assert (after.state, after.creatives[0].state) == ("review", "waiting")
    agency.decide(made)
    assert agency.shown() == [made.id]


def test_a_video_deleted_while_its_ad_is_shown_is_shown_no_more(agency: Agency) -> None:
    made = agency.running()
    agency.house.vod.videos.delete(agency.video, agency.ada)
    assert agency.shown() == []
    [creative] = agency.view(made).creatives
    assert (creative.video, creative.shown) == (agency.video, False)
    agency.studio.lifecycle.tick()
    assert agency.view(made).state == "running"
    with pytest.raises(InvalidCampaign):
        change_creative(agency, made, text="Another text")


def test_a_paused_campaign_stays_paused_whatever_is_reviewed(agency: Agency) -> None:
    made, bookings = agency.running(), agency.studio.bookings
    bookings.pause(made.id, agency.ada)
    change_creative(agency, made, text="Another text")
    assert agency.view(made).state == "paused"
    assert bookings.resume(made.id, agency.ada).state == "review"
    agency.decide(made)
    bookings.pause(made.id, agency.ada)
    assert agency.shown() == []
    assert bookings.resume(made.id, agency.ada).state == "running"
    bookings.pause(made.id, agency.ada)
    bookings.remove_creative(made.creatives[0].id, agency.ada)
    with pytest.raises(CampaignNotOpen):
        bookings.resume(made.id, agency.ada)
