"""Cards between live rooms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.ids import new_id
from tests.vod.ads.campaigns.conftest import EURO
from tests.vod.ads.scene import AGENT, Scene
from tests.vod.conftest import House
from vod.ads.campaigns.campaign import Targets
from vod.ads.results.results import results
from vod.ads.rooms.cards import RoomCard, RoomCards, slots
from vod.errors import InvalidCampaign
from vod.feed.viewer import Viewer

VISITOR = Viewer("~visitor", None, "192.0.2.1", agent=AGENT)


class Street(Scene):
    """Five live rooms, and who walks from one to the next."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.rooms = [house.go_live(self.creator) for _ in range(5)]
        shelf = house.vod.feed._ads
        assert shelf is not None
        self.cards = RoomCards(house.database, shelf, house.rooms_by_id)

    def between(self, viewer: Viewer = VISITOR, session: str = "") -> list[RoomCard]:
        return self.cards.between(viewer, session or new_id(), self.rooms, "")

    def warm(self) -> None:
        for _ in range(4):
            self.later(2_500)
            self.between()


@pytest.fixture
def street(house: House) -> Street:
    return Street(house)


def test_cards_stand_between_rooms_only() -> None:
    assert [slots(number) for number in (0, 1, 2, 3, 11)] == [[], [], [], [2], [2, 10]]


def test_a_card_is_shown_billed_once_and_explained(street: Street) -> None:
    made = street.running(targets=Targets(zones=("live",)))
    street.warm()
    assert not street.ads(street.visitor()), "it is booked between rooms only"
    [card] = street.between()
    assert (card.after, card.ad.label, card.ad.sponsor) == (2, "Ad", "Corner Bakery")
    street.see(card)
    street.see(card)
    street.bill()
    found = street.view(made)
    assert (found.views, found.viewable) == (1, 1)
    spent = found.spent_micro
    assert 0 < spent <= 8 * EURO // 1_000
    [cell] = street.house.database.read(lambda c: results(c, made.id, street.house.time())).zones
    assert (cell.key, cell.billed, cell.spent_micro) == (None, 1, spent), "one person is nobody's name"
    reasons = street.house.vod.ads.explain
    _, text = street.house.database.read(lambda c: reasons(c, card.impression, VISITOR, "en")) or ({}, "")
    assert "between live rooms" in text
    assert not street.faults()


def test_what_is_booked_in_the_feed_stands_between_no_rooms_and_neither_sees_a_minor(street: Street) -> None:
    street.running()
    street.warm()
    assert not street.between()
    street.running(targets=Targets(zones=("feed", "live")))
    street.warm()
    assert street.between()
    minor = replace(street.house.person(), adult=False)
    assert not street.between(Viewer(minor.id, minor, "192.0.2.1", agent=AGENT))


def test_a_room_that_is_over_has_no_card_beside_it(street: Street) -> None:
    street.running(targets=Targets(zones=("live",)))
    street.warm()
    del street.house.live[1]
    assert not street.between()


def test_hashtags_of_titles_beside_a_card_are_targets(street: Street) -> None:
    street.running(targets=Targets(zones=("live",), hashtags=("bread",)))
    street.warm()
    assert not street.between()
    street.house.live[2].title = "Baking #Bread"
    street.warm()
    [card] = street.between()
    explain = street.house.vod.ads.explain
    details, _ = street.house.database.read(lambda c: explain(c, card.impression, VISITOR, "fr")) or ({}, "")
    assert details["hashtag"] == "bread"


def test_a_promoted_post_stays_in_the_feed(street: Street) -> None:
    with pytest.raises(InvalidCampaign):
        street.promote(street.consent(), targets=Targets(zones=("live",)))
