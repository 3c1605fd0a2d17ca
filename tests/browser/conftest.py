"""Chromium against a running server. Each person has a window, and any console error fails the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.live.browser import ARGUMENTS
from tests.served import ROOT, Person, Served

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
WAIT_MS = 30_000
CAMERA = "--use-fake-device-for-media-stream=fps=15"  # to encode 30 pictures a second takes most of two processors
SHOW_ALL = """() => {
  for (const one of document.getAnimations())
    if (one.playState === 'running' && Number.isFinite(one.effect.getComputedTiming().endTime)) one.finish()
}"""
AXE = ROOT / "static" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """One for all of `tests/browser`. Not for longer: no other event loop can run in this thread meanwhile."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "chromium is not installed: `make test` installs it on Debian and Ubuntu"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*ARGUMENTS, CAMERA])
        yield browser
        browser.close()


class Window:
    """A person's browser window. `errors` collects its console errors."""

    def __init__(self, page: Page, errors: list[str]) -> None:
        self.page = page
        self.errors = errors

    def see(self, testid: str, text: str = "") -> None:
        """Wait until the element is visible."""
        found = self.page.get_by_test_id(testid)
        (found.filter(has_text=text) if text else found).first.wait_for(timeout=WAIT_MS)

    def press(self, testid: str) -> None:
        self.page.get_by_test_id(testid).first.click(timeout=WAIT_MS)

    def fill(self, testid: str, text: str) -> None:
        self.page.get_by_test_id(testid).first.fill(text, timeout=WAIT_MS)

    def text(self, testid: str) -> str:
        return self.page.get_by_test_id(testid).first.inner_text(timeout=WAIT_MS)

    def until(self, script: str, argument: object = None) -> Any:
        """Wait until a script returns a truthy value, and return it."""
        return self.page.wait_for_function(script, arg=argument, timeout=WAIT_MS).json_value()


Open = Callable[..., Window]


@pytest.fixture
def open_window(chromium: Browser, shared_server: Served) -> Iterator[Open]:
    """Opens windows: `open_window("/studio", person, PHONE)`. Fails at the end if a console had errors."""
    windows: list[Window] = []

    def open_one(
        path: str, person: Person | None = None, shape: dict[str, Any] = DESKTOP, locale: str = "en-GB", **more: Any
    ) -> Window:
        # Only tests about it have a service worker: in the others it would fetch files at any moment.
        options = {"service_workers": "block", "base_url": shared_server.url, "locale": locale, "color_scheme": "dark"}
        context = chromium.new_context(**{**options, **shape, **more}, permissions=["camera", "microphone"])
        if person is not None:
            context.add_cookies([session_cookie(shared_server.url, person)])
        page, errors = context.new_page(), []
        page.on("console", lambda m: errors.append(f"{m.text} {m.location}") if _is_complaint(m, page) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        windows.append(Window(page, errors))
        return windows[-1]

    yield open_one
    for window in windows:
        window.page.context.close()
        assert window.errors == [], "the console complained"


def session_cookie(url: str, person: Person) -> Any:
    """The cookie of somebody who is signed in at this address, as the server sets it."""
    https = url.startswith("https:")
    name = "__Host-cadeau_session" if https else "cadeau_session"
    return {"name": name, "value": person.token, "url": url, "httpOnly": True, "secure": https}


def _is_complaint(message: ConsoleMessage, page: Page) -> bool:
    """Chromium also complains of a page that is a 404 itself, as pages of what is missing are."""
    is_own_404 = "status of 404" in message.text and message.location.get("url") == page.url
    return message.type == "error" and not is_own_404


def findings(window: Window) -> list[str]:
    """The violations that axe finds, as `rule: where`. What is fading in is shown first, as its contrast is low."""
    window.page.evaluate(SHOW_ALL)
    window.page.evaluate(AXE.read_text())  # not as a script element: the page's CSP forbids foreign scripts
    result: dict[str, Any] = window.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return [f"{v['id']}: {node['target']}" for v in result["violations"] for node in v["nodes"]]
