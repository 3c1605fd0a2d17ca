"""A live room on the narrowest phone, in both languages: nothing is cut off, and one coin is one coin."""

from __future__ import annotations

import re

import pytest

from tests.browser.conftest import Open, Window, findings
from tests.browser.pages.reading import cut, glued, texts
from tests.browser.pages.test_every_page import MILLION, NARROWEST
from tests.served import Served

FIREWORKS = 1_000
STILL = "() => document.getAnimations().every((one) => one.playState !== 'running')"


def whole(window: Window) -> None:
    window.until(STILL)
    assert cut(window) == []
    assert glued(window) == []
    assert findings(window) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_room_and_the_gift_tray_hold_a_million_coins(
    open_window: Open, shared_server: Served, room: str, language: str
) -> None:
    rich = shared_server.join()
    shared_server.credit(rich, MILLION)
    million = "1,000,000" if language == "en" else "1\u202f000\u202f000"
    window = open_window(f"/room/{room}", rich, NARROWEST, locale=language, reduced_motion="reduce")
    window.until("() => !document.querySelector('[data-testid=gift-button]')?.disabled")
    window.see("picture-open")
    whole(window)
    window.press("gift-button")
    window.see("gift-rose")
    window.page.locator("dialog").get_by_text(million).wait_for()
    whole(window)
    window.press("get-coins")
    window.page.locator("dialog ul li button").first.wait_for()
    whole(window)
    window.page.go_back()
    window.until("() => !document.querySelector('dialog[open]')")
    assert window.page.url.endswith(f"/room/{room}")


@pytest.mark.parametrize(("language", "one"), [("en", "1 coin"), ("fr", "1 pièce")])
def test_one_coin_is_one_coin(open_window: Open, shared_server: Served, room: str, language: str, one: str) -> None:
    giver = shared_server.join()
    shared_server.credit(giver, FIREWORKS + 1)
    window = open_window(f"/room/{room}", giver, NARROWEST, locale=language, reduced_motion="reduce")
    window.until("() => !document.querySelector('[data-testid=gift-button]')?.disabled")
    window.press("gift-button")
    window.press("gift-fireworks")  # picked
    window.press("gift-fireworks")
    window.see("gift-confirm")
    assert any(re.search(rf"\b{one}\b", text) for text in texts(window)), "what is left"
    window.page.get_by_role("dialog").get_by_role("button", name="Cancel" if language == "en" else "Annuler").click()
    assert any(text.endswith(f", {one}") for text in texts(window)), "the price of a rose"
