"""From the sound of a video in the feed to a video of one's own with the same sound."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import PHONE, Open, findings
from tests.browser.test_videos import clip as clip
from tests.served import Person, Served
from tests.vod.pipeline.films import film
from tests.vod.uploads.client import PATCH, until


@pytest.fixture(scope="module")
def maker(shared_server: Served) -> Person:
    return shared_server.join()


@pytest.fixture(scope="module")
def sound(maker: Person, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Six seconds of sound."""
    body = film(tmp_path_factory.mktemp("film") / "film.mp4", seconds=6).read_bytes()
    answer = maker.http.post("/api/uploads", headers={**PATCH, "Upload-Length": str(len(body))}, content=body)
    video = answer.headers["cadeau-video"]
    until(lambda: maker.http.get(f"/api/videos/{video}").json()["state"] == "ready")
    return str(maker.http.get(f"/api/videos/{video}").json()["sound"]["id"])


def test_a_sound_leads_from_the_feed_to_ones_own_video(
    shared_server: Served, open_window: Open, maker: Person, sound: str, clip: Path
) -> None:
    other = shared_server.join()
    window = open_window("/", other, PHONE)
    window.press("sound-line")
    window.page.wait_for_url(f"**/sound/{sound}")
    window.see("sound-title", f"Original sound – {maker.handle}")
    window.press("sound-play")
    window.until("() => document.querySelector('audio').currentTime > 0.3")
    window.press("sound-play")
    window.until("() => { const a = document.querySelector('audio'); return a.paused && a.currentTime === 0 }")
    assert findings(window) == []

    window.press("use-sound")
    window.see("chosen-sound", f"Original sound – {maker.handle}")
    assert findings(window) == []
    window.page.get_by_test_id("upload-file").set_input_files(clip)
    window.see("chosen-sound")
    window.press("preview-with-sound")
    window.until("""() => {
      const [picture, audio] = [document.querySelector('.preview video'), document.querySelector('.preview audio')]
      return picture.currentTime > 0.3 && audio.currentTime > 0.3 && picture.muted && !audio.paused
    }""")
    window.press("upload-start")
    window.see("upload-done")
    window.press("upload-done")
    window.until("() => document.querySelector('[data-testid=feed-video]')?.currentTime > 0.2")
    assert shared_server.http.get(f"/api/sounds/{sound}").json()["uses"] == 2
    window.press("sound-line")
    window.until("() => document.querySelectorAll('main ul li a').length === 2")


def test_its_owner_names_it_and_closes_it_to_others(
    shared_server: Served, open_window: Open, maker: Person, sound: str
) -> None:
    window = open_window(f"/sound/{sound}", maker)
    window.press("sound-edit")
    window.fill("sound-title-field", "Rain on tin")
    window.page.get_by_test_id("sound-allowed").uncheck()
    assert findings(window) == []
    window.press("sound-save")
    window.see("sound-title", "Rain on tin")
    window.see("use-sound")

    other = open_window(f"/sound/{sound}", shared_server.join(), locale="fr-FR")
    other.see("sound-unusable")
    assert other.page.get_by_test_id("use-sound").count() == 0
    other.page.goto(f"/upload?sound={sound}")
    other.page.get_by_text("Ce son ne peut pas être utilisé.").wait_for()
    assert maker.http.patch(f"/api/sounds/{sound}", json={"title": "", "allowed": True}).is_success
