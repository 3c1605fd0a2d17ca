"""The owner of a video learns of likes and comments while they last, and readers only of what they may see."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, event

from people.inbox.notices import KindName, Notice, Silence
from tests.cores import core_over
from tests.vod.conftest import House
from vod import part as vod_part


class Recorder(Silence):
    """Remembers what is told."""

    def __init__(self) -> None:
        self.told: list[Notice] = []
        self.undone: list[tuple[str, str, str, str | None]] = []
        self.items_undone: dict[str, set[str]] = {}
        self.reworded: list[tuple[str, str, set[str], str]] = []
        self.forgotten: list[str] = []
        self.withheld: list[tuple[str, str, bool]] = []

    def tell(self, connection: Connection, notices: Sequence[Notice]) -> None:
        self.told += notices

    def undo(self, connection: Connection, kind: KindName, by: str, subject: str = "", item: str | None = None) -> None:
        self.undone.append((kind, by, subject, item))

    def undo_items(self, connection: Connection, subject: str, items: Sequence[str]) -> None:
        self.items_undone.setdefault(subject, set()).update(items)

    def withhold(self, connection: Connection, subject: str, item: str, *, hidden: bool) -> None:
        self.withheld.append((subject, item, hidden))

    def reword(
        self, connection: Connection, kind: KindName, subject: str, people: Sequence[str], text: str, item: str = ""
    ) -> None:
        self.reworded.append((kind, subject, set(people), text))

    def forget(self, connection: Connection, subject: str) -> None:
        self.forgotten.append(subject)


@pytest.fixture
def inbox(house: House) -> Recorder:
    recorder = Recorder()
    core = core_over(house.database, house.folder, storage=house.storage, jobs=house.jobs, clock=house.time)
    house.vod = vod_part.open(
        core, brief=house.accounts.brief, by_handle=house.accounts.by_handle, following=house.follows.following,
        live_rooms=house.live_rooms, rooms_by_id=house.rooms_by_id, new_follows=house.follows.made,
        money=house.money, inbox=recorder,
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
    assert inbox.items_undone == {video: {comment.id}}


def test_what_a_hidden_comment_says_is_in_nobodys_inbox_until_it_is_restored(house: House, inbox: Recorder) -> None:
    ada, ben = house.person(), house.person()
    video = house.show(ada)
    comment = house.vod.comments.add(video, ben, "You all are ...").id
    house.database.write(lambda c: house.vod.moderation.hide_comment(c, comment))
    house.database.write(lambda c: house.vod.moderation.restore_comment(c, comment))
    house.database.write(lambda c: house.vod.moderation.hide_comment(c, "gone"))
    assert inbox.withheld == [(video, comment, True), (video, comment, False)]


def test_a_thread_goes_with_all_its_replies(house: House, inbox: Recorder) -> None:
    ada, ben, cy = house.person(), house.person(), house.person()
    video = house.show(ada)
    first, other = (house.vod.comments.add(video, ben, text).id for text in ("Bravo", "Another"))
    replies = [house.vod.comments.add(video, cy, f"Indeed @{ben.handle}", first).id for _ in range(2)]
    house.vod.comments.delete(video, first, ben)
    assert inbox.items_undone == {video: {first, *replies}}
    assert other not in inbox.items_undone[video]


def test_an_edited_caption_is_reworded_for_those_it_still_mentions(house: House, inbox: Recorder) -> None:
    ada, ben, cy = house.person(), house.person(), house.person()
    video = house.show(ada)
    house.vod.videos.edit(video, ada, f"@{ben.handle} @{cy.handle} look", None)
    house.vod.videos.edit(video, ada, f"Sorry @{cy.handle}", None)
    assert inbox.reworded[-1] == ("mention", video, {cy.id}, f"Sorry @{cy.handle}")
    house.vod.videos.edit(video, ada, None, "private")
    assert len(inbox.reworded) == 2, "the caption stays as it is"


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


def test_many_videos_are_described_with_as_many_statements_as_one(house: House, inbox: Recorder) -> None:
    ada, ben = house.person(), house.person()
    house.follows.follow(ben.id, ada.handle)
    many = [house.show(ada, visibility=one) for one in ("public", "followers", "private") for _ in range(10)]
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    def describe(ids: list[str]) -> int:
        statements.clear()
        described = house.database.write(lambda c: house.vod.notices.describe(c, ids, ben.id))
        assert set(described) == {one for one in ids if one not in many[20:]}
        return len(statements)

    event.listen(house.database.engine, "before_cursor_execute", note)
    assert describe(many) == describe(many[:1]) > 0
    event.remove(house.database.engine, "before_cursor_execute", note)
