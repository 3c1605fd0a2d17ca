"""A conversion counts once, in time, of a click that counts, for whoever knows the secret."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import Connection, delete, func, select

from tests.vod.ads.conversions.conftest import SECRET, Shop
from vod.ads.conversions.conversions import CLICK_WINDOW_MS
from vod.ads.retention import SERVE_AGE_MS_MAX, forget_serves
from vod.ads.serving.history import counts
from vod.ads.tables import ad_conversion_secrets, ad_conversions, ad_nodes
from vod.errors import ClickNotFound, ConversionSecretUnknown


def test_a_conversion_counts_once_however_often_it_is_told(shop: Shop) -> None:
    serve = shop.shown()
    assert [shop.report(serve, "1001", 12_500_000) for _ in range(3)] == ["counted", "repeated", "repeated"]
    assert (shop.count("conversions"), shop.count("converted_micro")) == (1, 12_500_000)


def test_one_counts_for_each_serve(shop: Shop) -> None:
    serve = shop.shown()
    assert [shop.report(serve, order, 1_000) for order in ("1", "2", "")] == ["counted", "second", "second"]
    assert shop.report(shop.shown("~another"), "3") == "counted"
    assert (shop.count("conversions"), shop.count("converted_micro")) == (2, 1_000)


@pytest.mark.parametrize(("late_ms", "outcome"), [(0, "counted"), (1_000, "late")])
def test_a_click_is_followed_for_seven_days_by_our_clock(shop: Shop, late_ms: int, outcome: str) -> None:
    serve = shop.shown()
    shop.stage.now += CLICK_WINDOW_MS + late_ms
    assert shop.report(serve) == outcome
    assert shop.count("conversions") == (outcome == "counted")


def test_what_was_not_clicked_is_no_touch(shop: Shop) -> None:
    with pytest.raises(ClickNotFound):
        shop.report(shop.shown(clicked=False))
    assert shop.count("conversions") == 0


def test_a_report_that_came_before_its_click_may_come_again(shop: Shop) -> None:
    serve = shop.shown(clicked=False)
    with pytest.raises(ClickNotFound):
        shop.report(serve)
    shop.stage.tell([(serve.id, "click")])
    assert shop.report(serve) == "counted"


def test_what_comes_of_invalid_clicks_counts_nowhere(shop: Shop) -> None:
    assert shop.report(shop.shown(program=True)) == "invalid"
    flood = [shop.shown(f"~{number}", source="192.0.2.7") for number in range(3)]
    assert [shop.report(serve) for serve in flood] == ["counted", "invalid", "invalid"]
    assert shop.count("conversions") == 1


def test_a_forged_secret_or_click_reports_nothing(shop: Shop) -> None:
    serve = shop.shown()
    with pytest.raises(ConversionSecretUnknown):
        shop.report(serve, secret=SECRET + "x")
    for forged in (shop.stage.signatures.impression(serve.id), f"{serve.id}.{'0' * 16}", "nonsense", "é." + "0" * 16):
        with pytest.raises(ClickNotFound):
            shop.conversions.report(SECRET, forged, "purchase", "", 0)
        with pytest.raises(ConversionSecretUnknown):
            shop.conversions.report("wrong", forged, "purchase", "", 0)
    assert shop.count("conversions") == 0


def test_an_advertiser_reports_of_its_own_ads_only(shop: Shop) -> None:
    serve = shop.shown()
    rival = Shop(shop.stage)
    shop.stage.database.write(lambda c: c.execute(delete(ad_conversion_secrets)))
    rival.know(serve.campaign.advertiser, "of the bakery")
    other = next(one for one in shop.stage.nodes[1][0]._lineup.campaigns if one.id == rival.campaign)
    rival.know(other.advertiser, "of the rival")
    with pytest.raises(ClickNotFound):
        shop.report(serve, secret="of the rival")
    assert shop.report(serve, secret="of the bakery") == "counted"


def test_neither_an_impression_nor_a_click_id_is_made_from_the_other(shop: Shop) -> None:
    signatures, serve = shop.stage.signatures, shop.shown().id
    assert signatures.serve(signatures.impression(serve)) == signatures.clicked(signatures.click(serve)) == serve
    assert signatures.serve(signatures.click(serve)) is None
    assert signatures.clicked(signatures.impression(serve)) is None


def test_conversions_are_forgotten_with_their_serves(shop: Shop) -> None:
    shop.report(shop.shown())
    shop.stage.database.write(lambda c: c.execute(delete(ad_nodes)))
    forget_serves(shop.stage.database, shop.stage.now + SERVE_AGE_MS_MAX + 86_400_000)
    left = shop.stage.database.read(lambda c: c.execute(select(func.count()).select_from(ad_conversions)).scalar_one())
    assert left == 0
    assert shop.count("conversions") == 1, "but the figures stay"


def test_whatever_is_reported_in_whatever_order_the_figures_are_the_rows_that_count(shop: Shop) -> None:
    """A model: of each serve, the first report within seven days of a click that counts."""
    chance = random.Random(44)
    serves = [shop.shown(f"~{number}", program=chance.random() < 0.3) for number in range(6)]
    begun = shop.stage.now
    found: dict[str, list[str]] = {}
    for _ in range(60):
        serve = chance.choice(serves)
        shop.stage.now = begun + chance.choice([0, CLICK_WINDOW_MS - 10_000, CLICK_WINDOW_MS + 60_000])
        found.setdefault(serve.id, []).append(shop.report(serve, chance.choice("abc"), 5))
    counted = [outcomes.count("counted") for outcomes in found.values()]
    assert max(counted) == 1
    assert shop.count("conversions") == sum(counted)
    assert shop.count("converted_micro") == 5 * sum(counted)

    def read(connection: Connection) -> int:
        of_rows = select(func.count()).select_from(ad_conversions).where(ad_conversions.c.mark == "")
        return int(connection.execute(of_rows).scalar_one())

    assert shop.stage.database.read(read) == sum(counted)


def test_what_is_learned_of_a_week_is_what_was_counted_in_it(shop: Shop) -> None:
    for number in range(3):
        shop.report(shop.shown(f"~{number}"))
    now = shop.stage.now
    week = shop.stage.database.read(lambda c: counts(c, [shop.campaign], now))[shop.campaign].week
    assert (week.viewable, week.clicks, week.conversions) == (3, 3, 3)
    later = shop.stage.database.read(lambda c: counts(c, [shop.campaign], now + CLICK_WINDOW_MS))[shop.campaign].week
    assert (later.viewable, later.clicks, later.conversions) == (0, 0, 0)
