"""The owner of a video learns of likes and comments while they last, and readers only of what they may see."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection

from people.inbox.notices import KindName, Notice, Silence
from tests.cores import core_over
from tests.vod.conftest import House
from vod import part as vod_part


class Recorder(Silence):
    """Remembers what is told."""

    def __init__(self) -> None:
        self.told: list[Notice] = []
        self.undone: list[tuple[str, str, str, str | None]] = []
        self.forgotten: list[str] = []

    def tell(self, connection: Connection, notices: Sequence[Notice]) -> None:
        self.told += notices

    def undo(self, connection: Connection, kind: KindName, by: str, subject: str = "", item: str | None = None) -> None:
        self.undone.append((kind, by, subject, item))

    def forget(self, connection: Connection, subject: str) -> None:
        self.forgotten.append(subject)


@pytest.fixture
def inbox(house: House) -> Recorder:
    recorder = Recorder()
    core = core_over(house.database, house.folder, storage=house.storage, jobs=house.jobs, clock=house.time)
    house.vod = vod_part.open(
        core, brief=house.accounts.brief, by_handle=house.accounts.by_handle, following=house.follows.following,
        live_rooms=house.live_rooms, rooms_by_id=house.rooms_by_id, new_follows=house.follows.made, inbox=recorder,
    ).api  # fmt: skip
    return recorder


def test_a_like_is_told_once_and_taken_back(house: House, inbox: Recorder) -> None:
    ada, ben = house.person(), house.person()
    video = house.show(ada)
    for liked in (True, True, False, False):
        house.vod.likes.like(video, ben, liked=liked)
    assert inbox.told == [Notice(ada.id, "like", ben.id, video)]
    assert inbox.undone == [("like", ben.id, video, None)]


def test_a_comment_is_told_with_its_text_and_goes_with_it(house: House, inbox: Recorder) -> None:
    ada, ben = house.person(), house.person()
    video = house.show(ada)
    comment = house.vod.comments.add(video, ben, "Bravo")
    assert inbox.told == [Notice(ada.id, "comment", ben.id, video, comment.id, "Bravo")]
    house.vod.comments.delete(video, comment.id, ada)
    assert ("comment", ben.id, video, comment.id) in inbox.undone
    assert ("mention", ben.id, video, comment.id) in inbox.undone


def test_mentions_are_told_to_each(house: House, inbox: Recorder) -> None:
    ada, ben, cy = house.person(), house.person(), house.person()
    video = house.show(ada)
    house.database.write(
        lambda c: house.vod.notices.mentioned(c, video, ada.id, [ben.id, cy.id], "Look, @ben @cy", "c1")
    )
    assert [(one.person, one.kind, one.item) for one in inbox.told] == [
        (ben.id, "mention", "c1"),
        (cy.id, "mention", "c1"),
    ]


def test_a_video_that_is_deleted_or_not_ready_is_shown_to_nobody_else(house: House, inbox: Recorder) -> None:
    ada, ben = house.person(), house.person()
    ready, hidden, doomed = house.show(ada), house.show(ada, "processing"), house.show(ada)
    house.vod.videos.delete(doomed, ada)
    assert inbox.forgotten == [doomed]
    ids = [ready, hidden, doomed]
    assert set(house.database.read(lambda c: house.vod.notices.describe(c, ids, ben.id))) == {ready}
    assert set(house.database.read(lambda c: house.vod.notices.describe(c, ids, ada.id))) == {ready, hidden}
