"""Upload a short video, watch it being processed, swipe to it."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from tests.browser.conftest import PHONE, Open
from tests.served import Served

ON_SCREEN = """() => {
  const shown = [...document.querySelectorAll('[data-testid=feed-video]')]
    .find(one => Math.abs(one.getBoundingClientRect().top) < 60)
  return /(First|Second) one/.exec(shown?.closest('section, article, li')?.innerText ?? '')?.[0]
}"""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds of a small portrait video."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=15)
        stream.width, stream.height, stream.pix_fmt = 144, 256, "yuv420p"
        for number in range(30):
            frame = av.VideoFrame(144, 256, "yuv420p")
            for plane in frame.planes:
                plane.update(bytes([(number * 8) % 256]) * plane.buffer_size)
            file.mux(stream.encode(frame))
        file.mux(stream.encode())
    return path


def test_an_upload_is_processed_and_shown_in_the_feed(shared_server: Served, open_window: Open, clip: Path) -> None:
    maker = shared_server.join()
    for caption in ("First one #first", "Second one"):
        uploading = open_window("/upload", maker, PHONE)
        uploading.page.get_by_test_id("upload-file").set_input_files(clip)
        uploading.fill("upload-caption", caption)
        uploading.press("upload-start")
        uploading.see("upload-done")

    swiping = open_window("/", shape=PHONE)
    first = swiping.until(f"() => ({ON_SCREEN})()")
    swiping.until("() => [...document.querySelectorAll('video')].some(v => v.currentTime > 0.3)")
    swiping.page.keyboard.press("ArrowDown")
    second = swiping.until(f"first => {{ const now = ({ON_SCREEN})(); return now !== first && now }}", first)
    assert {first, second} == {"First one", "Second one"}
    assert len(swiping.page.query_selector_all("video")) <= 3


def test_a_like_counts_once_and_is_shown_to_others(shared_server: Served, open_window: Open, clip: Path) -> None:
    fan = shared_server.join()
    items = shared_server.http.get("/api/feed").json()["items"]
    video = next(item for item in items if item["kind"] == "video")
    liking = open_window(f"/video/{video['id']}", fan)
    liking.press("feed-like")
    liking.until("() => /1/.test(document.querySelector('[data-testid=feed-like]').innerText)")
    liking.page.wait_for_timeout(200)
    liking.page.reload()
    liking.until("() => /1/.test(document.querySelector('[data-testid=feed-like]')?.innerText ?? '')")
    assert shared_server.http.get(f"/api/videos/{video['id']}").json()["likes"] == 1
