"""An effect is chosen in the studio and seen by viewers."""

from __future__ import annotations

from tests.browser.conftest import PHONE, Open, Window
from tests.browser.test_live import go_live, room_of
from tests.served import Served

COLOURFULNESS = """testid => {
  const video = document.querySelector(`video[data-testid=${testid}]`)
  if (!video?.videoWidth) return -1
  const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 64 })
  const context = canvas.getContext('2d')
  context.drawImage(video, 0, 0, 64, 64)
  const { data } = context.getImageData(0, 0, 64, 64)
  let most = 0
  for (let at = 0; at < data.length; at += 4) {
    const three = [data[at], data[at + 1], data[at + 2]]
    most = Math.max(most, Math.max(...three) - Math.min(...three))
  }
  return most
}"""
FAST_DEVICE = """
const native = HTMLVideoElement.prototype.requestVideoFrameCallback
let presented = 0
HTMLVideoElement.prototype.requestVideoFrameCallback = function (call) {
  return native.call(this, (now, metadata) => call(now, { ...metadata, presentedFrames: ++presented }))
}
"""  # without a graphics card, a busy machine may miss so many pictures that the studio rightly drops the effect
GREY_MAX = 24  # of 255: what video coding leaves of a picture without colours
BRIGHT_MIN = 80  # Chromium's test camera is green

# A drawn face: round, with shaded eyes, brows, nose and mouth, in place of the test camera's picture.
DRAWN_FACE = """
const canvas = Object.assign(document.createElement('canvas'), { width: 480, height: 640 })
const c = canvas.getContext('2d')
const oval = (x, y, rx, ry, fill) => { c.fillStyle = fill; c.beginPath(); c.ellipse(x, y, rx, ry, 0, 0, 7); c.fill() }
const line = (from, to, bend, width, stroke) => {
  c.strokeStyle = stroke; c.lineWidth = width; c.lineCap = 'round'
  c.beginPath(); c.moveTo(...from); c.quadraticCurveTo(...bend, ...to); c.stroke()
}
window.faceAt = [240, 320]
function draw() {
  const [x, y] = window.faceAt
  c.fillStyle = '#8a9aa8'; c.fillRect(0, 0, 480, 640)
  oval(x, y + 190, 70, 120, '#c98f6c')
  oval(x, y - 30, 128, 165, '#3a2a22')
  const skin = c.createRadialGradient(x - 20, y - 40, 20, x, y, 170)
  skin.addColorStop(0, '#f3c8a5'); skin.addColorStop(0.7, '#e0a981'); skin.addColorStop(1, '#b87f5c')
  oval(x, y + 10, 112, 150, skin)
  for (const side of [-1, 1]) {
    oval(x + side * 45, y - 20, 30, 18, '#c08a68')
    oval(x + side * 45, y - 18, 22, 11, '#ffffff'); oval(x + side * 45, y - 18, 10, 10, '#4a3020')
    oval(x + side * 45, y - 18, 5, 5, '#000000')
    line([x + side * 20, y - 50], [x + side * 74, y - 46], [x + side * 48, y - 64], 9, '#3a2a22')
  }
  line([x - 6, y - 15], [x - 16, y + 40], [x - 12, y + 20], 5, '#c08a68')
  line([x - 18, y + 44], [x + 18, y + 44], [x, y + 56], 7, '#b0734f')
  oval(x, y + 86, 42, 13, '#b5514f'); line([x - 40, y + 85], [x + 40, y + 85], [x, y + 91], 4, '#7a2f33')
}
setInterval(draw, 50); draw()
const camera = canvas.captureStream(20)
navigator.mediaDevices.getUserMedia = async () => new MediaStream([camera.getVideoTracks()[0].clone()])
"""
PINK_PLACE = """() => {
  const video = document.querySelector('video[data-testid=studio-preview]')
  if (!video?.videoWidth) return null
  const canvas = Object.assign(document.createElement('canvas'), { width: 120, height: 160 })
  const context = canvas.getContext('2d')
  context.drawImage(video, 0, 0, 120, 160)
  const { data } = context.getImageData(0, 0, 120, 160)
  let [count, sum] = [0, 0]
  for (let at = 0; at < data.length; at += 4) {
    const [red, green, blue] = data.slice(at, at + 3)
    if (red > 225 && green > 125 && green < 180 && blue > 145 && blue < 200) { count += 1; sum += Math.floor(at / 480) }
  }
  return count > 20 ? sum / count / 160 : null
}"""  # how far down, as a share of the picture, the inside of the cat's ears is


