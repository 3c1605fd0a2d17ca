"""Sheets close by Back, and the page under them stays."""

from __future__ import annotations

import pytest

from tests.browser.conftest import PHONE, Open, Window
from tests.served import Person, Served


@pytest.fixture(scope="module")
def somebody(shared_server: Served) -> Person:
    return shared_server.join()


def sheets(window: Window) -> int:
    return int(window.page.evaluate("document.querySelectorAll('dialog[open]').length"))


def open_followers(window: Window) -> None:
    window.page.get_by_role("button", name="followers").click()
    window.until("() => document.querySelector('dialog[open]')")


def closed(window: Window) -> None:
    window.until("() => !document.querySelector('dialog[open]')")
    window.until("() => !history.state?.depth")


def test_back_closes_an_open_sheet_and_then_leaves_the_page(open_window: Open, somebody: Person) -> None:
    window = open_window("/rooms", somebody, PHONE)
    window.press("nav-me")
    open_followers(window)
    window.page.go_back()
    closed(window)
    assert window.page.url.endswith(f"/@{somebody.handle}")
    for _ in range(3):  # closed by hand it leaves nothing to go back through
        open_followers(window)
        window.page.keyboard.press("Escape")
        closed(window)
    window.page.go_back()
    window.page.wait_for_url("**/rooms")
    assert sheets(window) == 0


def test_a_link_in_a_sheet_takes_the_sheets_place(open_window: Open, shared_server: Served) -> None:
    window = open_window("/create", None, PHONE)
    window.press("nav-live")
    window.page.goto(f"/room/{shared_server.join().open_room()['id']}")
    window.page.get_by_role("button", name="Follow").first.click()
    window.until("() => document.querySelector('dialog[open]')")
    window.page.locator("dialog[open] a").first.click()
    window.page.wait_for_url("**/join?**")
    assert sheets(window) == 0
    window.page.go_back()
    window.page.wait_for_url("**/room/*")
    assert sheets(window) == 0


def test_a_reload_forgets_the_sheet(open_window: Open, somebody: Person) -> None:
    window = open_window(f"/@{somebody.handle}", somebody, PHONE)
    open_followers(window)
    window.page.reload()
    open_followers(window)
    window.page.go_back()
    closed(window)
    assert window.page.url.endswith(f"/@{somebody.handle}")
