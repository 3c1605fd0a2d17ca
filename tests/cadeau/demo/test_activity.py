"""The demo's videos are uploaded once, share sounds and are enjoyed once, however often the demo is started."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from cadeau.app import Cadeau, open_cadeau
from cadeau.demo.activity import Activity
from cadeau.demo.cast import CREATORS, FANS, GUEST_MADE, Made
from cadeau.demo.clip import Clip
from cadeau.demo.demo import Demo
from cadeau.demo.portraits import give_portrait, portrait
from cadeau.demo.topics import CLIPS
from cadeau.demo.videos import DemoVideos, identity
from core.database import Database
from core.identity import Person
from core.jobs import Job
from core.settings import Settings
from vod.catalogue.videos import Video
from vod.tables import feed_events, saved_videos, video_comments, video_likes, videos

BY_NAME = {clip.name: clip for clip in CLIPS}
TWO = (BY_NAME["neon"], BY_NAME["sign"])
"""The second has the first one's sound."""


@pytest.fixture
def cadeau(database: Database, tmp_path: Path) -> Iterator[Cadeau]:
    url = database.engine.url.render_as_string(hide_password=False)
    opened = open_cadeau(Settings(data_dir=tmp_path, database_url=url))
    yield opened
    opened.close()


@pytest.fixture
def people(cadeau: Cadeau) -> dict[str, Person]:
    demo = Demo(cadeau)
    return {made.handle: demo._make_person(made) for made in (*CREATORS, *FANS[:4])}


@pytest.fixture
def worker(cadeau: Cadeau) -> Iterator[None]:
    """Transcodes whatever is uploaded."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.05):
            job: Job | None = cadeau.core.database.write(
                lambda c: cadeau.core.jobs.table.claim(c, "tester", {"transcode": 0})
            )
            if job is not None:
                cadeau.vod.processing.transcode(job)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


def counts(cadeau: Cadeau) -> list[int]:
    tables = (videos, video_likes, video_comments, feed_events, saved_videos)
    return cadeau.core.database.read(
        lambda c: [c.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]
    )


@pytest.mark.usefixtures("worker")
def test_the_videos_are_made_and_enjoyed_once(
    cadeau: Cadeau, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    guest = Demo(cadeau)._make_person(GUEST_MADE)

    def start(clips: tuple[Clip, ...]) -> list[Video]:
        activity, shown = Activity(cadeau, list(people.values()), guest), list[Video]()
        activity.follow({made.handle: people[made.handle] for made in CREATORS})

        def enjoy(video: Video) -> None:
            activity.enjoy(video)
            shown.append(video)

        DemoVideos(cadeau, people, enjoy, threading.Event()).make(clips)
        return shown

    start(TWO[:1])  # and then the server is stopped
    first, second = start(TWO)
    assert [first.caption, second.caption] == [clip.caption for clip in TWO]
    assert first.sound is not None
    assert second.sound == first.sound
    assert second.by.handle == TWO[1].maker
    before = counts(cadeau)
    assert before[0] == 2
    assert all(before)
    monkeypatch.setattr("cadeau.demo.videos.subprocess.Popen", None)  # nothing is drawn again
    assert len(start(TWO)) == 2
    assert counts(cadeau) == before
    enjoyed = cadeau.vod.videos.video(first.id, None)
    assert 0 < enjoyed.likes <= enjoyed.views <= len(people)
    assert [one.videos for one in cadeau.vod.collections.all(identity(guest)).items] == [1]


@pytest.mark.usefixtures("worker")
def test_a_process_that_fails_ends_the_making_and_not_the_server(
    cadeau: Cadeau, people: dict[str, Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cadeau.demo.videos.sys.executable", "/bin/true")
    DemoVideos(cadeau, people, lambda video: None, threading.Event()).make(TWO)
    assert counts(cadeau)[0] == 0


def test_a_server_that_stops_makes_no_more(cadeau: Cadeau, people: dict[str, Person]) -> None:
    stopping = threading.Event()
    stopping.set()
    DemoVideos(cadeau, people, lambda video: None, stopping).make(TWO)
    assert counts(cadeau)[0] == 0
    assert list((cadeau.core.settings.data_dir / "scratch").iterdir()) == []


def test_a_made_up_person_is_marked_and_made_once(cadeau: Cadeau) -> None:
    demo, made = Demo(cadeau), Made("somebody", "Somebody", "Hello.")
    person = demo._make_person(made)
    assert demo._make_person(made) == person
    profile = cadeau.core.database.read(lambda c: cadeau.people.accounts.profile(c, "somebody"))
    assert profile.bio == "Hello. Demo account."


def test_everybody_has_another_portrait_and_always_the_same(cadeau: Cadeau) -> None:
    drawn = {made.handle: portrait(made.handle) for made in (*CREATORS, *FANS)}
    assert len(set(drawn.values())) == len(drawn)
    assert portrait("marin") == drawn["marin"]
    person = Demo(cadeau)._make_person(Made("marin", "Marin"))
    give_portrait(cadeau, person)
    give_portrait(cadeau, person)
    shown = cadeau.core.database.read(lambda c: cadeau.people.accounts.by_handle(c, "marin"))
    assert isinstance(shown.avatar, str)
    assert shown.avatar.endswith(".webp")
