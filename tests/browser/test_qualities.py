"""Simulcast qualities: what the streamer sends, what the viewer chooses, what both are shown."""

from __future__ import annotations

from tests.browser.conftest import PHONE, Open, Window, findings
from tests.browser.test_live import frames_decoded, go_live, room_of
from tests.browser.test_media_pages import MANY_CORES
from tests.served import Served

# Chromium measures its CPU load itself; here we simulate an overload.
OVERWORKED = """
const ask = RTCPeerConnection.prototype.getStats
RTCPeerConnection.prototype.getStats = async function () {
  const sent = entry => entry.type === 'outbound-rtp'
  const tired = entry => sent(entry) ? {...entry, qualityLimitationReason: 'cpu'} : entry
  return new Map([...await ask.call(this)].map(([id, entry]) => [id, tired(entry)]))
}
"""
LINES = "(video => Math.min(video.videoWidth, video.videoHeight))(document.querySelector('[data-testid=room-video]'))"
NUMBERS = "[...document.querySelectorAll('[data-testid=picture-numbers] strong')].map(one => one.textContent)"
WATCHED = """([lines, viewers]) => [...document.querySelectorAll('[data-testid=layer]')].some(layer => {
  const [name, count] = ['strong', '.viewers'].map(found => layer.querySelector(found)?.innerText ?? '')
  return name === `${lines}p` && count[0] === viewers
})"""


def on_air(server: Served, open_window: Open, *scripts: str) -> tuple[Window, str]:
    """A studio that sends three qualities, and its room."""
    host = server.join()
    studio = open_window("/studio", host)
    studio.page.add_init_script("\n".join([MANY_CORES, *scripts]))
    studio.page.reload()
    go_live(studio, "As sharp as you like")
    return studio, room_of(server, host.handle)


def offered(viewer: Window, count: int) -> list[int]:
    """The entries of the quality menu, best first, once there are this many."""
    sizes = """count => {
      const found = [...document.querySelectorAll('[data-testid^=quality-]')].map(one => Number(one.value))
      return found.length === count + 1 && found.slice(1)  // the first is the player's own choice
    }"""
    return [int(size) for size in viewer.until(sizes, count)]


def choose(viewer: Window, quality: int | str) -> None:
    viewer.page.get_by_test_id(f"quality-{quality}").locator("..").click()


def test_a_viewer_keeps_the_chosen_quality_until_choosing_auto(shared_server: Served, open_window: Open) -> None:
    studio, room = on_air(shared_server, open_window)
    viewer = open_window(f"/room/{room}", shape=PHONE)
    viewer.press("picture-open")
    best, middle, least = offered(viewer, 3)
    assert best == 2 * middle == 4 * least
    viewer.until(f"best => {LINES} === best", best)
    studio.until(WATCHED, [best, "1"])

    choose(viewer, middle)
    viewer.until(f"lines => {LINES} === lines", middle)
    viewer.see("picture-size", f"{middle} ×")
    viewer.until(f"() => {NUMBERS}.length > 4 && {NUMBERS}.every(text => /[0-9]/.test(text))")
    viewer.see("picture-open", f"{middle}p")
    studio.until(WATCHED, [middle, "1"])
    studio.until(WATCHED, [least, "0"])
    assert findings(viewer) == []

    viewer.page.reload()
    viewer.press("picture-open")
    viewer.until(f"lines => {LINES} === lines", middle)
    assert viewer.page.get_by_test_id(f"quality-{middle}").is_checked()

    choose(viewer, "auto")
    viewer.until(f"best => {LINES} === best", best)
    viewer.see("picture-sheet", f"Auto ({best}p)")


def test_an_overloaded_streamer_can_send_one_quality_and_viewers_keep_watching(
    shared_server: Served, open_window: Open
) -> None:
    studio, room = on_air(shared_server, open_window, OVERWORKED)
    viewer = open_window(f"/room/{room}")
    viewer.press("picture-open")
    best, middle, _ = offered(viewer, 3)
    choose(viewer, middle)
    viewer.until(f"lines => {LINES} === lines", middle)

    studio.page.get_by_role("button", name="Send one quality").wait_for()
    studio.page.get_by_role("button", name="Send one quality").click()
    viewer.until(f"best => {LINES} === best", best)
    offered(viewer, 0)
    seen = frames_decoded(viewer)
    frames_decoded(viewer, seen + 20)
    studio.until(WATCHED, [best, "1"])
    studio.page.get_by_test_id("layer").nth(1).wait_for(state="detached")
    assert findings(studio) == []

    studio.page.get_by_role("button", name="Send several qualities").click()
    viewer.until(f"lines => {LINES} === lines", middle)
    assert viewer.page.get_by_text("Reconnecting").count() == 0
