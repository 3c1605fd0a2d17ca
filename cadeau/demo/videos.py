"""Makes the demo's videos one by one, each only when the one before is ready, and uploads them as their owners.

What is there already is told by its caption, so a start continues where the last one ended, however it ended. A video
that was deleted is made again.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import structlog
from sqlalchemy import Connection

from cadeau.app import Cadeau
from cadeau.demo.clip import Clip
from core.errors import NotFound
from core.http import Page
from core.identity import Identity, Person
from vod.catalogue.videos import Video
from vod.errors import VideoNotFound

POLL_S = 0.5
PROCESSING_S_MAX = 600.0
PAGE_VIDEOS = 50
OLD_VIDEOS_MAX = 500  # of one maker, to look through for what is there already

log = structlog.get_logger("demo")


class DemoVideos:
    """`shown` is called with each video of the demo, once it is ready. `stopping` ends the making between two steps."""

    def __init__(
        self, cadeau: Cadeau, people: Mapping[str, Person], shown: Callable[[Video], None], stopping: threading.Event
    ) -> None:
        self._cadeau = cadeau
        self._people = people
        self._shown = shown
        self._stopping = stopping
        self._made: dict[str, str] = {}  # the ids of videos, by their clip

    def make(self, clips: Iterable[Clip]) -> None:
        """Make those that are missing. Blocks for minutes."""
        clips = tuple(clips)
        there = {handle: self._captions(self._people[handle]) for handle in {clip.maker for clip in clips}}
        self._made = {c.name: there[c.maker][c.caption] for c in clips if c.caption in there[c.maker]}
        for clip in clips:
            if clip.name in self._made:
                self._finish(clip)
        missing = [clip for clip in clips if clip.name not in self._made]
        if missing:
            scratch = self._cadeau.core.settings.data_dir / "scratch"  # where what a crash leaves is deleted in time
            scratch.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=scratch, prefix="demo-") as folder:
                self._make_missing(missing, Path(folder))

    def _make_missing(self, missing: list[Clip], folder: Path) -> None:
        command = [sys.executable, "-m", "cadeau.demo.films", str(folder)]
        films = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert films.stdin is not None
        assert films.stdout is not None
        try:
            for clip in missing:
                if self._stopping.is_set():
                    return
                print(clip.name, file=films.stdin, flush=True)
                if films.stdout.readline().strip() != clip.name:
                    raise OSError("the process that makes the demo's videos has ended")
                path = folder / f"{clip.name}.mp4"
                self._made[clip.name] = self._upload(clip, path)
                path.unlink()
                self._finish(clip)
        except OSError as error:  # the demo is not worth a server that stops: the next start goes on
            log.warning("demo videos not complete", error=str(error))
        finally:
            films.kill()
            films.wait()
            with suppress(BrokenPipeError):
                films.stdin.close()
            films.stdout.close()

    def _upload(self, clip: Clip, path: Path) -> str:
        owner = self._people[clip.maker]
        return self._cadeau.vod.ingest_file(owner.id, path, clip.caption, self._sound(clip))

    def _sound(self, clip: Clip) -> str | None:
        """The sound that a clip borrows, if that has become one."""
        if not clip.sound_of or clip.sound_of not in self._made:
            return None
        try:
            sound = self._cadeau.vod.videos.video(self._made[clip.sound_of], None).sound
        except VideoNotFound:
            return None
        return sound.id if sound is not None else None

    def _finish(self, clip: Clip) -> None:
        """Wait until a video is processed, and show it."""
        owner = identity(self._people[clip.maker])
        deadline = time.monotonic() + PROCESSING_S_MAX
        while time.monotonic() < deadline:
            try:
                video = self._cadeau.vod.videos.video(self._made[clip.name], owner)
            except (VideoNotFound, NotFound):
                return
            if video.state == "ready":
                self._shown(video)
            if video.state != "processing":
                return
            if self._stopping.wait(POLL_S):
                return

    def _page(self, owner: Person, cursor: str, connection: Connection) -> Page[Video]:
        return self._cadeau.vod.videos.by_person(connection, owner.id, identity(owner), cursor, PAGE_VIDEOS)

    def _captions(self, owner: Person) -> dict[str, str]:
        """The captions of a maker's videos, whatever their state, with their ids."""
        found: dict[str, str] = {}
        cursor = ""
        while len(found) < OLD_VIDEOS_MAX:
            page = self._cadeau.core.database.read(partial(self._page, owner, cursor))
            found |= {video.caption: video.id for video in page.items if video.state != "rejected"}
            if page.next is None:
                break
            cursor = page.next
        return found


def identity(person: Person) -> Identity:
    return Identity(person.id, person.handle, person.name, "member", True)
