"""Money by touch: no hold buys coins or repeats a dear gift, and every purchase and dear gift is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.browser.conftest import PHONE, Open, Window
from tests.served import Person, Served

SHORT, DEAR = 70, 7_000  # coins of the smallest and of the largest pack
BOUQUET, ROCKET = 99, 5_000
HOLD_COINS_MAX = 500
UNDO_MS = 4_000
LONG_MS = 1_000  # much more than any hold waits for


@contextmanager
def finger(window: Window, testid: str) -> Iterator[None]:
    """A finger on the middle of the element, as the system reports it, until the end of the block."""
    box = window.page.get_by_test_id(testid).first.bounding_box()
    assert box
    point = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    touch = window.page.context.new_cdp_session(window.page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    yield
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def hold(window: Window, testid: str, ms: int) -> None:
    with finger(window, testid):
        window.page.wait_for_timeout(ms)


def tap_quickly(window: Window, first: str, then: str) -> None:
    """Three taps, faster than any timer: on the first button, or on the other one as soon as it is there."""
    window.page.evaluate(
        """async ([first, then]) => {
            const find = (id) => document.querySelector(`[data-testid=${id}]`)
            for (let tap = 0; tap < 3; tap++) {
                const button = find(then) ?? find(first)
                const about = { bubbles: true, cancelable: true, isPrimary: true, pointerType: 'touch', detail: 1 }
                for (const name of ['pointerdown', 'pointerup', 'click'])
                    button.dispatchEvent(new PointerEvent(name, about))
                for (let turn = 0; turn < 20; turn++) await null
            }
        }""",
        [first, then],
    )


def settled(window: Window, testid: str) -> None:
    window.until("id => document.querySelector(`[data-testid=${id}]`)?.ariaDisabled === null", testid)


def confirm(window: Window, testid: str) -> None:
    """By keyboard: on a slow machine a click may take as long as a hold."""
    settled(window, testid)
    window.page.get_by_test_id(testid).press("Enter")


def undo_at_once(window: Window) -> None:
    """Press "Undo" the moment it appears: a slow machine may need longer than people have."""
    window.page.evaluate(
        """() => {
            const undo = () => document.querySelector('[data-testid=gift-undo]')
            new MutationObserver((_, watcher) => undo() && (watcher.disconnect(), undo().click()))
                .observe(document.body, { childList: true, subtree: true })
        }"""
    )


def open_tray(open_window: Open, room: str, giver: Person) -> Window:
    """The gift tray of the room, on a phone."""
    watching = open_window(f"/room/{room}", giver, PHONE)
    watching.until("() => !document.querySelector('[data-testid=gift-button]')?.disabled")
    watching.press("gift-button")
    watching.see("gift-rose")
    watching.until("() => /[0-9]/.test(document.querySelector('dialog [data-testid=balance]').textContent)")
    watching.page.wait_for_timeout(300)  # the tray has come up
    return watching


def purchases(person: Person) -> list[int]:
    lines = person.http.get("/api/wallet/statement", params={"kind": "purchase"}).json()["items"]
    return [line["amount"] for line in lines]


def coins(person: Person) -> int:
    return int(person.http.get("/api/wallet").json()["coins"])


def wait_for_coins(window: Window, person: Person, amount: int) -> None:
    for _ in range(300):
        if coins(person) == amount:
            return
        window.page.wait_for_timeout(100)
    raise AssertionError(f"{coins(person)} coins are left, not {amount}")


def test_no_hold_buys_coins_and_a_purchase_states_its_price(
    room: str, shared_server: Served, open_window: Open
) -> None:
    giver = shared_server.join()
    giver.buy_coins("coins-70")
    tray = open_tray(open_window, room, giver)
    tray.press("gift-bouquet")
    for ms in (420, 700, 3_000):
        with finger(tray, "gift-bouquet"):
            tray.page.wait_for_timeout(ms)
            assert tray.page.get_by_test_id("gift-bouquet").is_visible(), "the view changed under the finger"
        tray.see("pack-coins-70")
        tray.page.wait_for_timeout(LONG_MS)
        assert (purchases(giver), coins(giver)) == ([SHORT], SHORT)
        tray.page.get_by_role("button", name="Back").click()
        tray.see("gift-bouquet")

    hold(tray, "gift-bouquet", 420)
    tray.see("pack-covers", "Enough for Bouquet")
    assert tray.page.get_by_test_id("pack-covers").count() == 6, "70 coins and any pack are enough for 99"
    tray.see("sandbox")
    tap_quickly(tray, "pack-coins-70", "buy-yes")
    tray.page.wait_for_timeout(LONG_MS)
    assert purchases(giver) == [SHORT], "quick taps bought"
    tray.see("buy-confirm", "$0.99")
    settled(tray, "buy-yes")
    hold(tray, "buy-yes", 2_000)
    tray.page.wait_for_timeout(LONG_MS)
    assert purchases(giver) == [SHORT], "a hold bought"

    undo_at_once(tray)
    confirm(tray, "buy-yes")
    wait_for_coins(tray, giver, 2 * SHORT)
    tray.see("gift-bouquet")
    tray.page.wait_for_timeout(UNDO_MS + LONG_MS)
    assert (purchases(giver), coins(giver)) == ([SHORT, SHORT], 2 * SHORT), "an undone gift was sent"


def test_a_hold_stops_at_its_ceiling(room: str, shared_server: Served, open_window: Open) -> None:
    giver = shared_server.join()
    giver.buy_coins("coins-7000")
    tray = open_tray(open_window, room, giver)
    tray.press("gift-bouquet")
    with finger(tray, "gift-bouquet"):
        tray.until("() => /most for one hold/.test(document.querySelector('dialog[open]').innerText)")
        tray.page.wait_for_timeout(LONG_MS)
    sent = HOLD_COINS_MAX // BOUQUET * BOUQUET
    wait_for_coins(tray, giver, DEAR - sent)
    tray.page.wait_for_timeout(LONG_MS)
    assert coins(giver) == DEAR - sent


def test_a_dear_gift_is_confirmed_can_be_undone_and_is_sent_once(
    room: str, shared_server: Served, open_window: Open
) -> None:
    giver = shared_server.join()
    giver.buy_coins("coins-7000")
    tray = open_tray(open_window, room, giver)
    tray.press("gift-rocket")
    hold(tray, "gift-rocket", 3_000)
    tap_quickly(tray, "gift-rocket", "gift-confirm-yes")
    tray.see("gift-confirm", "5,000")
    tray.page.wait_for_timeout(LONG_MS)
    assert coins(giver) == DEAR

    undo_at_once(tray)
    confirm(tray, "gift-confirm-yes")
    tray.see("gift-rocket")
    tray.page.wait_for_timeout(UNDO_MS + LONG_MS)
    assert coins(giver) == DEAR, "an undone gift was sent"

    tray.press("gift-rocket")
    confirm(tray, "gift-confirm-yes")
    wait_for_coins(tray, giver, DEAR - ROCKET)


def test_a_key_that_is_held_sends_one_gift(room: str, shared_server: Served, open_window: Open) -> None:
    giver = shared_server.join()
    giver.buy_coins("coins-70")
    tray = open_tray(open_window, room, giver)
    tray.press("gift-rose")
    tray.page.get_by_test_id("gift-rose").focus()
    for sent, key in enumerate(("Enter", "Space"), 1):
        for _ in range(20):
            tray.page.keyboard.down(key)
        tray.page.keyboard.up(key)
        wait_for_coins(tray, giver, SHORT - sent)
        tray.page.wait_for_timeout(LONG_MS)
        assert coins(giver) == SHORT - sent
