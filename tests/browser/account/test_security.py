"""Keeping an account one's own, in the browser: passkey, authenticator app, a forgotten password, confirming."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from core.database import Database
from people.security.totp import STEP_MS, code_at
from people.tables import sessions, totp_secrets
from tests.browser.conftest import DESKTOP, PHONE, Window, findings, session_cookie
from tests.served import PASSWORD, Person, Served

OpenAt = Callable[..., Window]
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """By a name, because browsers make no passkeys for an address."""
    served = Served(tmp_path_factory.mktemp("security"))
    served.environment["CADEAU_PUBLIC_URL"] = f"http://localhost:{served.port}"
    with served:
        yield served


@pytest.fixture
def open_at(chromium: Browser, server: Served) -> Iterator[OpenAt]:
    windows: list[Window] = []
    url = server.environment["CADEAU_PUBLIC_URL"]

    def open_one(path: str, person: Person | None, shape: dict[str, object] = PHONE, locale: str = "en-GB") -> Window:
        options = {"service_workers": "block", "base_url": url, "locale": locale, "color_scheme": "dark", **shape}
        context = chromium.new_context(**options)  # type: ignore[arg-type]
        if person is not None:
            context.add_cookies([session_cookie(url, person)])
        page, errors = context.new_page(), []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(path)
        windows.append(Window(page, errors))
        return windows[-1]

    yield open_one
    for window in windows:
        window.page.context.close()
        assert window.errors == []


def in_database(server: Served) -> Database:
    return Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")


def forget_step_up(server: Served, person: Person) -> None:
    """As if five minutes had passed."""
    database = in_database(server)
    database.write(lambda c: c.execute(sessions.update().where(sessions.c.person == person.id).values(stepped_up_at=0)))
    database.close()


def said(window: Window, text: str) -> None:
    window.page.get_by_text(text).first.wait_for()


def test_a_passkey_is_added_and_signs_in_by_itself(server: Served, open_at: OpenAt) -> None:
    ada = server.join()
    window = open_at("/settings", ada)
    devtools = window.page.context.new_cdp_session(window.page)
    devtools.send("WebAuthn.enable")
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    device = made["authenticatorId"]
    forget_step_up(server, ada)
    window.press("passkey-add")
    window.see("step-up-password")
    assert findings(window) == []
    window.fill("step-up-password", PASSWORD)
    window.press("step-up")
    window.see("codes")
    assert findings(window) == []
    assert window.page.get_by_test_id("codes").locator("li").count() == 10
    window.press("codes-done")
    window.see("passkey")

    window.press("sign-out")
    window.page.wait_for_url("**/")
    window.page.goto("/signin")
    assert findings(window) == []
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
    window.press("account-passkey")
    said(window, "No passkey was used.")
    devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": True})
    window.press("account-passkey")
    window.page.wait_for_url("**/")
    window.until("() => fetch('/api/people/me').then((answer) => answer.ok)")


def test_an_app_is_set_up_and_asked_for(server: Served, open_at: OpenAt) -> None:
    ada = server.join()
    window = open_at("/settings", ada)
    window.press("app-start")
    window.see("app-secret")
    window.until("() => [...document.images].some((one) => one.src.startsWith('data:image/svg') && one.naturalWidth)")
    assert findings(window) == []
    database = in_database(server)
    mine = totp_secrets.select().where(totp_secrets.c.person == ada.id)
    row = database.read(lambda c: c.execute(mine).one())
    database.close()

    def code(steps: int = 0) -> str:
        now = int(window.page.evaluate("Date.now()")) // STEP_MS
        return code_at(bytes(row.secret), now + steps)

    window.fill("app-code", code(-1))
    window.press("app-confirm")
    window.see("codes")
    recovery = window.page.get_by_test_id("codes").locator("code").first.inner_text()
    window.press("codes-done")
    window.see("codes-left", "10 codes left")

    other = open_at("/signin", None, DESKTOP, "fr-FR")
    other.fill("account-handle", ada.handle)
    other.fill("account-password", PASSWORD)
    other.press("account-submit")
    other.see("account-code")
    assert findings(other) == []
    other.fill("account-code", "000000")
    other.press("account-submit")
    said(other, "Ce code est faux")
    other.fill("account-code", code())
    other.press("account-submit")
    other.page.wait_for_url("**/")
    third = open_at("/signin", None)
    third.fill("account-handle", ada.handle)
    third.fill("account-password", PASSWORD)
    third.press("account-submit")
    third.fill("account-code", recovery)
    third.press("account-submit")
    third.page.wait_for_url("**/")


def test_a_forgotten_password_is_replaced_by_the_link(server: Served, open_at: OpenAt) -> None:
    ada = server.join()
    window = open_at("/signin", None)
    window.press("forgot")
    window.fill("reset-who", ada.handle)
    window.press("reset-send")
    window.see("reset-done")
    link = server.run("admin", "reset-link", ada.handle).strip()
    fresh = open_at(link, None, DESKTOP)
    fresh.fill("reset-password", "password123")
    fresh.press("reset-send")
    said(fresh, "guessed first")
    assert findings(fresh) == []
    fresh.fill("reset-password", "another fine password")
    fresh.press("reset-send")
    fresh.see("reset-done")
    assert ada.http.get("/api/people/me").status_code == 401
    fresh.page.goto("/signin")
    fresh.fill("account-handle", ada.handle)
    fresh.fill("account-password", "another fine password")
    fresh.press("account-submit")
    fresh.page.wait_for_url("**/")
    old = open_at(f"/mail#{link.partition('#')[2]}", None)
    said(old, "This link was used already")
