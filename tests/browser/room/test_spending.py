"""A person sets a limit on what they give, and it holds in the room."""

from __future__ import annotations

from tests.browser.conftest import PHONE, Open, findings
from tests.browser.room.test_gifts import coins, confirm, open_tray, wait_for_coins
from tests.served import Served


def test_a_limit_is_set_holds_in_the_room_and_is_not_raised_at_once(
    open_window: Open, shared_server: Served, room: str
) -> None:
    giver = shared_server.join()
    shared_server.credit(giver, 1_000)
    window = open_window("/wallet", giver, PHONE)
    window.page.get_by_role("link", name="Spending limits").click()
    window.page.wait_for_url("**/wallet/limits")
    window.see("spent-day", "0 of 100,000 coins")
    window.page.get_by_test_id("limit-day").fill("12.5")
    window.press("save-limits")
    window.until("() => document.querySelector('[data-testid=limit-day]').ariaInvalid === 'true'")
    window.page.get_by_test_id("limit-day").fill("12")
    window.press("save-limits")
    window.see("spent-day", "0 of 12 coins")
    assert findings(window) == []

    tray = open_tray(open_window, room, giver)
    tray.press("gift-coffee")
    tray.press("gift-coffee")  # 10 coins
    wait_for_coins(tray, giver, 990)
    tray.press("gift-heart")
    tray.press("gift-heart")  # 5 more
    tray.page.get_by_text("This gift would pass your spending limit.").first.wait_for()
    assert coins(giver) == 990

    window.page.reload()
    window.see("spent-day", "10 of 12 coins")
    window.page.get_by_test_id("limit-day").fill("")
    window.press("save-limits")
    window.see("waiting-day", "no limit")
    window.see("spent-day", "10 of 12 coins")
    assert findings(window) == []


def test_a_person_who_has_given_much_is_told_until_they_dismiss_it(
    open_window: Open, shared_server: Served, room: str
) -> None:
    giver = shared_server.join()
    shared_server.credit(giver, 20_000)
    tray = open_tray(open_window, room, giver)
    tray.press("gift-castle")
    tray.press("gift-castle")
    confirm(tray, "gift-confirm-yes")
    wait_for_coins(tray, giver, 10_000)
    wallet = open_window("/wallet", giver, PHONE)
    wallet.see("spending-notice", "10,000 coins within 30 days")
    wallet.page.get_by_test_id("spending-notice").get_by_role("button").click()
    wallet.page.get_by_test_id("spending-notice").wait_for(state="detached")
    wallet.page.reload()
    wallet.see("balance", "10,000")
    assert wallet.page.get_by_test_id("spending-notice").count() == 0
