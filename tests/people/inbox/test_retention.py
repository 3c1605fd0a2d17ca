"""An inbox does not grow for ever."""

from __future__ import annotations

import pytest

from people.inbox import retention
from people.inbox.notifications import count_of
from tests.people.inbox.conftest import House


def test_what_is_too_old_is_forgotten(house: House) -> None:
    ada, ben = house.join(), house.join()
    house.tell(ada, "like", ben, "v1")
    house.time.leap_ms += retention.NOTIFICATION_AGE_MS_MAX + 1_000
    house.tell(ada, "like", ben, "v2")
    house.inbox.forget_old()
    assert [group.subject and group.subject.id for group in house.groups(ada)] == ["v2"]


def test_of_too_many_the_oldest_are_forgotten(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "NOTIFICATIONS_PER_PERSON_MAX", 3)
    ada, ben = house.join(), house.join()
    for number in range(5):
        house.tell(ada, "like", ben, f"v{number}")
        house.time.leap_ms += 10
    house.tell(ben, "follow", ada)
    house.inbox.forget_old()
    assert [group.subject and group.subject.id for group in house.groups(ada)] == ["v4", "v3", "v2"]
    assert house.database.read(lambda c: count_of(c, ben.id)) == 1
