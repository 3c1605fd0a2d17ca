"""On air or not: only one button goes live, and every page says that camera and microphone are on air."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.browser.test_live import go_live, room_of
from tests.served import Served

PAGES = ("/nowhere", "/", "/rooms", "/create", "/wallet", "/upload", "/@{handle}", "/room/{room}")


def visit(window: Window, path: str) -> None:
    """Go there without leaving the document, as a link does."""
    window.page.evaluate(
        """path => {
            const link = document.body.appendChild(Object.assign(document.createElement('a'), { href: path }))
            link.click()
            link.remove()
        }""",
        path,
    )
    window.until("path => location.pathname === path", path)


@pytest.mark.parametrize("shape", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_every_page_shows_a_live_and_leads_back_to_it(
    shape: dict[str, Any], shared_server: Served, open_window: Open
) -> None:
    host = shared_server.join()
    window = open_window("/studio", host, shape)
    go_live(window, "Still here")
    room = room_of(shared_server, host.handle)
    assert window.page.get_by_test_id("live-indicator").count() == 0, "the studio itself has its own"
    for path in PAGES:
        visit(window, path.format(handle=host.handle, room=room))
        window.see("live-indicator", "live")
        box = window.page.get_by_test_id("live-end").bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["x"] + box["width"] <= shape["viewport"]["width"]
    visit(window, "/wallet")
    window.see("live-indicator")
    assert findings(window) == []
    window.press("live-back")
    window.see("studio-end")
    assert window.page.get_by_test_id("live-indicator").count() == 0

    visit(window, "/create")
    window.press("live-end")
    window.press("live-end-yes")
    window.until("() => !document.querySelector('[data-testid=live-indicator]')")
    assert shared_server.http.get(f"/api/rooms/{room}").json()["state"] == "ended"


def test_a_room_that_is_ended_by_others_frees_the_camera_on_any_page(shared_server: Served, open_window: Open) -> None:
    host = shared_server.join()
    window = open_window("/", host)
    window.page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
        window.tracks = []
        navigator.mediaDevices.getUserMedia = async (wanted) => {
            const stream = await ask(wanted)
            window.tracks.push(...stream.getTracks())
            return stream
        }"""
    )
    window.page.goto("/studio")
    go_live(window, "Not for long")
    visit(window, "/create")
    window.see("live-indicator")
    assert host.http.delete(f"/api/rooms/{room_of(shared_server, host.handle)}").status_code == 200
    window.until("() => !document.querySelector('[data-testid=live-indicator]')")
    window.until("() => window.tracks.length && window.tracks.every((track) => track.readyState === 'ended')")


def test_no_button_but_go_live_goes_live(shared_server: Served, open_window: Open) -> None:
    host = shared_server.join()
    window = open_window("/studio", host, DESKTOP)
    window.see("studio-preview")
    window.fill("studio-title", "Careful")
    window.page.get_by_test_id("studio-title").press("Enter")
    window.page.locator("summary").click()
    window.page.get_by_role("button", name="stream key").click()
    window.see("obs-key")
    names: set[str] = set()
    for turn in range(40):
        buttons = window.page.locator(".setup button:visible:not([data-testid=studio-golive])")
        if turn >= buttons.count():
            break
        button = buttons.nth(turn)
        if "back" in (button.get_attribute("class") or "").split():
            continue
        names.add(button.get_attribute("aria-label") or button.inner_text())
        if {"End", "Show activity", "Activity", "Screen"} & {button.inner_text()}:
            continue  # they leave the form, or ask the system
        button.click()
        if window.page.locator("dialog[open]").count():
            window.page.keyboard.press("Escape")
        assert window.page.get_by_test_id("studio-golive").is_visible(), f"{names} left the form"
        assert window.page.locator(".count").count() == 0, f"a countdown began: {names}"
    assert any("key" in name for name in names)
    assert "Show" in names
    assert shared_server.http.get("/api/rooms", params={"host": host.handle}).json()["items"][0]["state"] == "idle"
