"""Every ad from the very first one, until a year after it was last shown."""

from __future__ import annotations

from sqlalchemy import update

from core.text import folded
from tests.vod.ads.stage import Stage
from vod.ads.library import KEPT_MS, AdLibrary
from vod.ads.tables import ad_library


def shown(stage: Stage, campaigns: int) -> AdLibrary:
    for _ in range(campaigns):
        stage.campaign(total_micro=1_000_000)
    stage.node()
    for number in range(60):
        stage.serve(stage.nodes[0][0], f"~{number}")
        stage.tick(1_000)
    return AdLibrary(stage.database, stage.clock)


def test_an_ad_is_listed_with_who_paid_and_where_it_was_to_be_shown(stage: Stage) -> None:
    [ad] = shown(stage, 1).ads("", "", 20).items
    assert (ad.sponsor, ad.paid_by, ad.category) == ("Corner Bakery", "Corner Bakery", "food")
    assert ad.landing == "https://bakery.example/"
    assert ad.views is None, "fewer than 20 are not told"
    assert ad.first_at <= ad.last_at


def test_the_library_is_read_page_by_page_and_searched(stage: Stage) -> None:
    library = shown(stage, 3)
    first = library.ads("", "", 2)
    assert first.next is not None
    second = library.ads("", first.next, 2)
    assert second.next is None
    assert len({ad.creative for ad in (*first.items, *second.items)}) == 3
    assert len(library.ads("BAKER", "", 20).items) == 3
    assert library.ads("baker%", "", 20).items == []
    stage.database.write(lambda c: c.execute(update(ad_library).values(names=folded("Café Été"))))
    assert len(library.ads("CAFÉ É", "", 20).items) == 3
    assert library.ads("somebody else", "", 20).items == []


def test_a_year_after_its_last_showing_an_ad_is_forgotten(stage: Stage) -> None:
    library = shown(stage, 1)
    stage.now += KEPT_MS - 120_000
    library.forget_old()
    assert len(library.ads("", "", 20).items) == 1
    stage.now += 240_000
    library.forget_old()
    assert library.ads("", "", 20).items == []
