"""What an inbox shows, page by page, and what counts as unread."""

from __future__ import annotations

import pytest

from core.errors import InvalidRequest
from people.inbox.notices import KINDS
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


def test_a_group_names_its_latest_comment(house: House) -> None:
    ada, ben = house.join(), house.join()
    for comment in ("c1", "c2"):
        house.time.leap_ms += 1_000
        house.tell(ada, "comment", ben, "v1", comment, "Bravo")
    house.tell(ada, "mention", ben, "v2", "", "In the caption")
    house.tell(ada, "like", ben, "v3")
    assert {group.kind: group.comment for group in house.groups(ada)} == {"comment": "c2", "mention": "", "like": ""}


def test_one_kind_can_be_read_alone(house: House) -> None:
    ada, ben = house.join(), house.join()
    house.tell(ada, "like", ben, "v1")
    house.tell(ada, "follow", ben)
    assert [group.kind for group in house.groups(ada, "follow")] == ["follow"]
    assert house.groups(ada, "gift") == []


def test_a_page_may_end_with_a_line_of_any_kind(house: House) -> None:
    ada = house.join()
    for kind in KINDS:
        house.database.read(lambda c: house.inbox.inboxes.page(c, ada.id, "", f"1.{kind}-v-1", 10))  # noqa: B023


@pytest.mark.parametrize("cursor", ["x", "1", "1.like", "-1.like-v-1", "1.like-v-1;", "9" * 16 + ".like-v-1"])
def test_a_cursor_that_is_none_is_refused(house: House, cursor: str) -> None:
    ada = house.join()
    with pytest.raises(InvalidRequest):
        house.database.read(lambda c: house.inbox.inboxes.page(c, ada.id, "", cursor, 10))


def test_everything_that_is_kept_is_read() -> None:
    assert ROWS_READ_MAX >= NOTIFICATIONS_PER_PERSON_MAX > UNREAD_MAX


def test_what_its_reader_has_reported_is_not_shown_and_not_counted(house: House) -> None:
    ada, ben, cy = house.join(), house.join(), house.join("cy")
    house.tell(ada, "comment", cy, "v1", "c1", "kind words")
    house.tell(ada, "comment", ben, "v1", "c2", "an insult")
    house.tell(ada, "comment", cy, "v1", "c3", "another insult")
    house.tell(ada, "follow", ben)
    house.tell(ada, "like", cy, "v2")
    house.tell(ada, "live", cy, "r1")
    house.reported |= {
        (ada.id, "person", ben.id), (ada.id, "comment", "c3"), (ada.id, "video", "v2"), (ada.id, "room", "r1"),
    }  # fmt: skip
    [group] = house.groups(ada)
    assert (group.text, group.people, [one.handle for one in group.by]) == ("kind words", 1, ["cy"])
    assert house.unread(ada) == 1
    assert house.database.read(lambda c: house.inbox.inboxes.newer(c, ada.id, ["follow", "like", "live"], 0)) == []


def test_what_somebody_else_has_reported_is_shown(house: House) -> None:
    ada, ben, cy = house.join(), house.join(), house.join()
    house.tell(ada, "comment", ben, "v1", "c1", "hello")
    house.reported |= {(cy.id, "person", ben.id), (cy.id, "comment", "c1"), (cy.id, "video", "v1")}
    assert [group.text for group in house.groups(ada)] == ["hello"]


def test_a_report_of_a_person_hides_their_gifts_from_what_they_are_worth(house: House) -> None:
    ada, ben, cy = house.join(), house.join(), house.join()
    house.tell(ada, "gift", ben, "r1", "d1", amount=500)
    house.tell(ada, "gift", cy, "r1", "d1", amount=7)
    house.reported.add((ada.id, "person", ben.id))
    assert [(group.amount, group.people) for group in house.groups(ada)] == [(7, 1)]
