"""What people are told, what is one line, and what is taken back. On SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from core.identity import Person
from people.inbox.notices import DAY_MS, EXCERPT_CHARS_MAX, HOUR_MS, KINDS, Notice, Silence, excerpt
from people.inbox.notifications import ITEMS_PER_STATEMENT_MAX, count_of
from people.inbox.switches import Switch, set_switches
from people.tables import inboxes, notifications, people
from tests.people.inbox.conftest import House


def version(house: House, person: Person) -> int:
    query = select(inboxes.c.version).where(inboxes.c.person == person.id)
    return house.database.read(lambda c: c.execute(query).scalar() or 0)


def texts(house: House) -> set[str]:
    """All that is stored."""
    return set(house.database.read(lambda c: c.execute(select(notifications.c.text)).scalars().all())) - {""}


def test_likes_of_one_video_are_one_line_with_the_latest_people_first(house: House) -> None:
    ada, *fans = (house.join() for _ in range(6))
    for fan in fans:
        house.tell(ada, "like", fan, "v1")
        house.time.leap_ms += 10
    house.tell(ada, "like", fans[0], "v2")
    newest, all_likes = house.groups(ada)
    assert (newest.subject and newest.subject.id, newest.people) == ("v2", 1)
    assert (all_likes.people, [one.id for one in all_likes.by]) == (5, [fan.id for fan in reversed(fans)][:3])
    assert house.unread(ada) == 2


def test_another_day_is_another_line(house: House) -> None:
    ada, ben, cy = house.join(), house.join(), house.join()
    house.tell(ada, "like", ben, "v1")
    house.time.leap_ms += DAY_MS
    house.tell(ada, "like", cy, "v1")
    assert [group.by[0].id for group in house.groups(ada)] == [cy.id, ben.id]


def test_nobody_is_told_of_what_they_did_themselves(house: House) -> None:
    ada = house.join()
    house.tell(ada, "comment", ada, "v1", "c1", "Me again")
    assert house.groups(ada) == []


def test_a_retry_changes_nothing(house: House) -> None:
    ada, ben = house.join(), house.join()
    house.tell(ada, "comment", ben, "v1", "c1", "Bravo")
    before = house.groups(ada)
    house.time.leap_ms += 5_000
    house.tell(ada, "comment", ben, "v1", "c1", "Bravo")
    assert house.groups(ada) == before


def test_what_is_taken_back_goes_from_within_a_line(house: House) -> None:
    ada, ben, cy = house.join(), house.join(), house.join()
    for fan in (ben, cy):
        house.tell(ada, "like", fan, "v1")
    house.database.write(lambda c: house.inbox.notifications.undo(c, "like", cy.id, "v1"))
    assert [one.id for one in house.groups(ada)[0].by] == [ben.id]
    house.database.write(lambda c: house.inbox.notifications.undo(c, "like", ben.id, "v1"))
    assert (house.groups(ada), house.unread(ada)) == ([], 0)


def test_liking_again_and_again_is_news_once(house: House) -> None:
    ada, ben = house.join(), house.join()
    house.tell(ada, "like", ben, "v1")
    house.database.write(lambda c: house.inbox.inboxes.mark_read(c, ada.id, house.time()))
    for _ in range(3):
        house.database.write(lambda c: house.inbox.notifications.undo(c, "like", ben.id, "v1"))
        house.time.leap_ms += 1_000
        house.tell(ada, "like", ben, "v1")
    assert (len(house.groups(ada)), house.unread(ada)) == (1, 0)
    house.time.leap_ms += KINDS["like"].repeat_ms
    house.tell(ada, "like", ben, "v1")
    assert house.unread(ada) == 1


def test_one_comment_of_two_is_deleted(house: House) -> None:
    ada, ben = house.join(), house.join()
    house.tell(ada, "comment", ben, "v1", "c1", "First")
    house.time.leap_ms += 10
    house.tell(ada, "comment", ben, "v1", "c2", "Second")
    assert [(g.text, g.people) for g in house.groups(ada)] == [("Second", 1)]
    house.database.write(lambda c: house.inbox.notifications.undo(c, "comment", ben.id, "v1", "c2"))
    assert [(g.text, g.people) for g in house.groups(ada)] == [("First", 1)]


def test_gifts_add_up(house: House) -> None:
    ada, ben = house.join(), house.join()
    for coins in (1, 20, 300):
        house.tell(ada, "gift", ben, "r1", "today", amount=coins)
    both = [Notice(ada.id, "gift", ben.id, "r1", "today", amount=4_000)] * 2
    house.database.write(lambda c: house.inbox.notifications.tell(c, both))
    assert [(group.amount, group.people) for group in house.groups(ada)] == [(8_321, 1)]


def test_a_room_that_is_live_again_soon_is_no_news(house: House) -> None:
    ada, host = house.join(), house.join()
    house.tell(ada, "live", host, "r1")
    house.database.write(lambda c: house.inbox.inboxes.mark_read(c, ada.id, house.time()))
    house.time.leap_ms += 60_000
    house.tell(ada, "live", host, "r1")
    assert house.unread(ada) == 0
    house.time.leap_ms += HOUR_MS
    house.tell(ada, "live", host, "r1")
    assert house.unread(ada) == 1


def test_a_kind_that_is_off_is_not_shown_and_with_push_off_not_kept(house: House) -> None:
    ada, ben = house.join(), house.join()
    house.database.write(lambda c: set_switches(c, ada.id, {"follow": Switch(in_app=False, push=True)}))
    house.tell(ada, "follow", ben)
    assert (house.groups(ada), house.unread(ada)) == ([], 0)
    house.database.write(lambda c: set_switches(c, ada.id, {"follow": Switch(in_app=True, push=True)}))
    assert len(house.groups(ada)) == 1
    house.database.write(lambda c: set_switches(c, ada.id, {"like": Switch(in_app=False, push=False)}))
    house.tell(ada, "like", ben, "v1")
    assert house.database.read(lambda c: count_of(c, ada.id)) == 1


def test_people_who_are_gone_vanish(house: House) -> None:
    ada, ben, cy = house.join(), house.join(), house.join()
    house.tell(ada, "like", ben, "v1")
    house.tell(ada, "like", cy, "v1")
    house.leave(cy)
    house.tell(ada, "like", cy, "v1")
    house.tell(cy, "like", ada, "v1")
    assert [(g.people, [one.id for one in g.by]) for g in house.groups(ada)] == [(1, [ben.id])]


def test_nothing_is_kept_for_somebody_who_is_erased(house: House) -> None:
    ada, ben = house.join(), house.join()
    erased = update(people).where(people.c.id == ada.id).values(erased_at=1)
    house.database.write(lambda c: c.execute(erased))
    house.tell(ada, "like", ben, "v1")
    kept = select(notifications.c.id).where(notifications.c.person == ada.id)
    assert house.database.read(lambda c: c.execute(kept).all()) == []
    assert version(house, ada) == 0


def test_a_deleted_video_vanishes_for_everybody(house: House) -> None:
    ada, ben, cy = house.join(), house.join(), house.join()
    house.tell(ada, "like", ben, "v1")
    house.tell(cy, "mention", ben, "v1")
    house.tell(ada, "like", ben, "v2")
    house.database.write(lambda c: house.inbox.notifications.forget(c, "v1"))
    assert ([g.subject and g.subject.id for g in house.groups(ada)], house.groups(cy)) == (["v2"], [])


def test_following_is_told_and_unfollowing_takes_it_back(house: House) -> None:
    ada, ben = house.join("ada"), house.join()
    house.people.follows.follow(ben.id, "ada")
    house.people.follows.follow(ben.id, "ada")
    assert [(g.kind, g.people) for g in house.groups(ada)] == [("follow", 1)]
    house.people.follows.unfollow(ben.id, "ada")
    assert house.groups(ada) == []


def test_an_unknown_kind_is_a_fault(house: House) -> None:
    ada, ben = house.join(), house.join()
    with pytest.raises(ValueError, match="no kind"):
        house.tell(ada, "applause", ben)  # type: ignore[arg-type]


def test_an_excerpt_is_one_line_of_bounded_length() -> None:
    assert excerpt("a\n b\t c") == "a b c"
    assert len(excerpt("x" * 500)) == EXCERPT_CHARS_MAX
    assert excerpt("x" * 118 + "\u2067" + "y" * 100) == "x" * 118 + "…", "what it cuts open is closed"


def test_silence_tells_nobody(house: House) -> None:
    ada, silence = house.join(), Silence()

    def write(connection: object) -> None:
        silence.tell(connection, [Notice(ada.id, "like", "x", "v1")])  # type: ignore[arg-type]
        silence.undo(connection, "like", "x", "v1")  # type: ignore[arg-type]
        silence.undo_items(connection, "v1", ["c1"])  # type: ignore[arg-type]
        silence.reword(connection, "mention", "v1", [ada.id], "x")  # type: ignore[arg-type]
        silence.forget(connection, "v1")  # type: ignore[arg-type]
        silence.tell_followers(connection, "live", ada.id, "r1")  # type: ignore[arg-type]

    house.database.write(write)
    assert house.groups(ada) == []


def test_items_that_are_gone_leave_no_text_with_anybody(house: House) -> None:
    ada, ben, cy = house.join(), house.join(), house.join()
    house.tell(ada, "comment", ben, "v1", "c1", "secret one")
    house.tell(ada, "comment", cy, "v1", "c2", "secret two")
    house.tell(cy, "mention", ben, "v1", "c1", "secret one")
    house.tell(ada, "comment", cy, "v1", "c3", "stays")
    house.tell(ada, "comment", cy, "v2", "c1", "of another video")
    before = version(house, cy)
    items = [f"none{number}" for number in range(ITEMS_PER_STATEMENT_MAX)] + ["c1", "c2"]
    house.database.write(lambda c: house.inbox.notifications.undo_items(c, "v1", items))
    assert texts(house) == {"stays", "of another video"}
    assert house.groups(cy) == []
    assert version(house, cy) > before
    house.database.write(lambda c: house.inbox.notifications.undo_items(c, "v1", []))
    assert {group.text for group in house.groups(ada)} == {"stays", "of another video"}


def test_an_edited_text_is_shown_to_those_it_still_concerns_and_gone_for_the_others(house: House) -> None:
    ada, ben, cy = house.join(), house.join(), house.join()
    for person in (ben, cy):
        house.tell(person, "mention", ada, "v1", text="before")
    house.tell(cy, "mention", ada, "v1", "c1", "a comment")
    house.tell(cy, "mention", ada, "v2", text="another video")

    def reword(people: list[str], text: str) -> None:
        house.database.write(lambda c: house.inbox.notifications.reword(c, "mention", "v1", people, text))

    reword([ben.id], "after" + "!" * EXCERPT_CHARS_MAX)
    assert [group.text for group in house.groups(ben)] == [excerpt("after" + "!" * EXCERPT_CHARS_MAX)]
    assert {group.text for group in house.groups(cy)} == {"a comment", "another video"}
    assert "before" not in texts(house)
    reword([], "")
    assert house.groups(ben) == []
    house.tell(ben, "mention", ada, "v1", text="again")
    assert [group.text for group in house.groups(ben)] == ["again"]
    reword([ben.id, cy.id], "nobody new")
    assert len(house.groups(cy)) == 2, "it tells nobody who was not told"


def test_what_a_moderator_hides_is_in_nobodys_inbox_and_comes_back(house: House) -> None:
    ann, ben, cy = house.join(), house.join(), house.join()
    house.tell(ann, "comment", ben, "v1", "c1", "You all are ...")
    house.tell(cy, "mention", ben, "v1", "c1", "You all are ...")
    house.tell(ann, "comment", ben, "v1", "c2", "Bravo")

    def withhold(*, hidden: bool) -> None:
        house.database.write(lambda c: house.inbox.notifications.withhold(c, "v1", "c1", hidden=hidden))

    for _ in range(2):
        withhold(hidden=True)
    assert [[one.text for one in house.groups(who)] for who in (ann, cy)] == [["Bravo"], []]
    assert house.unread(cy) == 0
    withhold(hidden=False)
    assert [one.text for one in house.groups(cy)] == ["You all are ..."]
