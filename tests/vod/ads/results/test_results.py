"""Results add up, name nobody among few, and are nobody else's."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import Connection, insert

from core.ids import new_id
from tests.vod.ads.campaigns.rows import add_advertiser, add_campaign
from tests.vod.conftest import House
from vod.ads.results import results as module
from vod.ads.results.results import PEOPLE_MIN, Learning, Results, results
from vod.ads.tables import ad_days, ad_receipts, ad_serves
from vod.errors import CampaignNotFound

NOON = 1_795_953_600_000  # 2026-11-29 12:00 UTC: 13:00 in Paris
HOUR_MS = 3_600_000


def bill(
    connection: Connection, campaign: str, people: int, *, each: int = 1, at: int = NOON, tags: list[str] | None = None,
    country: str = "", first: int = 0,
) -> None:  # fmt: skip
    """Billed views of so many people."""
    serves: list[dict[str, Any]] = []
    receipts: list[dict[str, Any]] = []
    for number in range(people * each):
        serve = {
            "id": new_id(), "viewer": f"p{first + number % people}", "campaign": campaign, "advertiser": "a",
            "creative": "c", "video": "v", "day": "2026-11-29", "node": "n", "place": "feed", "at": at,
            "expires_at": at, "bills": "viewable", "price_micro": 5_000, "runner_up_micro": 0,
            "reasons": msgspec.json.encode({"hashtag": tags or []}).decode(), "state": "billed",
            "country": country,
        }  # fmt: skip
        serves.append(serve)
        shared = {key: serve[key] for key in ("campaign", "advertiser", "creative", "place", "price_micro", "at")}
        receipts.append(
            shared
            | {"serve": serve["id"], "kind": "viewable", "runner_up_micro": 0, "minute": at // 60_000, "digest": ""}
        )
    connection.execute(insert(ad_serves), serves)
    connection.execute(insert(ad_receipts), receipts)


def day(connection: Connection, campaign: str, name: str, views: int, spent: int, **more: int) -> None:
    row = {"campaign": campaign, "day": name, "views": views, "viewable": views // 2, "finishes": 0, "clicks": 1}
    row |= {"hides": 0, "reports": 0, "invalid": 0, "spent_micro": spent} | more
    connection.execute(insert(ad_days).values(row))


def campaign(connection: Connection) -> str:
    return add_campaign(connection, add_advertiser(connection), NOON, starts_on="2026-11-28", ends_on="2026-12-01")


def read(house: House, id: str) -> Results:
    return house.database.read(lambda c: results(c, id, NOON))


def test_days_follow_one_another_with_the_plan_beside_them(house: House) -> None:
    def write(c: Connection) -> str:
        made = campaign(c)
        day(c, made, "2026-11-28", 10, 40_000)
        day(c, made, "2026-11-30", 6, 20_000)
        return made

    found = read(house, house.database.write(write)).days
    assert [(one.day, one.views, one.viewable, one.clicks, one.spent_micro) for one in found] == [
        ("2026-11-28", 10, 5, 1, 40_000), ("2026-11-29", 0, 0, 0, 0), ("2026-11-30", 6, 3, 1, 20_000)
    ]  # fmt: skip
    assert [one.planned_micro for one in found] == [25_000_000, 50_000_000, 75_000_000], "a quarter of the total a day"


def test_what_concerns_few_people_has_no_name(house: House) -> None:
    def write(c: Connection) -> str:
        made = campaign(c)
        bill(c, made, PEOPLE_MIN, each=2, tags=["bread"])
        bill(c, made, PEOPLE_MIN - 1, at=NOON + HOUR_MS, tags=["rare", "odd"])
        bill(c, made, 1, at=NOON + 2 * HOUR_MS, tags=["odder"], first=PEOPLE_MIN)
        return made

    found = read(house, house.database.write(write))
    assert (found.reach, found.frequency) == (21, round(60 / 21, 2))
    assert [(one.key, one.people, one.billed, one.spent_micro) for one in found.hours] == [
        ("13", 20, 40, 200_000), (None, None, 20, 100_000)
    ]  # fmt: skip
    assert [(one.key, one.billed) for one in found.hashtags] == [("#bread", 40), (None, 39)]


def test_what_is_left_is_never_about_few_people_either(house: House) -> None:
    """A rest of one person would be told by what the others leave."""

    def write(c: Connection) -> str:
        made = campaign(c)
        bill(c, made, PEOPLE_MIN + 5, each=2, country="FR")
        bill(c, made, PEOPLE_MIN, country="DE")
        bill(c, made, 1, country="IS", first=PEOPLE_MIN + 5)
        return made

    found = read(house, house.database.write(write)).countries
    assert [(one.key, one.people, one.billed) for one in found] == [("FR", 25, 50), (None, None, 21)]


def test_where_people_are_is_shown_by_country_and_unknown_is_a_country_of_its_own(house: House) -> None:
    def write(c: Connection) -> str:
        made = campaign(c)
        bill(c, made, PEOPLE_MIN, country="FR")
        bill(c, made, PEOPLE_MIN, country="")
        return made

    found = read(house, house.database.write(write)).countries
    assert [(one.key, one.people) for one in found] == [("FR", 20), ("ZZ", 20)]


def test_every_view_is_viewable_not_viewable_or_undetermined(house: House) -> None:
    def write(c: Connection) -> str:
        made = campaign(c)
        day(c, made, "2026-11-28", 10, 40_000, not_viewable=3, quarters=8, halves=6, three_quarters=4, finishes=2)
        return made

    [found] = read(house, house.database.write(write)).days
    assert (found.viewable, found.not_viewable, found.undetermined) == (5, 3, 2)
    assert (found.quarters, found.halves, found.three_quarters, found.finishes) == (8, 6, 4, 2)


def test_conversions_have_a_rate_and_a_cost(house: House) -> None:
    def write(c: Connection) -> str:
        made = campaign(c)
        day(c, made, "2026-11-28", 10, 40_000, clicks=8, conversions=2, converted_micro=9_000_000)
        day(c, made, "2026-11-20", 10, 40_000, clicks=8, conversions=40)
        day(c, made, "2026-11-29", 10, 40_000, clicks=0)
        return made

    found = read(house, house.database.write(write))
    assert (found.days[0].conversion_rate, found.days[0].cost_micro) == (0.25, 20_000)
    assert (found.days[1].conversion_rate, found.days[1].cost_micro) == (None, None)
    assert (found.learning.conversions, found.learning.needed, found.learning.days) == (2, 50, 7)


def test_few_viewers_altogether_are_not_counted(house: House) -> None:
    def write(c: Connection) -> str:
        made = campaign(c)
        bill(c, made, 3)
        return made

    found = read(house, house.database.write(write))
    assert (found.reach, found.frequency) == (None, None)
    assert [(one.key, one.people) for one in found.hours] == [(None, None)]


def test_an_answer_reads_so_many_receipts(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(c: Connection) -> str:
        made = campaign(c)
        bill(c, made, 30)
        return made

    made = house.database.write(write)
    monkeypatch.setattr(module, "RECEIPTS_MAX", 25)
    assert read(house, made).reach == 25


def test_before_anything_was_shown_there_is_nothing(house: House) -> None:
    assert read(house, house.database.write(campaign)) == Results([], None, None, [], [], [], Learning(0), [])
    with pytest.raises(CampaignNotFound):
        read(house, "nothing")
