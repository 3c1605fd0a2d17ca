"""The gift tray sells just what a gift lacks, and then sends it."""

from __future__ import annotations

from tests.browser.conftest import Open
from tests.browser.room.test_gifts import confirm, open_tray, purchases, wait_for_coins
from tests.served import Served

BOUQUET = 99


def test_just_what_a_gift_lacks_is_bought_and_the_gift_is_sent(
    room: str, shared_server: Served, open_window: Open
) -> None:
    giver = shared_server.join()
    giver.buy_coins("coins-70")
    tray = open_tray(open_window, room, giver)
    tray.press("gift-bouquet")
    tray.press("gift-bouquet")
    tray.see("buy-lack", "$0.50")
    confirm(tray, "buy-lack")
    wait_for_coins(tray, giver, 70 + 35 - BOUQUET)  # 29 were missing; 35 are the least that is sold
    assert purchases(giver) == [35, 70]
