"""Why something was shown: the stored reason, to whom it was shown, in their language."""

from __future__ import annotations

from typing import get_args

import pytest
from sqlalchemy import select

from core.errors import AdultsOnly
from core.identity import Identity
from core.ids import new_id
from core.text.languages import accepted_languages, written_language
from tests.vod.conftest import House
from tests.vod.feed.conftest import BASE_URL
from trust.reports import Subject
from vod.errors import ImpressionNotFound, InterestNotFound
from vod.feed.control.texts import TEXTS, sentence
from vod.feed.control.why import Explanations
from vod.feed.feed import FeedVideo
from vod.feed.impressions import Showing
from vod.feed.sources import ReasonCode
from vod.feed.viewer import Viewer
from vod.tables import feed_impressions


def test_why_agrees_with_what_was_stored_and_is_for_the_viewer_alone(house: House) -> None:
    who, other = house.person(), house.person()
    house.show(house.person())
    house.vod.learning.catch_up()
    viewer = Viewer(who.id, who)
    (item,) = house.vod.feed.for_you(viewer, "", 5, BASE_URL).items
    assert isinstance(item, FeedVideo)
    explanations = Explanations(house.database, house.accounts.brief, house.vod.videos.sight)
    why = explanations.why(item.impression, viewer, "en")
    row = house.database.read(lambda c: c.execute(select(feed_impressions)).one())
    assert why.code == item.reason.code == row.reason
    assert (why.details["score"], why.details["propensity"]) == (row.score, row.propensity)
    assert why.details["ranker"] == "learned"
    assert 0 < row.propensity <= 1
    assert why.text == sentence("en", why.code)
    assert explanations.why(item.impression, viewer, "fr").text == sentence("fr", why.code)
    for stranger in (Viewer(other.id, other), Viewer("~visitor", None)):
        with pytest.raises(ImpressionNotFound):
            explanations.why(item.impression, stranger, "en")
    with pytest.raises(ImpressionNotFound):
        explanations.why("unknown", viewer, "en")


@pytest.mark.parametrize("how", ["private", "reported", "deleted"])
def test_why_names_no_video_that_the_asker_may_not_watch(house: House, how: str) -> None:
    maker, fan = house.person(), house.person()
    liked, shown, viewer = house.show(maker), house.show(house.person()), Viewer(fan.id, fan)
    showing = Showing("video", shown, "like_others", {"video": liked, "like": 0.5})
    (impression,) = house.vod.impressions.record(fan.id, new_id(), 0, 1, [showing])
    explanations = Explanations(house.database, house.accounts.brief, house.vod.videos.sight)
    why = explanations.why(impression, viewer, "en")
    assert (why.details["video"], why.details["handle"]) == (liked, maker.handle)
    assert why.text == sentence("en", "like_others", creator=maker.name)
    if how == "private":
        house.vod.videos.edit(liked, maker, None, "private")
    elif how == "reported":
        house.reports.add(fan, Subject("video", liked), "spam", "")
    else:
        house.vod.videos.delete(liked, maker)
    why = explanations.why(impression, viewer, "en")
    assert (why.code, why.details) == ("like_others", {"like": 0.5})
    assert why.text == sentence("en", "like_others")


def test_every_reason_has_a_sentence_in_both_languages() -> None:
    assert TEXTS["en"].keys() == TEXTS["fr"].keys()
    for literal in get_args(ReasonCode):
        for code in get_args(literal) or (literal,):
            for language in ("en", "fr"):
                assert sentence(language, code)
                assert "Ada" in sentence(language, "creator", creator="Ada")


def test_minors_cannot_switch_it_on_and_nobody_removes_what_is_not_there(house: House) -> None:
    ada = house.person()
    minor = Identity(ada.id, ada.handle, ada.name, ada.role, False)
    with pytest.raises(AdultsOnly):
        house.vod.interests.personalise(minor, personalised=True)
    assert house.vod.interests.view(minor).reason == "adults_only"
    assert house.vod.interests.personalise(ada, personalised=False).personalised is False
    assert house.vod.interests.personalise(ada, personalised=True).personalised is True
    with pytest.raises(InterestNotFound):
        house.vod.interests.remove(ada, "hashtag", "cats")


@pytest.mark.parametrize(
    ("accept", "languages"),
    [
        ("fr-CA, en;q=0.8", ["fr", "en"]),
        ("en;q=0.1, de", ["de", "en"]),
        ("*, ;;;, q=1, en;q=0", []),
        ("x" * 9_000, []),
        ("", []),
    ],
)
def test_languages_are_read_from_accept_language(accept: str, languages: list[str]) -> None:
    assert accepted_languages(accept) == languages
    assert written_language(accept) in ("en", "fr")
