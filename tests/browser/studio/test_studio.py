"""The studio with more than one tab, program or camera, and its summary."""

from __future__ import annotations

from tests.browser.conftest import DESKTOP, PHONE, Open, Window
from tests.browser.test_live import frames_decoded, go_live, room_of
from tests.live.browser import SCRIPT
from tests.served import Served

TWO_CAMERAS = """
const media = navigator.mediaDevices, list = media.enumerateDevices.bind(media), ask = media.getUserMedia.bind(media)
window.asked = []
media.enumerateDevices = async () => [
  ...(await list()),
  { kind: 'videoinput', deviceId: 'back', label: 'Back', groupId: '' },
]
media.getUserMedia = (wanted) => {
  if (wanted.video) window.asked.push(wanted.video.facingMode)
  return ask(wanted)
}
"""
REFUSED = """
navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException('Permission denied', 'NotAllowedError')
}
"""


def value(window: Window, testid: str) -> str:
    return window.page.get_by_test_id(testid).input_value()


def test_the_form_follows_a_program_that_goes_live_and_the_key_stays(shared_server: Served, open_window: Open) -> None:
    host, giver = shared_server.join(), shared_server.join()
    giver.buy_coins()
    studio = open_window("/studio", host)
    studio.see("studio-preview")
    studio.page.locator("summary").click()
    studio.press("obs-make")
    studio.see("obs-key")
    url, key = value(studio, "obs-url"), value(studio, "obs-key")

    program = open_window("/healthz")
    program.page.add_init_script(SCRIPT)
    program.page.reload()
    assert program.page.evaluate("([url, key]) => publish(url, key, 'VP8', 640, 480)", [url, key]) == ""
    studio.see("studio-elsewhere", "another app")
    room = room_of(shared_server, host.handle)
    frames_decoded(studio, 5)
    assert shared_server.http.get(f"/api/rooms/{room}").json()["viewers"] == 0, "the host's own look is no viewer"

    viewer = open_window(f"/room/{room}", giver, PHONE)
    viewer.until("() => !document.querySelector('[data-testid=gift-button]')?.disabled")
    viewer.press("gift-button")
    viewer.press("gift-bouquet")
    viewer.press("gift-bouquet")
    studio.until("() => document.querySelector('[data-testid=studio-earned]').textContent.includes('99')")
    studio.press("studio-end")
    studio.press("studio-end-yes")
    studio.see("studio-summary", "Your share")
    made = host.http.get(f"/api/rooms/{room}").json()
    assert 0 < made["earned"] < 99
    assert studio.text("studio-share") == str(made["earned"])

    studio.page.goto("/studio")
    studio.page.locator("summary").click()
    studio.press("obs-make")
    studio.see("obs-key")
    assert (value(studio, "obs-url"), value(studio, "obs-key")) == (url, key), "it has to be set up again"
    studio.press("obs-renew")
    studio.press("obs-renew-yes")
    studio.until("key => document.querySelector('[data-testid=obs-key]').value !== key", key)


def test_a_second_tab_says_where_the_live_runs_and_is_no_viewer(shared_server: Served, open_window: Open) -> None:
    host = shared_server.join()
    first = open_window("/studio", host)
    go_live(first, "In the first tab")
    room = room_of(shared_server, host.handle)
    second = Window(first.page.context.new_page(), [])
    second.page.goto("/studio")
    second.see("studio-elsewhere", "another tab")
    frames_decoded(second, 20)
    assert shared_server.http.get(f"/api/rooms/{room}").json()["viewers"] == 0
    assert second.page.get_by_test_id("studio-elsewhere").evaluate(
        "node => getComputedStyle(node).backgroundColor"
    ) != ("rgba(0, 0, 0, 0)")
    second.press("studio-end")
    second.press("studio-end-yes")
    second.see("studio-summary")
    first.see("studio-summary")


def test_the_camera_is_flipped_while_live(shared_server: Served, open_window: Open) -> None:
    host = shared_server.join()
    studio = open_window("/create", host, PHONE)
    studio.page.add_init_script(TWO_CAMERAS)
    studio.page.goto("/studio")
    go_live(studio, "Look around")
    viewer = open_window(f"/room/{room_of(shared_server, host.handle)}")
    frames_decoded(viewer, 10)
    studio.press("studio-flip")
    studio.until("() => window.asked.at(-1) === 'environment' && !document.querySelector('.mirror')")
    frames_decoded(viewer, frames_decoded(viewer) + 10)
    studio.until("() => !document.querySelector('[data-testid=studio-flip]').disabled")
    studio.press("studio-flip")
    studio.until("() => window.asked.at(-1) === 'user' && document.querySelector('.mirror')")


def test_a_refused_camera_is_explained_for_this_browser(shared_server: Served, open_window: Open) -> None:
    studio = open_window("/create", shared_server.join(), DESKTOP)
    studio.page.add_init_script(REFUSED)
    studio.page.goto("/studio")
    studio.until("() => /left of the address/.test(document.querySelector('[role=alert]')?.innerText ?? '')")
    assert studio.page.get_by_test_id("studio-golive").is_disabled()


def test_whoever_wants_less_motion_has_no_transition_for_each_step_of_the_meter(
    shared_server: Served, open_window: Open
) -> None:
    studio = open_window("/studio", shared_server.join(), reduced_motion="reduce")
    studio.see("studio-preview")
    moves = "() => document.querySelector('.meter i')?.style.transform.match(/0\\.[1-9]/)"
    studio.until(moves)
    moving = studio.page.evaluate(
        """async () => {
          let found = 0
          for (let frame = 0; frame < 60; frame++) {
            await new Promise(requestAnimationFrame)
            found += document.querySelector('.meter i').getAnimations().length
          }
          return found
        }"""
    )
    assert moving == 0
