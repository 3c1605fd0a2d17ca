"""The media pages: the server for moderators, the received video for viewers, the sent video for streamers."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.browser.test_live import frames_decoded, go_live, room_of
from tests.live.browser import SCRIPT
from tests.served import Person, Served

NARROW = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
ZOOMED = {"viewport": {"width": 640, "height": 450}}  # a desktop window of 1280x900 at 200 %
MANY_CORES = "Object.defineProperty(navigator, 'hardwareConcurrency', {get: () => 8})"
BITRATE = "document.querySelector('[data-testid=picture-numbers] strong').textContent"
POINTS = "document.querySelector('[data-testid=picture-numbers] polyline').getAttribute('points').split(' ').length"
WATCHED = """() => {
  const video = document.querySelector('[data-testid=room-video]'), small = document.createElement('canvas')
  small.width = small.height = 4
  const context = small.getContext('2d', {willReadFrequently: true})
  window.seen = {black: 0, frozen: 0, early: 0}
  let since = 0, told = false
  const still = document.querySelector('[data-testid=room-still]')
  const words = () => {
    const status = document.querySelector('.status')
    return status !== null && getComputedStyle(status).opacity > 0
  }
  // By changes and not by frames, which come late when the machine is busy.
  const changed = () => {
    const frozen = still.classList.contains('frozen')
    window.seen.frozen += frozen && since === 0
    if (!frozen || since === 0) told = words()  // said before: about the silence of the publisher
    since = frozen ? since || performance.now() : 0
  }
  new MutationObserver(changed).observe(document, {attributes: true, childList: true, subtree: true})
  const look = () => {
    const frozen = still.classList.contains('frozen')
    context.clearRect(0, 0, 4, 4)
    context.drawImage(video, 0, 0, 4, 4)
    const light = context.getImageData(0, 0, 4, 4).data.some((value, index) => index % 4 < 3 && value > 20)
    window.seen.black += !frozen && !light
    window.seen.early += frozen && !told && words() && performance.now() - since < 350
    requestAnimationFrame(look)
  }
  look()
}"""


@pytest.fixture(scope="module")
def moderator(shared_server: Served) -> Person:
    person = shared_server.join()
    shared_server.grant(person, "moderator")
    return person


def on_air(server: Served, open_window: Open, title: str) -> tuple[Window, str]:
    """A live studio and its room."""
    host = server.join()
    studio = open_window("/studio", host)
    go_live(studio, title)
    return studio, room_of(server, host.handle)


def test_a_moderator_sees_a_live_room_and_ends_it(shared_server: Served, open_window: Open, moderator: Person) -> None:
    studio, room = on_air(shared_server, open_window, "Under one’s eyes")
    media = open_window("/admin/media", moderator)
    card = media.page.get_by_test_id("media-room").filter(has_text="Under one’s eyes")
    card.wait_for()
    media.until("() => /[1-9].*bit/.test(document.querySelector('[data-testid=media-room]').innerText)")
    media.until("() => document.querySelector('[data-testid=media-charts] polyline')?.points.numberOfItems > 2")
    assert findings(media) == []
    card.get_by_test_id("media-end").click()
    assert shared_server.http.get(f"/api/rooms/{room}").json()["state"] == "live", "it asks first"
    media.press("media-end-yes")
    card.wait_for(state="detached")
    studio.see("studio-summary")
    assert shared_server.http.get(f"/api/rooms/{room}").json()["state"] == "ended"


@pytest.mark.parametrize("shape", [PHONE, NARROW, ZOOMED], ids=["phone", "360px", "200%"])
def test_the_media_page_fits_its_width_and_is_accessible(
    shared_server: Served, open_window: Open, moderator: Person, shape: dict[str, Any]
) -> None:
    on_air(shared_server, open_window, "A title that is long enough to be cut where there is little room for it")
    media = open_window("/admin/media", moderator, shape, locale="fr-FR", color_scheme="light")
    media.see("media-room")
    assert findings(media) == []
    assert media.page.evaluate("document.documentElement.scrollWidth") <= shape["viewport"]["width"]
    assert "Directs en cours" in media.page.inner_text("main")


def test_links_to_the_media_page_are_shown_only_to_moderators(
    shared_server: Served, open_window: Open, moderator: Person
) -> None:
    desktop = open_window("/rooms", moderator)
    desktop.press("nav-media")
    desktop.see("media-charts")
    phone = open_window(f"/@{moderator.handle}", moderator, PHONE)
    phone.press("settings")
    phone.press("to-media")
    phone.see("media-charts")
    member = open_window("/rooms", shared_server.join())
    member.see("nav-me")
    assert member.page.get_by_test_id("nav-media").count() == 0


def test_only_moderators_can_open_the_media_page(shared_server: Served, open_window: Open) -> None:
    for person in (shared_server.join(), None):
        window = open_window("/admin/media", person)
        window.until("() => /moderator/i.test(document.querySelector('main').innerText)")
        assert window.page.get_by_test_id("media-charts").count() == 0
        assert findings(window) == []


@pytest.mark.parametrize("shape", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_viewer_opens_the_video_statistics(shared_server: Served, open_window: Open, shape: dict[str, Any]) -> None:
    _, room = on_air(shared_server, open_window, "Look closely")
    viewer = open_window(f"/room/{room}", None, shape)
    frames_decoded(viewer, 20)
    viewer.press("picture-open")
    viewer.see("picture-sheet")
    viewer.see("picture-size", "×")
    viewer.until(f"() => /[1-9].*bit/.test({BITRATE}) && {POINTS} > 3")
    before = viewer.page.evaluate(POINTS)
    viewer.until(f"n => {POINTS} > n", before)
    assert viewer.page.get_by_test_id("quality-auto").is_checked()
    assert findings(viewer) == []
    viewer.page.keyboard.press("Escape")
    viewer.page.get_by_test_id("picture-sheet").wait_for(state="detached")


@pytest.mark.parametrize("shape", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_streamer_sees_what_viewers_get(shared_server: Served, open_window: Open, shape: dict[str, Any]) -> None:
    host = shared_server.join()
    studio = open_window("/studio", host, shape)
    go_live(studio, "All is well")
    if shape is PHONE:
        studio.page.get_by_label("Health").click()
    studio.see("studio-layers")
    studio.see("layer", "fps")
    studio.until("() => /Round trip/.test(document.body.innerText) && /Viewers/.test(document.body.innerText)")
    assert findings(studio) == []


def test_the_number_of_qualities_can_be_chosen_and_is_remembered(shared_server: Served, open_window: Open) -> None:
    studio = open_window("/studio", shared_server.join())
    studio.see("studio-preview")
    assert studio.page.get_by_test_id("studio-qualities-auto").get_attribute("aria-pressed") == "true"
    studio.press("studio-qualities-one")
    studio.page.reload()
    studio.see("studio-preview")
    assert studio.page.get_by_test_id("studio-qualities-one").get_attribute("aria-pressed") == "true"


def test_a_streamer_with_several_qualities_can_share_the_screen(shared_server: Served, open_window: Open) -> None:
    host = shared_server.join()
    studio = open_window("/studio", host)
    studio.page.add_init_script(MANY_CORES)
    studio.page.reload()
    go_live(studio, "Now my screen")
    viewer = open_window(f"/room/{room_of(shared_server, host.handle)}")
    frames_decoded(viewer, 20)
    size = "[...document.querySelectorAll('[data-testid=room-video]')].map(v => [v.videoWidth, v.videoHeight])[0]"
    viewer.until(f"() => {size}[0] > 200 && {size}[1] > {size}[0]")
    studio.press("studio-source")
    viewer.until(f"() => {size}[1] > 200 && {size}[0] > {size}[1]")
    assert viewer.page.evaluate("document.documentElement.scrollWidth") <= 1440
    studio.press("studio-source")
    viewer.until(f"() => {size}[1] > {size}[0]")
    assert viewer.page.get_by_text("Reconnecting").count() == 0


def test_a_viewer_sees_no_gap_when_the_publisher_returns_with_another_codec(
    shared_server: Served, open_window: Open
) -> None:
    host = shared_server.join()
    room = host.open_room("Another codec")

    def publish(codec: str) -> Window:
        window = open_window("/healthz")
        window.page.add_init_script(SCRIPT)
        window.page.reload()
        offer = [room["whip_url"], room["stream_key"], codec]
        assert window.page.evaluate("([url, key, codec]) => publish(url, key, codec, 640, 480)", offer) == ""
        return window

    first = publish("VP8")
    while shared_server.http.get(f"/api/rooms/{room['id']}").json()["state"] != "live":
        time.sleep(0.1)
    viewer = open_window(f"/room/{room['id']}")
    frames_decoded(viewer, 40)
    time.sleep(3)  # a session that ends within 2 s is not reconnected at once
    viewer.page.evaluate(WATCHED)
    first.page.evaluate("peer.close()")
    time.sleep(2.5)  # until the room can be published again
    publish("H264")
    viewer.until("() => seen.frozen > 0 && !document.querySelector('.frozen')")
    before = frames_decoded(viewer)
    frames_decoded(viewer, before + 20)
    seen = viewer.page.evaluate("seen")
    assert seen["black"] == 0
    assert seen["early"] == 0, "a short break is not worth a word"
