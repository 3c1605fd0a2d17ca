"""All followers of a person are told, in batches, once."""

from __future__ import annotations

import pytest

from core.jobs import Job
from people.inbox import followers
from people.inbox.notifications import TELL_FOLLOWERS
from tests.people.inbox.conftest import House


def job(house: House, by: str, age_ms: int = 0) -> Job:
    return Job("j", TELL_FOLLOWERS, "r1", {"kind": "live", "by": by, "at": house.time() - age_ms}, 1)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "FOLLOWERS_PER_BATCH", 2)


def test_every_follower_is_told_once_also_when_the_job_runs_again(house: House) -> None:
    host, *fans = (house.join(handle) for handle in ("host", "fan1", "fan2", "fan3", "fan4", "fan5"))
    stranger = house.join()
    for fan in fans:
        house.people.follows.follow(fan.id, "host")
    for _ in range(2):
        house.inbox.followers.tell(job(house, host.id))
    assert [[g.kind for g in house.groups(fan)] for fan in fans] == [["live"]] * 5
    assert house.groups(stranger) == []


def test_old_news_is_not_told(house: House) -> None:
    host, fan = house.join("host"), house.join()
    house.people.follows.follow(fan.id, "host")
    house.inbox.followers.tell(job(house, host.id, age_ms=followers.NEWS_MS_MAX))
    assert house.groups(fan) == []


def test_the_job_is_queued_in_the_transaction(house: House) -> None:
    host = house.join("host")
    house.database.write(lambda c: house.inbox.notifications.tell_followers(c, "live", host.id, "r1"))
    queued = house.database.read(lambda c: house.core.jobs.latest(c, "r1"))
    assert queued is not None
    assert queued.state == "queued"
    assert TELL_FOLLOWERS in house.part.jobs
