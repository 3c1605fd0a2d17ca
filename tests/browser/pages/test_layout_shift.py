"""No page moves by itself, and each has its title: on phones and desktops, in both languages, behind nginx too."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import DESKTOP, PHONE, WAIT_MS, session_cookie
from tests.browser.first_load import watch
from tests.browser.test_first_load import LATE_MS, SETTLED, SHIFT_MAX, routes
from tests.browser.test_first_load import maker as maker
from tests.browser.test_first_load import video as video
from tests.served import Person, Served

MEMBERS = ("/", "/@:handle", "/wallet", "/studio", "/upload", "/create")
"""The pages that show a member something else."""


@pytest.fixture(params=["phone", "desktop"])
def options(request: pytest.FixtureRequest, site: tuple[Served, str]) -> dict[str, Any]:
    """The server itself: a phone that reads English, a desktop that reads French. Behind nginx the other way round."""
    phone, plain = request.param == "phone", site[1].startswith("http:")
    shape: dict[str, Any] = PHONE if phone else DESKTOP
    locale = "en-GB" if phone == plain else "fr-FR"
    return shape | {"locale": locale, "service_workers": "block", "ignore_https_errors": True}


def test_no_page_moves_by_itself_and_each_has_its_title(
    chromium: Browser, site: tuple[Served, str], options: dict[str, Any], maker: Person, video: str
) -> None:
    """Every page as a visitor sees it, then some as the maker of a video."""
    _, url = site
    room, sound = maker.open_room("Quiet")["id"], maker.http.get(f"/api/videos/{video}").json()["sound"]["id"]
    moved, titles = {}, {}
    with chromium.new_context(**options) as context:
        page = context.new_page()
        watch(page)
        for member in (False, True):
            if member:
                context.add_cookies([session_cookie(url, maker)])
                context.add_init_script("localStorage.setItem('cadeau.signed-in', 'yes')")
            for path in MEMBERS if member else [*routes(), "/nowhere"]:
                where = path.replace("/room/:id", f"/room/{room}").replace("/sound/:id", f"/sound/{sound}")
                where = where.replace(":id", video)
                answer = page.goto(url + where.replace(":handle", maker.handle))
                assert answer is not None
                sent = re.findall(r"<title>(.*?)</title>", answer.text())
                page.wait_for_function(SETTLED, timeout=WAIT_MS)
                page.wait_for_timeout(LATE_MS)
                shift = page.evaluate("shift")
                if shift["worst"] >= SHIFT_MAX:
                    moved[path, member] = shift
                titles[path, member] = (unescape("".join(sent)), page.title())
    assert moved == {}
    for (path, _), (first, shown) in titles.items():
        assert first == shown or ":" not in path, "server and client name the same thing differently"
        for name in (first, shown):
            assert re.fullmatch(r"\S.* · Cadeau" if path != "/" else "Cadeau", name), (path, name)
