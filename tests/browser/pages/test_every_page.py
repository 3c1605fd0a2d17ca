"""Every page of the client on the narrowest phone: accessible, whole, in its words, left by Back.

In English from the server itself, and in French behind the shipped nginx.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Error

from core.ids import new_id
from tests.browser.ads.sponsors import begin, challenge_terms, new_sponsor
from tests.browser.conftest import WAIT_MS, Window, findings, session_cookie
from tests.browser.pages.reading import catalogue, cut, glued, texts
from tests.browser.test_first_load import SETTLED, routes
from tests.browser.test_first_load import maker as maker
from tests.browser.test_first_load import video as video
from tests.served import Person, Served

NARROWEST: dict[str, Any] = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}
LANGUAGES = ("en", "fr")
MILLION = 1_000_000
VISITORS = ("/signin", "/join")
"""Pages that a person who is signed in does not see."""
UNFINISHED = r"undefined|NaN|\bnull\b|\[object|Invalid Date|[{}]"
FOLLOW = """(path) => {
  const link = document.createElement('a')
  link.href = path
  document.body.append(link)
  link.click()
  link.remove()
}"""
HEADING = "() => document.querySelector('h1')?.textContent"


@pytest.fixture(scope="module")
def member(shared_server: Served, maker: Person, video: str) -> Person:
    """The maker of the video, who has one of everything else, a million coins and the pages of admins."""
    admirer = shared_server.join()
    assert admirer.http.put(f"/api/people/{maker.handle}/follow").is_success
    assert maker.http.put(f"/api/people/{admirer.handle}/follow").is_success
    assert admirer.http.post(f"/api/videos/{video}/comments", json={"text": "Encore!"}).is_success
    assert maker.http.put(f"/api/videos/{video}/save").is_success
    assert maker.http.post("/api/collections", json={"name": "W" * 60}).is_success
    watched = {"events": [{"video": video, "kind": "view", "watched_ms": 500}]}
    assert maker.http.post("/api/feed/events", json=watched).is_success
    maker.http.patch("/api/people/me", json={"name": "W" * 40}).raise_for_status()
    shared_server.credit(maker, MILLION)
    shared_server.grant(maker, "admin")
    return maker


@pytest.fixture(scope="module")
def language(site: tuple[Served, str]) -> str:
    return "en" if site[1].startswith("http:") else "fr"


def collector(errors: list[str]) -> Callable[[Error], None]:
    return lambda error: errors.append(str(error))


@pytest.fixture(scope="module")
def windows(chromium: Browser, site: tuple[Served, str], member: Person, language: str) -> Iterator[dict[str, Window]]:
    """A window of the member and one of a visitor, both with this language, for all pages."""
    opened, (_, url) = {}, site
    for who in ("member", "visitor"):
        options: dict[str, Any] = NARROWEST | {"locale": language, "base_url": url, "ignore_https_errors": True}
        options |= {"service_workers": "block", "reduced_motion": "reduce", "permissions": ["camera", "microphone"]}
        context = chromium.new_context(**options)
        if who == "member":
            context.add_cookies([session_cookie(url, member)])
        opened[who] = Window(context.new_page(), [])
        opened[who].page.on("pageerror", collector(opened[who].errors))
    yield opened
    for window in opened.values():
        window.page.context.close()
        assert window.errors == []


@pytest.fixture(scope="module")
def foreign(windows: dict[str, Window], language: str) -> set[str]:
    """The texts that only the other language has."""
    windows["visitor"].page.goto("/create")
    [other] = set(LANGUAGES) - {language}
    return catalogue(windows["visitor"], other) - catalogue(windows["visitor"], language)


@pytest.fixture(scope="module")
def parameters(shared_server: Served, member: Person, video: str) -> dict[str, str]:
    """What stands for the parameters of the routes."""
    room = member.open_room("Une soirée tranquille")["id"]
    member.buy_coins("coins-70")
    receipt = member.http.get("/api/wallet/purchases").json()["items"][0]["receipts"][0]["number"]
    sound = member.http.get(f"/api/videos/{video}").json()["sound"]["id"]
    return {
        "/room/:id": f"/room/{room}",
        "/sound/:id": f"/sound/{sound}",
        ":number": receipt,
        "/ads/challenges/:id": f"/ads/challenges/{challenge_of(member)}",
        "/challenges/:id": f"/challenges/{challenge_of(member, begun=shared_server)}",
        "/ads/campaigns/:id": f"/ads/campaigns/{campaign_of(member, video)}",
        "/ads/effects/:id": f"/ads/effects/{effect_of(member)}",
        "/product/:id": f"/product/{product_of(member)}",
        "/shop/products/:id": f"/shop/products/{product_of(member)}",
        ":id": video,
        ":handle": member.handle,
        ":tag": quote("fête"),
    }


def challenge_of(member: Person, begun: Served | None = None) -> str:
    """A draft of a challenge, or one that takes entries."""
    terms = challenge_terms(new_sponsor(member), f"w{new_id()}")
    made = str(member.http.post("/api/ads/challenges", json=terms).json()["id"])
    if begun is not None:
        begin(begun, member, made)
    return made


def effect_of(member: Person) -> str:
    """A draft of an advertiser that exists already."""
    mine = member.http.get("/api/ads/advertisers").json()["items"][0]["id"]
    begins = datetime.now(UTC).date().isoformat()
    frame = {"frame": {"colour": "#ff4d6d", "width": 0.02, "inset": 0.02, "radius": 0.06}}
    terms = {
        "advertiser": mine, "name": "W" * 30, "template": "frame", "look": frame, "category": "food",
        "starts_on": begins, "ends_on": begins,
    }  # fmt: skip
    return str(member.http.post("/api/ads/effects", json=terms).raise_for_status().json()["id"])


def product_of(member: Person) -> str:
    """With one of everything, in the longest words; it is in the member's cart, too."""
    seller = {"name": "W" * 100, "address": "W" * 100, "country": "FR", "contact": "W" * 100, "register": "W" * 100}
    assert member.http.put("/api/shop/seller", json=seller).is_success
    variants = [{"name": name * 60, "prices": {"EUR": MILLION}, "on_hand": 3} for name in "WM"]
    draft = {"title": "W" * 120, "description": "W" * 200, "variants": variants}
    made: dict[str, Any] = member.http.post("/api/shop/products", json=draft).json()
    assert member.http.put("/api/cart", json={"variant": made["variants"][0]["id"], "count": 2}).is_success
    return str(made["id"])