def colourful(window: Window, testid: str) -> None:
    window.until(f"testid => ({COLOURFULNESS})(testid) > {BRIGHT_MIN}", testid)


def grey(window: Window, testid: str) -> None:
    window.until(f"testid => {{ const now = ({COLOURFULNESS})(testid); return now >= 0 && now < {GREY_MAX} }}", testid)


def choose(window: Window, effect: str) -> None:
    window.press("effects-button")
    window.press(f"effect-{effect}")
    window.until(f"() => document.querySelector('[data-testid=effect-{effect}]').ariaPressed === 'true'")
    window.page.keyboard.press("Escape")


def test_viewers_see_the_effect_and_what_it_costs_is_shown(shared_server: Served, open_window: Open) -> None:
    host = shared_server.join()
    studio = open_window("/studio", host, PHONE)
    studio.page.add_init_script(FAST_DEVICE)
    studio.page.reload()
    colourful(studio, "studio-preview")
    choose(studio, "noir")
    grey(studio, "studio-preview")
    go_live(studio, "Without colours")
    viewer = open_window(f"/room/{room_of(shared_server, host.handle)}", None, PHONE)
    grey(viewer, "room-video")
    studio.press("effects-button")
    studio.see("effect-cost", "ms")
    studio.until("() => document.querySelectorAll('[data-testid^=effect-] img').length >= 8")
    studio.press("effect-none")
    studio.page.keyboard.press("Escape")
    colourful(studio, "studio-preview")
    colourful(viewer, "room-video")


def test_an_effect_that_the_device_cannot_draw_in_time_is_dropped_before_the_picture(
    shared_server: Served, open_window: Open
) -> None:
    studio = open_window("/studio", shared_server.join())
    studio.page.add_init_script(FAST_DEVICE.replace("++presented", "presented += 2"))
    studio.page.reload()
    colourful(studio, "studio-preview")
    choose(studio, "noir")
    studio.page.get_by_text("couldn’t keep up").wait_for()
    colourful(studio, "studio-preview")


def test_what_a_face_wears_follows_the_face(shared_server: Served, open_window: Open) -> None:
    studio = open_window("/studio", shared_server.join())
    studio.page.add_init_script(FAST_DEVICE)
    studio.page.add_init_script(DRAWN_FACE)
    studio.page.reload()
    studio.until("() => document.querySelector('[data-testid=studio-preview]')?.videoWidth > 0")
    studio.page.wait_for_function(f"async () => ({PINK_PLACE})() === null")
    choose(studio, "cat")
    place = f"({PINK_PLACE})()"
    above = studio.until(f"() => {place}")
    assert above < 0.4, "the ears are on top of the head"
    studio.page.evaluate("window.faceAt = [240, 440]")
    studio.until(f"from => {place} > from + 0.1", above)


def test_a_screen_has_no_effects(shared_server: Served, open_window: Open) -> None:
    studio = open_window("/studio", shared_server.join())
    studio.see("effects-button")
    studio.page.get_by_role("button", name="Screen").click()
    studio.page.get_by_test_id("effects-button").wait_for(state="detached")


def test_without_webgl_the_camera_goes_on(shared_server: Served, open_window: Open) -> None:
    studio = open_window("/studio", shared_server.join())
    studio.page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null")
    studio.page.reload()
    studio.see("studio-preview")
    studio.page.wait_for_function("() => document.querySelector('[data-testid=studio-preview]').videoWidth > 0")
    studio.press("effects-button")
    studio.press("effect-noir")
    studio.page.get_by_text("can’t draw effects").wait_for()
    assert studio.page.get_by_test_id("effect-none").get_attribute("aria-pressed") == "true"
