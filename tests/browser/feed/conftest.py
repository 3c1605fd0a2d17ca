"""A feed of several short videos by two people, and what a viewer does with it."""

from __future__ import annotations

import time
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Response

from tests.browser.conftest import Window
from tests.served import Person, Served
from tests.vod.pipeline.films import film

VIDEOS = 8
PROCESSED_S_MAX = 300  # patience, no promise: processors may be busy with other tests
SHOWN = """() => {
  const middle = document.querySelector('.scroller')?.getBoundingClientRect()
  if (!middle) return ''
  const over = document.elementFromPoint(middle.x + middle.width / 2, middle.y + middle.height / 2)
  return over?.closest('section')?.querySelector('[data-testid=feed-video]')?.dataset.video ?? ''
}"""
PLAYING = f"""() => {{
  const video = document.querySelector(`video[data-video="${{({SHOWN})()}}"]`)
  return video && !video.paused && video.currentTime > 0.1
}}"""


def upload(person: Person, path: Path, caption: str) -> str:
    """Upload a video, and return its id."""
    content = path.read_bytes()
    headers = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    headers |= {
        "Upload-Length": str(len(content)),
        "Upload-Metadata": f"caption {b64encode(caption.encode()).decode()}",
    }
    answer = person.http.post("/api/uploads", headers=headers, content=content)
    assert answer.is_success, answer.text
    return str(answer.headers["cadeau-video"])


def wait_until_ready(server: Served, videos: list[str]) -> None:
    ends = time.monotonic() + PROCESSED_S_MAX
    while any(server.http.get(f"/api/videos/{video}").status_code != 200 for video in videos):
        assert time.monotonic() < ends, "videos are still in processing"
        time.sleep(0.3)


@pytest.fixture(scope="module")
def videos(shared_server: Served, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The ids of the ready videos in the feed."""
    path = film(tmp_path_factory.mktemp("film") / "film.mp4", size=(144, 256), seconds=6)
    makers = [shared_server.join(), shared_server.join()]
    made = [upload(makers[number % 2], path, f"Number {number} #test") for number in range(VIDEOS)]
    wait_until_ready(shared_server, made)
    return made


def shown(window: Window) -> str:
    """The id of the video that fills the screen."""
    return str(window.page.evaluate(SHOWN))


def wait_for_picture(window: Window) -> str:
    """Wait until the video on the screen plays, and return its id."""
    window.until(PLAYING)
    return shown(window)


class Answers:
    """What the server sent to a window's feed. It may send a video more than once, for other reasons; the page says
    which of these it shows."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._sent: dict[str, dict[str, Any]] = {}
        window.page.on("response", self._note)

    def of(self, video: str) -> dict[str, Any]:
        """For a video that is on the page."""
        element = self._window.page.locator(f"video[data-video='{video}']")
        return self._sent[str(element.get_attribute("data-impression"))]

    def _note(self, response: Response) -> None:
        if "/api/feed?" in response.url and response.ok:
            self._sent.update({one["impression"]: one for one in response.json()["items"] if "impression" in one})


def wait_until_shown(window: Window, video: str) -> None:
    window.until(f"video => ({SHOWN})() === video", video)


def wait_until_not_shown(window: Window, video: str) -> str:
    """Wait for another video, and return its id."""
    return str(window.until(f"video => {{ const now = ({SHOWN})(); return now !== video && now }}", video))


def wait_until_still(window: Window) -> None:
    """Wait until a slide fills the screen."""
    window.until("""() => {
      const { scrollTop, clientHeight } = document.querySelector('.scroller')
      return Math.abs(scrollTop / clientHeight - Math.round(scrollTop / clientHeight)) < 0.003
    }""")


class Finger:
    """A finger on the screen, by the browser's debugging interface."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session

    @classmethod
    def of(cls, window: Window) -> Finger:
        return cls(window.page.context.new_cdp_session(window.page))

    def down(self, x: float, y: float) -> None:
        self._send("touchStart", [{"x": x, "y": y}])

    def move(self, x: float, y: float) -> None:
        self._send("touchMove", [{"x": x, "y": y}])

    def up(self) -> None:
        self._send("touchEnd", [])

    def tap(self, x: float, y: float) -> None:
        self.down(x, y)
        self.up()

    def swipe(self, start: tuple[float, float], end: tuple[float, float], steps: int = 6) -> None:
        self.down(*start)
        for step in range(1, steps + 1):
            part = step / steps
            self.move(start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part)
        self.up()

    def _send(self, kind: str, points: list[dict[str, Any]]) -> None:
        self._session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