def campaign_of(member: Person, video: str) -> str:
    account = {"name": "W" * 80, "country": "FR", "zone": "UTC"}
    advertiser = member.http.post("/api/ads/advertisers", json=account).json()["id"]
    today = datetime.now(UTC).date().isoformat()
    creative = {"video": video, "url": "https://bakery.example/", "text": "W" * 100, "action": "visit"}
    terms = {
        "advertiser": advertiser, "name": "W" * 80, "category": "food", "objective": "views", "pricing": "cpm",
        "bid_micro": 8_000_000, "total_micro": 20_000_000, "starts_on": today, "ends_on": today,
        "creatives": [creative],
    }  # fmt: skip
    made = str(member.http.post("/api/ads/campaigns", json=terms).json()["id"])
    assert member.http.post(f"/api/ads/campaigns/{made}/submit").is_success  # so it waits on the reviewers' page, too
    return made


def settle(window: Window) -> None:
    window.page.wait_for_load_state("networkidle")
    window.until(SETTLED)
    window.until(HEADING)
    window.until("() => document.getAnimations().every((one) => one.playState !== 'running')")


@pytest.mark.parametrize("path", [*routes(), "/nowhere"])
def test_every_page_is_accessible_whole_in_its_words_and_left_by_back(
    windows: dict[str, Window], language: str, foreign: set[str], parameters: dict[str, str], path: str
) -> None:
    for name, value in parameters.items():
        path = path.replace(name, value)
    assert ":" not in path
    window = windows["visitor" if path in VISITORS else "member"]
    page = window.page
    page.goto(path)
    settle(window)
    heading = page.evaluate(HEADING)

    assert findings(window) == []
    assert cut(window) == []
    assert glued(window) == []
    read = texts(window)
    assert page.evaluate("document.documentElement.lang") == language
    assert [text for text in read if re.search(UNFINISHED, text)] == []
    assert foreign.intersection(read) == set()

    elsewhere = "/create" if path != "/create" else "/upload"
    page.evaluate(FOLLOW, elsewhere)
    page.wait_for_url(f"**{elsewhere}", timeout=WAIT_MS)
    window.until(f"heading => ![undefined, heading].includes(({HEADING})())", heading)
    page.go_back()
    page.wait_for_url(f"**{path}", timeout=WAIT_MS)
    window.until(f"heading => ({HEADING})() === heading", heading)


def test_one_of_each_is_counted_in_the_singular(windows: dict[str, Window], language: str, member: Person) -> None:
    window = windows["member"]
    window.page.goto(f"/@{member.handle}")
    settle(window)
    for counted in {"en": ("1 follower", "1 following"), "fr": ("1 abonné", "1 abonnement")}[language]:
        window.page.get_by_role("button", name=counted, exact=True).wait_for()


def test_what_is_looked_for_is_found(chromium: Browser) -> None:
    with chromium.new_context(**NARROWEST) as context:
        window = Window(context.new_page(), [])
        window.page.set_content("""
            <meta name="viewport" content="width=device-width">
            <title>Wallet</title><p><b>Gift sent</b><a href="/">with Ada</a> <b>3</b> coins, <i>fine</i></p>
            <div style="width: 90px; overflow: hidden; white-space: nowrap">A long price of 10,000 coins</div>
            <div style="width: 90px; overflow: auto; white-space: nowrap">A long price that one can scroll to</div>
            <div style="white-space: nowrap">A name that is much, much longer than the screen is wide</div>
            <img alt="undefined"><span style="visibility: hidden">hidden</span>
        """)
        assert glued(window) == ["Gift sent|with Ada"]
        assert [found[:10] for found in cut(window)] == ["A long pri", "A name tha", "HTML"]
        assert {"Wallet", "undefined", "coins,", "with Ada"} <= set(texts(window))
        assert "hidden" not in texts(window)
