"""Hostile files, given to the child process as by a worker: each is refused for the right reason."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from pathlib import Path

import pytest

from tests.vod.pipeline.films import film, growing, lying_about_its_length
from vod.pipeline.child_result import Result, ResultFile, check_result
from vod.pipeline.process import ChildFailed, Unfit, make_files


def reason(path: Path, tmp_path: Path) -> str:
    """Why a file is refused."""
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(Unfit) as unfit:
        make_files(path, folder, lambda stage, percent: None)
    return str(unfit.value)


def children_working_in(folder: Path) -> list[int]:
    """Our child processes that were given this folder."""
    children = [
        int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()
    ]
    found = []
    for child in children:
        with contextlib.suppress(OSError):
            if str(folder).encode() in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(child)
    return found


class Listener:
    """A server that must not be contacted."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.called = threading.Event()
        threading.Thread(target=self._wait, daemon=True).start()

    def _wait(self) -> None:
        try:
            self._socket.accept()[0].close()
            self.called.set()
        except OSError:
            return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.mark.parametrize("kind", ["concat", "hls to a file", "hls to the network", "dash", "sdp", "svg"])
def test_a_list_that_names_other_files_or_addresses_leads_nowhere(kind: str, small_film: Path, tmp_path: Path) -> None:
    neighbour = tmp_path / "neighbour.mp4"
    neighbour.write_bytes(small_film.read_bytes())
    listener = Listener()
    url = f"http://127.0.0.1:{listener.port}/a.ts"
    text = {
        "concat": f"ffconcat version 1.0\nfile '{neighbour}'\n",
        "hls to a file": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{neighbour}\n#EXT-X-ENDLIST\n",
        "hls to the network": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{url}\n#EXT-X-ENDLIST\n",
        "dash": f'<?xml version="1.0"?><MPD><Period><BaseURL>{url}</BaseURL></Period></MPD>',
        "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {listener.port} RTP/AVP 96\n",
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>',
    }[kind]
    path = tmp_path / "film.mp4"
    path.write_text(text)
    assert reason(path, tmp_path) == "not_a_video"
    assert not listener.called.is_set()
    listener.close()


@pytest.mark.parametrize("content", [b"", b"\0" * 4096, b"MZ" + b"\x90" * 4096, b"\x1a\x45\xdf\xa3" + b"\0" * 500])
def test_a_file_that_is_no_video_is_rejected_as_such(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(content)
    assert reason(path, tmp_path) == "not_a_video"


def test_magic_bytes_alone_are_not_a_video(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"\0\0\0\x20ftypisom" + b"#EXTM3U\n" * 500)
    assert reason(path, tmp_path) == "broken"


def test_a_truncated_file_is_broken(small_film: Path, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    content = small_film.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert reason(path, tmp_path) == "broken"


def test_a_file_with_an_index_but_missing_media_data_is_broken(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mkv", seconds=6, sound=None)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 5])
    assert reason(path, tmp_path) == "broken"


def test_too_large_a_resolution_is_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", size=(8192, 8192), seconds=0.2, rate=5, sound=None)
    assert path.stat().st_size < 1_000_000, "it is small as a file"
    assert reason(path, tmp_path) == "too_large_picture"


def test_a_resolution_that_grows_too_large_is_refused(tmp_path: Path) -> None:
    assert reason(growing(tmp_path / "film.webm", (64, 64), (64, 4000)), tmp_path) == "too_large_picture"


def test_ten_hours_are_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", times=[0, 36_000], size=(64, 64), sound=None)
    assert reason(path, tmp_path) == "too_long"


def test_a_header_that_gives_too_short_a_duration_does_not_get_a_file_past_the_limit(tmp_path: Path) -> None:
    assert reason(lying_about_its_length(tmp_path / "film.mkv", real_s=620, claimed_s=2), tmp_path) == "too_long"


def test_a_file_with_a_wrong_duration_in_its_header_gets_its_real_one(tmp_path: Path) -> None:
    path = lying_about_its_length(tmp_path / "film.mkv", real_s=30, claimed_s=2)
    (tmp_path / "out").mkdir()
    assert abs(make_files(path, tmp_path / "out", lambda stage, percent: None).duration_ms - 30_000) <= 100


def test_960_frames_a_second_are_refused(tmp_path: Path) -> None:
    assert reason(film(tmp_path / "film.mp4", rate=960, size=(64, 64), sound=None), tmp_path) == "too_many_frames"


def test_more_than_36000_frames_are_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", rate=100, seconds=361, size=(16, 16), sound=None)
    assert reason(path, tmp_path) == "too_many_frames"


def test_far_too_many_streams_are_refused(tmp_path: Path) -> None:
    path = film(tmp_path / "film.mp4", pictures=40, sound=None, size=(32, 32), seconds=0.2)
    assert reason(path, tmp_path) == "too_many_streams"


def test_an_uncommon_codec_is_refused(tmp_path: Path) -> None:
    assert reason(film(tmp_path / "film.mkv", codec="ffv1", sound=None), tmp_path) == "unknown_codec"


def test_too_small_a_resolution_is_refused(tmp_path: Path) -> None:
    assert reason(film(tmp_path / "film.mkv", size=(8, 8), codec="mpeg4", sound=None), tmp_path) == "too_small_picture"


def test_the_child_gets_a_clean_environment(monkeypatch: pytest.MonkeyPatch, small_film: Path, tmp_path: Path) -> None:
    monkeypatch.setenv("CADEAU_STRIPE_SECRET_KEY", "secret")
    pid_environments: list[bytes] = []

    def report(stage: str, percent: int) -> None:
        for child in children_working_in(tmp_path / "out"):
            with contextlib.suppress(OSError):
                pid_environments.append(Path(f"/proc/{child}/environ").read_bytes())

    (tmp_path / "out").mkdir()
    make_files(small_film, tmp_path / "out", report)
    assert pid_environments
    assert not any(pid_environments)


def test_a_hostile_childs_result_is_validated(tmp_path: Path) -> None:
    (tmp_path / "poster.webp").write_bytes(b"x")
    (tmp_path / "preview.mp4").write_bytes(b"x")
    (tmp_path / "480.mp4").symlink_to("/etc/passwd")
    honest = [ResultFile("poster", "poster.webp", 1, 1), ResultFile("preview", "preview.mp4", 1, 1)]
    for bad in (
        ResultFile("480", "480.mp4", 1, 1),
        ResultFile("480", "../../etc/passwd", 1, 1),
        ResultFile("480", "missing.mp4", 1, 1),
        ResultFile("poster", "poster.webp", 1, 1),
        ResultFile("480", "poster.webp", 0, 1),
    ):
        with pytest.raises((ValueError, OSError)):
            check_result(Result(1000, [bad, *honest]), tmp_path)


def test_a_killed_child_is_a_failure_and_not_a_rejection(small_film: Path, tmp_path: Path) -> None:
    def report(stage: str, percent: int) -> None:
        for child in children_working_in(tmp_path):
            os.kill(child, signal.SIGKILL)

    with pytest.raises(ChildFailed):
        make_files(small_film, tmp_path, report)
