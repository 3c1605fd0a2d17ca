"""Account settings in the browser: what one changes is seen by others, and on other devices."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from tests.browser.conftest import PHONE, Open, Window, findings
from tests.browser.test_first_load import maker as maker
from tests.browser.test_first_load import video as video
from tests.served import PASSWORD, Person, Served

PICTURE = "() => [...document.querySelectorAll('.avatar img')].some((one) => one.naturalWidth > 0)"


def photo() -> bytes:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (600, 300), "red")
    image.paste((0, 0, 255), (300, 0, 600, 300))
    file = BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def middle(server: Served, address: str) -> tuple[int, ...]:
    with Image.open(BytesIO(server.http.get(address).content)) as image:
        found = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    assert isinstance(found, tuple)
    return found


def said(window: Window, text: str) -> None:
    window.page.get_by_text(text).first.wait_for()


def test_a_cropped_picture_shows_on_the_profile_and_in_the_feed(
    shared_server: Served, open_window: Open, maker: Person, video: str
) -> None:
    window = open_window(f"/@{maker.handle}", maker, PHONE)
    window.press("settings")
    window.page.get_by_test_id("avatar-file").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": photo()}
    )
    window.see("crop")
    crop = window.page.get_by_test_id("crop")
    crop.focus()
    for _ in range(10):
        window.page.keyboard.press("+")
    for _ in range(40):
        window.page.keyboard.press("ArrowRight")
    assert findings(window) == []
    window.press("crop-save")
    said(window, "Picture saved")
    shown = maker.http.get("/api/people/me").json()
    red, _, blue = middle(shared_server, shown["avatar_large"])
    assert blue > 200 > 60 > red, "the right side was chosen"
    visitor = open_window(f"/@{maker.handle}", None, PHONE)
    visitor.until(PICTURE)
    visitor.page.goto(f"/video/{video}")
    visitor.until(PICTURE)
    visitor.page.goto("/")
    visitor.until(PICTURE)
    window.press("avatar-remove")
    said(window, "Picture removed")
    assert "avatar" not in maker.http.get("/api/people/me").json()


def test_a_new_handle_leads_there_from_the_old_one(shared_server: Served, open_window: Open) -> None:
    ada = shared_server.join()
    window = open_window("/settings", ada)
    window.fill("handle", f"{ada.handle[:18]}.new")
    window.press("handle-save")
    said(window, "Username changed")
    visitor = open_window(f"/@{ada.handle}", None)
    visitor.page.wait_for_url(f"**/@{ada.handle[:18]}.new")
    visitor.page.get_by_role("heading", level=1).first.wait_for()


def test_another_device_is_signed_out_at_once(shared_server: Served, open_window: Open) -> None:
    ada, host = shared_server.join(), shared_server.join()
    room = host.open_room()["id"]
    answer = shared_server.http.post("/api/sessions", json={"handle": ada.handle, "password": PASSWORD})
    shared_server.http.cookies.clear()
    elsewhere = Person(shared_server, ada.handle, answer.json()["token"], ada.id)
    other = open_window(f"/room/{room}", elsewhere)
    other.until("() => document.querySelector('main')")
    window = open_window("/settings", ada, PHONE)
    window.see("device-end")
    window.press("device-end")
    said(window, "Device signed out")
    window.until("() => document.querySelectorAll('[data-testid=device]').length === 1")
    assert elsewhere.http.get("/api/people/me").status_code == 401
    other.page.goto("/settings")
    said(other, "Sign in to change your settings")


def test_signing_out_leaves_nothing_personal_in_the_browser(shared_server: Served, open_window: Open) -> None:
    window = open_window("/settings", shared_server.join(), PHONE)
    kept = {"cadeau.theme": "dark", "cadeau.searches": '["red shoes"]', "cadeau.upload.caption": "A draft"}
    window.page.evaluate("(kept) => { for (const key in kept) localStorage.setItem(key, kept[key]) }", kept)
    window.page.evaluate("() => caches.open('cadeau-shared').then((one) => one.put('/share', new Response('video')))")
    window.press("sign-out")
    window.page.wait_for_url("**/")
    left = window.page.evaluate("() => Object.keys(localStorage)")
    assert "cadeau.theme" in left
    assert not {"cadeau.searches", "cadeau.upload.caption", "cadeau.owner"} & set(left)
    window.until("() => caches.has('cadeau-shared').then((there) => !there)")


def test_the_language_follows_to_another_device(shared_server: Served, open_window: Open) -> None:
    ada = shared_server.join()
    window = open_window("/settings", ada)
    window.press("language-fr")
    said(window, "Réglages")
    other = open_window("/rooms", ada)
    other.until("() => document.documentElement.lang === 'fr'")
    window.press("language-auto")
    said(window, "Settings")
    window.press("theme-light")
    window.until("() => document.documentElement.dataset.theme === 'light'")
    window.press("theme-system")
    window.until("() => document.documentElement.dataset.theme === 'dark'")


@pytest.mark.parametrize("wrong", [True, False])
def test_the_password_is_changed_only_with_the_current_one(
    shared_server: Served, open_window: Open, wrong: bool
) -> None:
    ada = shared_server.join()
    window = open_window("/settings", ada)
    window.fill("password-current", "a wrong guess" if wrong else PASSWORD)
    window.fill("password-new", "something entirely new")
    if wrong:
        window.page.get_by_test_id("password-save").focus()
    window.press("password-save")
    said(window, "This is not your current password." if wrong else "Password changed")
    window.errors[:] = [error for error in window.errors if "403" not in error]
