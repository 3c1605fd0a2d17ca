"""A month of the creator fund in the browser: paid out by an admin, and explained to the creator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.clock import system_clock
from core.database import Database
from money.fund.originals.originality import Originality
from tests.browser.conftest import DESKTOP, PHONE, Open, findings
from tests.browser.money.test_payouts import admin
from tests.money.fund.test_routes import LENIENT, PERIOD, fill, watched
from tests.served import Served

POT = 1_000


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("fund"), LENIENT) as server:
        yield server


def test_a_fund_amount_is_paid_and_explained(shared_server: Served, open_window: Open) -> None:
    root, creator, second = admin(shared_server), shared_server.join(), shared_server.join()
    watched(shared_server, [creator, second])
    fill(root, POT, "first")
    desk = open_window("/admin/fund", root, DESKTOP)
    desk.see("fund-state", "Open")
    desk.page.get_by_test_id("fund-month").select_option(PERIOD)
    desk.see("fund-fills", f"{POT:,}")
    desk.fill("fund-coins", "200")
    desk.press("fund-fill")
    desk.see("fund-figures", f"{POT + 200:,}")
    desk.press("fund-close")
    desk.press("fund-review")
    desk.see("fund-amounts", creator.handle)
    assert findings(desk) == []
    desk.press("fund-post")
    desk.see("fund-state", "Posted")

    mine = open_window("/earnings/fund", creator, PHONE)
    coins = creator.http.get(f"/api/fund/{PERIOD}").json()["month"]["coins"]
    assert coins == (POT + 200) // 2
    mine.see(f"fund-{PERIOD}", str(coins))
    mine.see("fund-days", "Paid")
    mine.see("fund-facts", f"{coins} coins of a pot of 1,200")
    mine.see("fund-videos", str(coins))
    mine.see("fund-needs", "Days since you joined")
    assert findings(mine) == []


def test_what_looks_like_an_earlier_video_is_disputed_and_counts_again(
    shared_server: Served, open_window: Open
) -> None:
    creator, moderator = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    database = Database(f"sqlite:///{shared_server.data_dir / 'cadeau.db'}")
    found = Originality(system_clock).found
    database.write(lambda c: found(c, "copy", creator.id, "earlier", "somebody", 80))
    database.close()

    mine = open_window("/earnings/fund", creator, PHONE)
    mine.see("fund-copy", "80% of its pictures are in an earlier video.")
    mine.see("fund-copy", "Does not count")
    mine.press("copy-dispute")
    mine.fill("copy-text", "I made both of them.")
    assert findings(mine) == []
    mine.press("copy-send")
    mine.see("fund-copy", "A moderator will look at it")

    desk = open_window("/admin/fund", moderator, DESKTOP)
    desk.see("disputed-copy", "I made both of them.")
    desk.fill("copy-note", "So we see.")
    assert findings(desk) == []
    desk.press("copy-original-yes")
    desk.until("() => !document.querySelector('[data-testid=disputed-copy]')")
    mine.page.reload()
    mine.see("fund-copy", "it counts")
    mine.see("fund-copy", "So we see.")
