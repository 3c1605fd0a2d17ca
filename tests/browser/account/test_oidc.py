"""Signing in with a provider, in the browser: by the button to the feed, and back again on another device."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.conftest import DESKTOP, PHONE, Window, findings
from tests.people.oidc.provider import CLIENT, SECRET, Provider, listening
from tests.served import Served


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with listening() as listener:
        yield listener


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[Served]:
    served = Served(tmp_path_factory.mktemp("oidc"))
    served.environment |= {
        "CADEAU_OIDC_ISSUER": provider.issuer, "CADEAU_OIDC_CLIENT_ID": CLIENT, "CADEAU_OIDC_CLIENT_SECRET": SECRET,
        "CADEAU_OIDC_NAME": "Club",
    }  # fmt: skip
    with served:
        yield served


def test_a_newcomer_gets_from_the_button_to_the_feed(chromium: Browser, server: Served, provider: Provider) -> None:
    provider.claims = {"preferred_username": "ada.l", "name": "Ada"}
    contexts: list[BrowserContext] = []

    def visit(shape: Mapping[str, Any], locale: str) -> Window:
        options = {"service_workers": "block", "base_url": server.url, "locale": locale, "color_scheme": "dark"}
        contexts.append(chromium.new_context(**options, **shape))  # type: ignore[arg-type]
        page, errors = contexts[-1].new_page(), []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto("/signin")
        return Window(page, errors)

    window = visit(PHONE, "en-GB")
    window.see("account-oidc", "Continue with")
    assert findings(window) == []
    window.press("account-oidc")
    window.see("account-birthdate")
    assert findings(window) == []
    assert window.page.get_by_test_id("account-handle").input_value() == "ada.l"
    window.press("oidc-other")
    window.see("account-password")
    assert findings(window) == []
    window.press("oidc-other")
    window.fill("account-handle", "ada.l")
    window.fill("account-birthdate", "1990-05-17")
    window.press("account-submit")
    window.page.wait_for_url("**/")
    window.until("() => fetch('/api/people/me').then((answer) => answer.ok)")
    window.page.goto("/settings")
    window.see("oidc", "You can sign in with it.")
    assert findings(window) == []
    window.press("oidc-link")
    window.page.get_by_text("You couldn’t sign in any more.").first.wait_for()
    window.fill("password-new", "another fine password")
    window.press("password-save")
    window.see("password-current")  # there is one to change from now on
    assert findings(window) == []

    other = visit(DESKTOP, "fr-FR")
    other.press("account-oidc")
    other.page.wait_for_url("**/")
    other.until("() => fetch('/api/people/me').then((answer) => answer.ok)")
    provider.broken["/token"] = "down"
    third = visit(PHONE, "fr-FR")
    third.press("account-oidc")
    third.page.get_by_text("Le service de connexion ne répond pas.").first.wait_for()
    assert [window.errors, other.errors, third.errors] == [[], [], []]
    for context in contexts:
        context.close()
