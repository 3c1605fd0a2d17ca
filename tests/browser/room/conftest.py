"""A room that is live in a window of its own while a module's tests run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Window
from tests.browser.test_live import go_live, room_of
from tests.served import Served


@pytest.fixture(scope="module")
def room(chromium: Browser, shared_server: Served) -> Iterator[str]:
    """The id of the only room that is live."""
    shared_server.end_rooms()
    host = shared_server.join()
    context = chromium.new_context(base_url=shared_server.url, permissions=["camera", "microphone"])
    context.add_cookies([{"name": "cadeau_session", "value": host.token, "url": shared_server.url, "httpOnly": True}])
    page = context.new_page()
    page.goto("/studio")
    go_live(Window(page, []), "Who is there?")
    made = room_of(shared_server, host.handle)
    yield made
    assert host.http.delete(f"/api/rooms/{made}").status_code == 200
    context.close()
