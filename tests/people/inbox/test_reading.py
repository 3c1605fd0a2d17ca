"""What an inbox shows, page by page, and what counts as unread."""

from __future__ import annotations

import pytest

from core.errors import InvalidRequest
from people.inbox.reading import ROWS_READ_MAX, UNREAD_MAX
from people.inbox.retention import NOTIFICATIONS_PER_PERSON_MAX
from tests.people.inbox.conftest import House


def test_pages_follow_each_other_without_a_gap_or_a_repeat(house: House) -> None:
    ada, ben = house.join(), house.join()
    for number in range(7):
        house.tell(ada, "like", ben, f"v{number}")
    seen: list[str] = []
    cursor = ""
    while True:
        groups, following = house.database.read(lambda c: house.inbox.inboxes.page(c, ada.id, "", cursor, 3))  # noqa: B023
        seen += [group.id for group in groups]
        if following is None:
            break
        cursor = following
    assert seen == [group.id for group in house.groups(ada)]
    assert len(set(seen)) == 7


def test_what_its_reader_may_not_see_is_not_shown_and_not_counted(house: House) -> None:
    ada, ben = house.join(), house.join()
    for number in range(5):
        house.tell(ada, "mention", ben, f"v{number}")
    house.hidden = {"v1", "v4", "v3"}
    groups, following = house.database.read(lambda c: house.inbox.inboxes.page(c, ada.id, "", "", 2))
    assert ({group.subject and group.subject.id for group in groups}, following) == ({"v0", "v2"}, None)
    assert house.unread(ada) == 2


def test_marking_as_read_never_goes_back(house: House) -> None:
    ada, ben = house.join(), house.join()
    house.tell(ada, "like", ben, "v1")
    house.time.leap_ms += 1_000
    house.tell(ada, "like", ben, "v2")
    newest, oldest = house.groups(ada)
    house.database.write(lambda c: house.inbox.inboxes.mark_read(c, ada.id, oldest.at))
    assert [group.unread for group in house.groups(ada)] == [True, False]
    house.database.write(lambda c: house.inbox.inboxes.mark_read(c, ada.id, newest.at))
    house.database.write(lambda c: house.inbox.inboxes.mark_read(c, ada.id, oldest.at))
    assert house.unread(ada) == 0


def test_one_kind_can_be_read_alone(house: House) -> None:
    ada, ben = house.join(), house.join()
    house.tell(ada, "like", ben, "v1")
    house.tell(ada, "follow", ben)
    assert [group.kind for group in house.groups(ada, "follow")] == ["follow"]
    assert house.groups(ada, "gift") == []


@pytest.mark.parametrize("cursor", ["x", "1", "1.like", "-1.like-v-1", "1.like-v-1;", "9" * 16 + ".like-v-1"])
def test_a_cursor_that_is_none_is_refused(house: House, cursor: str) -> None:
    ada = house.join()
    with pytest.raises(InvalidRequest):
        house.database.read(lambda c: house.inbox.inboxes.page(c, ada.id, "", cursor, 10))


def test_everything_that_is_kept_is_read() -> None:
    assert ROWS_READ_MAX >= NOTIFICATIONS_PER_PERSON_MAX > UNREAD_MAX
