"""What a real browser's MediaRecorder writes is accepted, and what we make of unusual files plays to its end."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.vod.pipeline.corpus import LENGTHS
from vod.pipeline.process import make_files

TYPES = (
    "video/webm",
    "video/x-matroska;codecs=avc1,opus",
    "video/mp4",
    "video/mp4;codecs=vp9,opus",
)

RECORD = """async (type) => {
    if (!MediaRecorder.isTypeSupported(type)) return null;
    const canvas = document.body.appendChild(document.createElement("canvas"));
    [canvas.width, canvas.height] = [96, 128];
    const paint = canvas.getContext("2d");
    let painted = 0;
    const painting = setInterval(() => {
        paint.fillStyle = `hsl(${painted * 7}, 80%, 50%)`;
        paint.fillRect(0, 0, 96, 128);
        painted += 1;
    }, 50);
    const context = new AudioContext();
    const hum = context.createOscillator();
    const sound = context.createMediaStreamDestination();
    hum.connect(sound);
    hum.start();
    await context.resume();
    const stream = new MediaStream([...canvas.captureStream(20).getTracks(), ...sound.stream.getTracks()]);
    const recorder = new MediaRecorder(stream, { mimeType: type });
    const parts = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    const stopped = new Promise((resolve) => { recorder.onstop = resolve; });
    recorder.start(300);
    const start = performance.now();
    const enough = () => painted >= 20 && performance.now() - start > 1500;
    while (!enough()) await new Promise((resolve) => setTimeout(resolve, 50));
    recorder.stop();
    const seconds = (performance.now() - start) / 1000;
    await stopped;
    clearInterval(painting);
    await context.close();
    canvas.remove();
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return { file: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")), seconds };
}"""

PLAY = """async (source) => {
    const video = document.body.appendChild(document.createElement("video"));
    video.muted = true;
    const happens = (name) => new Promise((resolve, reject) => {
        video.addEventListener(name, resolve, { once: true });
        video.addEventListener("error", () => reject(new Error(video.error.message)), { once: true });
    });
    const loaded = happens("loadeddata");
    video.src = source;
    await loaded;
    const sought = happens("seeked");
    video.currentTime = video.duration - 0.6;
    await sought;
    const painted = document.createElement("canvas").getContext("2d");
    painted.drawImage(video, 0, 0, 8, 8);
    const ended = happens("ended");
    await video.play();
    await ended;
    const light = painted.getImageData(0, 0, 8, 8).data.filter((_, index) => index % 4 < 3);
    return { seconds: video.duration, brightest: Math.max(...light) };
}"""


def test_recordings_of_this_browser_become_videos_as_long_as_they_took(chromium: Browser, tmp_path: Path) -> None:
    page = chromium.new_page()
    accepted = []
    for number, type_ in enumerate(TYPES):
        recorded = page.evaluate(RECORD, type_)
        if recorded is None:
            continue
        path, folder = tmp_path / str(number), tmp_path / f"{number}-out"
        path.write_bytes(base64.b64decode(recorded["file"]))
        folder.mkdir()
        result = make_files(path, folder, lambda stage, percent: None)
        assert result.duration_ms / 1000 == pytest.approx(recorded["seconds"], abs=1.0), type_
        accepted.append(type_)
    page.close()
    assert "video/webm" in accepted


@pytest.mark.parametrize("name", ["One picture and a song", "Slides with a voice"])
def test_a_still_picture_is_shown_until_the_sound_ends(name: str, chromium: Browser, tmp_path: Path) -> None:
    each = next(each for each in LENGTHS if each.name == name)
    path, folder = tmp_path / f"source{each.suffix}", tmp_path / "out"
    folder.mkdir()
    each.make(path)
    result = make_files(path, folder, lambda stage, percent: None)
    made = base64.b64encode((folder / result.files[0].name).read_bytes()).decode()
    page = chromium.new_page()
    played = page.evaluate(PLAY, f"data:video/mp4;base64,{made}")
    page.close()
    assert played["seconds"] == pytest.approx(each.seconds, abs=0.2)
    assert played["brightest"] > 100, "the picture is there after seeking to the end"
