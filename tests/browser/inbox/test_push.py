"""Web push in a real browser: what the server sends, Chromium's service worker shows, and a click opens its page.

Chromium's own push service cannot be reached from a test. The server sends to ours, which has the keys, and what it
decrypts is handed to Chromium as its push service would.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, Worker

from tests.browser.conftest import PHONE, WAIT_MS, session_cookie
from tests.browser.test_installed import controlled
from tests.people.inbox.push.service import Browser, PushService, push_service
from tests.served import Person, Served

PUSHED_S = 40
SHOWN = """async () => (await self.registration.getNotifications()).map((one) =>
  ({ title: one.title, body: one.body, tag: one.tag, url: one.data.url }))"""
PAGES = "async () => (await self.clients.matchAll({ type: 'window' })).length"
CLICK = """async () => {
  const [notification] = await self.registration.getNotifications()
  self.dispatchEvent(new NotificationEvent('notificationclick', { notification }))
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """It may push to this machine."""
    with Served(tmp_path_factory.mktemp("push") / "data", {"CADEAU_PUSH_PRIVATE": "1"}) as started:
        yield started


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as opened:
        yield opened


class Installed:
    """The client in a browser that may show notifications, and its service worker."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url
        self._registrations: list[dict[str, Any]] = []
        self._devtools = page.context.new_cdp_session(page)
        self._devtools.on("ServiceWorker.workerRegistrationUpdated", self._on_registrations)
        self._devtools.send("ServiceWorker.enable")
        controlled(page)

    def _on_registrations(self, event: dict[str, Any]) -> None:
        self._registrations += [one for one in event["registrations"] if not one["isDeleted"]]

    @property
    def worker(self) -> Worker:
        return self.page.context.service_workers[0]

    def deliver(self, message: dict[str, Any] | str) -> None:
        """As from the browser's push service, while no page of the client is open."""
        self.page.goto("about:blank")
        while self.worker.evaluate(PAGES):
            self.page.wait_for_timeout(20)
        data = message if isinstance(message, str) else json.dumps(message)
        registration = self._registrations[-1]["registrationId"]
        where = {"origin": self._url, "registrationId": registration, "data": data}
        self._devtools.send("ServiceWorker.deliverPushMessage", where)

    def shown(self, count: int = 1) -> list[dict[str, str]]:
        """What is shown once there are as many notifications."""
        ends = time.monotonic() + WAIT_MS / 1_000
        while True:
            found: list[dict[str, str]] = self.worker.evaluate(SHOWN)
            if len(found) == count:
                return found
            assert time.monotonic() < ends, found
            self.page.wait_for_timeout(50)


@contextmanager
def installed(chromium: Chromium, server: Served, person: Person, locale: str) -> Iterator[Installed]:
    context: BrowserContext = chromium.new_context(
        viewport=PHONE["viewport"], base_url=server.url, locale=locale, permissions=["notifications"]  # type: ignore[arg-type]
    )  # fmt: skip
    with context:
        context.add_cookies([session_cookie(server.url, person)])
        yield Installed(context.new_page(), server.url)


def arrival(service: PushService, browser: Browser, number: int) -> dict[str, Any]:
    """The message with this number that the server has pushed."""
    ends = time.monotonic() + PUSHED_S
    while len(service.arrived) <= number:
        assert time.monotonic() < ends, "nothing was pushed"
        time.sleep(0.05)
    return browser.read(service.arrived[number])


@pytest.mark.parametrize(
    ("locale", "language", "title"),
    [("en-GB", "en", "Zoé started following you"), ("fr-FR", "fr", "Zoé s’est abonné à votre profil")],
)
def test_a_pushed_notice_is_shown_in_the_readers_language_and_its_click_opens_the_page(
    chromium: Chromium, server: Served, service: PushService, locale: str, language: str, title: str
) -> None:
    reader, fan = server.join(), server.join()
    fan.http.patch("/api/people/me", json={"name": "Zoé"}).raise_for_status()
    browser = Browser(f"{service.url}/{language}")
    reader.http.put("/api/notifications/push", json=browser.subscription(language)).raise_for_status()
    fan.http.put(f"/api/people/{reader.handle}/follow").raise_for_status()
    message = arrival(service, browser, 0)
    with installed(chromium, server, reader, locale) as app:
        app.deliver(message)
        [shown] = app.shown()
        assert (shown["title"], shown["url"]) == (title, f"/@{fan.handle}")
        app.page.goto("/rooms")
        app.worker.evaluate(CLICK)
        app.page.wait_for_function("path => location.pathname === path", arg=f"/@{fan.handle}", timeout=WAIT_MS)
        app.page.get_by_role("heading", name="Zoé").first.wait_for(timeout=WAIT_MS)
        assert app.shown(0) == [], "a click takes the notification away"


def test_a_newer_notice_of_the_same_group_replaces_the_one_that_is_shown(chromium: Chromium, server: Served) -> None:
    notice = {"title": "One", "body": "", "url": "/inbox", "tag": "like-v-1", "picture": None}
    with installed(chromium, server, server.join(), "en-GB") as app:
        app.deliver(notice)
        assert [one["title"] for one in app.shown()] == ["One"]
        app.deliver(notice | {"tag": "follow--1", "title": "Another"})
        app.shown(2)
        app.deliver(notice | {"title": "One and 1 other"})
        while {one["title"] for one in app.shown(2)} != {"One and 1 other", "Another"}:
            app.page.wait_for_timeout(50)


def test_a_push_that_is_none_of_ours_opens_no_other_site(chromium: Chromium, server: Served) -> None:
    with installed(chromium, server, server.join(), "en-GB") as app:
        app.deliver("not JSON")
        assert app.shown()[0] == {"title": "Cadeau", "body": "", "tag": "cadeau", "url": "/inbox"}
        app.deliver({"title": "Elsewhere", "url": "https://example.org/", "tag": "cadeau"})
        while app.shown()[0]["title"] != "Elsewhere":
            app.page.wait_for_timeout(50)
        app.page.goto("/rooms")
        app.worker.evaluate(CLICK)
        app.shown(0)
        assert app.page.url == f"{server.url}/rooms"
