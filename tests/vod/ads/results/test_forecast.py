"""Forecasts come from what was shown, and never promise more than the budget pays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, insert

from core.ids import new_id
from tests.vod.ads.campaigns.rows import DAY_MS, add_advertiser, add_campaign
from tests.vod.conftest import House
from vod.ads.campaigns.booking import Terms
from vod.ads.campaigns.campaign import Caps, Targets
from vod.ads.campaigns.dates import today
from vod.ads.results import forecast as module
from vod.ads.results.forecast import Forecast, forecast
from vod.ads.serving.history import add_places
from vod.catalogue.tags import add_tags
from vod.tables import feed_impressions

ZONE = "Europe/Paris"
EURO = 1_000_000


def show(house: House, showings: int, people: int = 50, caption: str = "") -> None:
    """As many showings of one video to as many people, a moment ago."""
    video = house.show(house.person())
    rows = [
        {
            "id": new_id(), "viewer": f"p{number % people}", "session": f"s{number % people}", "kind": "video",
            "subject": video, "position": number, "reason": "fresh", "at": house.time(),
        }
        for number in range(showings)
    ]  # fmt: skip

    def write(connection: Connection) -> None:
        connection.execute(insert(feed_impressions), rows)
        add_tags(connection, video, caption)

    house.database.write(write)


def expected(house: House, **terms: Any) -> Forecast:
    begins = today(ZONE, house.time())
    values: dict[str, Any] = {
        "name": "x", "category": "food", "objective": "views", "pricing": "cpm", "bid_micro": 8 * EURO,
        "total_micro": 100 * EURO, "starts_on": begins, "ends_on": begins + timedelta(days=9), "day_micro": None,
        "caps": Caps(None, None), "targets": Targets(),
    } | terms  # fmt: skip
    return house.database.read(lambda c: forecast(c, Terms(**values), ZONE, house.time()))


def test_without_any_showing_nothing_is_promised(house: House) -> None:
    found = expected(house)
    assert (found.views_high, found.people_high, found.spend_high_micro, found.places) == (0, 0, 0, 0)


def test_the_views_follow_the_places_there_were(house: House) -> None:
    show(house, 800)
    found = expected(house)
    assert (found.days, found.past_days, found.places, found.limited_by) == (10, 1, 1_000, "places")
    assert 0 < found.views_low < 700 < found.views_high <= 1_000
    assert found.people_high == 50
    assert found.spend_high_micro == found.views_high * 8_000


def test_the_budget_bounds_the_views_and_the_spending(house: House) -> None:
    show(house, 800)
    found = expected(house, total_micro=1 * EURO)
    assert (found.limited_by, found.views_high) == ("budget", 120)
    assert found.spend_high_micro <= EURO


def test_caps_bound_the_views(house: House) -> None:
    show(house, 800, people=2)
    assert expected(house, caps=Caps(None, 3)).limited_by == "caps"
    assert expected(house, caps=Caps(None, 3)).views_high <= 8


@pytest.mark.parametrize(
    ("targets", "fits"),
    [
        (Targets(hashtags=("bread",)), True),
        (Targets(hashtags=("cats",)), False),
        (Targets(languages=("fr",)), False),
        (Targets(sounds=("none",)), False),
    ],
)
def test_only_places_that_fit_the_targets_count(house: House, targets: Targets, fits: bool) -> None:
    show(house, 160, caption="Fresh #bread")
    assert (expected(house, targets=targets).places > 0) == fits


def test_hours_are_those_of_the_zone(house: House) -> None:
    show(house, 160)
    per_hour = [expected(house, targets=Targets(hours=(hour,))).places for hour in range(24)]
    assert sum(places > 0 for places in per_hour) in (1, 2), "the clock may pass the hour meanwhile"


def test_what_the_past_does_not_tell_makes_it_less_certain(house: House) -> None:
    show(house, 800)
    sure, unsure = expected(house), expected(house, targets=Targets(countries=("FR",)))
    assert unsure.views_low < sure.views_low


def note_places(house: House, zone: str, **by_country: int) -> None:
    places = {(zone, country): count for country, count in by_country.items()}
    house.database.write(lambda c: add_places(c, house.time(), places))


def test_places_count_by_the_countries_they_were_in(house: House) -> None:
    show(house, 800)
    note_places(house, "feed", FR=30, DE=60, **{"": 10})
    everywhere, there = expected(house), expected(house, targets=Targets(countries=("FR",)))
    assert (everywhere.places, there.places, there.people_high) == (1_000, 300, 10)
    assert expected(house, targets=Targets(countries=("IT",))).places == 0


def test_places_between_live_rooms_are_those_that_came_up(house: House) -> None:
    show(house, 800)
    note_places(house, "live", FR=20, DE=30)
    assert expected(house, targets=Targets(zones=("live",))).places == 500
    assert expected(house, targets=Targets(zones=("live",), countries=("FR",))).places == 200
    assert expected(house, targets=Targets(zones=("feed", "live"))).places == 1_500


def test_a_rival_takes_its_share(house: House) -> None:
    show(house, 800)
    alone = expected(house)
    house.database.write(lambda c: add_campaign(c, add_advertiser(c), house.time(), bid_micro=9 * EURO))
    assert expected(house).views_high < alone.views_high
    assert expected(house, bid_micro=10 * EURO).views_high == alone.views_high


def test_showings_of_long_ago_do_not_count(house: House) -> None:
    show(house, 160)
    house.time.leap_ms = 9 * DAY_MS
    assert expected(house).places == 0


def test_a_forecast_reads_so_many_showings(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    show(house, 160)
    monkeypatch.setattr(module, "SHOWINGS_MAX", 80)
    assert expected(house).places == 100


def test_it_is_rounded_to_two_digits(house: House) -> None:
    show(house, 799)
    found = msgspec.structs.asdict(expected(house))
    for field in ("views_low", "views_high", "places"):
        assert len(str(found[field]).rstrip("0")) <= 2, field
