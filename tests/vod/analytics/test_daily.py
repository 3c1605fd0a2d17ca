"""Daily counts agree with a count by hand, whenever they are made, and outlive the events."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert

from core.database import Database
from core.errors import NotAllowed
from core.identity import Identity
from core.ids import new_id
from people.accounts import Accounts
from people.follows import Follows
from vod.analytics import daily as module
from vod.analytics import viewings
from vod.analytics.daily import Daily
from vod.analytics.report import Reports
from vod.analytics.viewings import DAY_MS, SLOT_MS
from vod.catalogue.visibility import Sight
from vod.errors import VideoNotFound
from vod.tables import feed_events, feed_impressions, video_comments, video_likes, videos

TODAY = 20_000  # days since 1970
NOW = TODAY * DAY_MS + DAY_MS // 2
LENGTHS = {"v1": 10_000, "v2": 7_777, "v3": 60_000}
OWNERS = {"v1": "ada", "v2": "ada", "v3": "eve"}
Rows = list[dict[str, Any]]


@pytest.fixture
def clock() -> list[int]:
    return [NOW]


@pytest.fixture
def people(database: Database, clock: list[int]) -> dict[str, str]:
    """Ids by handle."""
    accounts = Accounts(database, lambda: clock[0])
    handles = ["ada", "eve", *(f"fan{number}" for number in range(6))]
    ids = {handle: accounts.join(handle, "correct horse", date(1990, 1, 1)).id for handle in handles}
    rows = [
        {"id": video, "person": ids[OWNERS[video]], "state": "ready", "created_at": 0, "duration_ms": length}
        for video, length in LENGTHS.items()
    ]
    database.write(lambda c: c.execute(insert(videos), rows))
    return ids


@pytest.fixture
def follows(database: Database, clock: list[int]) -> Follows:
    return Follows(database, Accounts(database, lambda: clock[0]), lambda: clock[0])


@pytest.fixture
def daily(database: Database, follows: Follows, clock: list[int]) -> Daily:
    return Daily(database, lambda: clock[0], follows.made)


@pytest.fixture
def reports(database: Database, clock: list[int]) -> Reports:
    return Reports(database, lambda: clock[0], Sight(lambda _, person: []))


def who(person: str, role: str = "member") -> Identity:
    return Identity(person, "x", "X", role, True)  # type: ignore[arg-type]


def event(
    viewer: str,
    video: str,
    kind: str,
    at: int,
    watched_ms: int = 0,
    impression: str | None = None,
    source: str | None = None,
) -> Any:
    return {
        "id": new_id(), "viewer": viewer, "video": video, "kind": kind, "watched_ms": watched_ms, "at": at,
        "impression": impression, "source": source,
    }  # fmt: skip


def put(database: Database, *events: dict[str, Any]) -> None:
    database.write(lambda c: c.execute(insert(feed_events), list(events)))


def generated(dice: random.Random, viewers: Sequence[str], days: int) -> tuple[Rows, Rows]:
    """Events and impressions of some days, many of them at the edges of days and half hours."""
    impressions: Rows = [
        {
            "id": new_id(), "viewer": viewer, "session": "s", "kind": "video", "subject": video, "position": 0,
            "reason": reason, "at": 0,
        }
        for viewer in viewers
        for video in LENGTHS
        for reason in ("followed", "chronological")
    ]  # fmt: skip
    events = []
    for _ in range(400):
        viewer, video = dice.choice(viewers), dice.choice([*LENGTHS, "gone"])
        edge = (TODAY - dice.randrange(days)) * DAY_MS + dice.randrange(48) * SLOT_MS
        at = min(NOW, edge + dice.choice([-1, 0, 1, dice.randrange(SLOT_MS)]))
        mine = [one["id"] for one in impressions if (one["viewer"], one["subject"]) == (viewer, video)]
        watched = dice.choice([0, dice.randrange(70_000), LENGTHS.get(video, 5)])
        kind = dice.choice(["view", "view", "finish", "skip", "share"])
        source = dice.choice([None, "profile", "search"])
        events.append(event(viewer, video, kind, at, watched, dice.choice([None, *mine]), source))
    return events, impressions


def by_hand(events: Rows, impressions: Rows, first: int) -> dict[str, dict[str, Any]]:
    """What the reports must say of each video, from the day `first` on."""
    reasons = {one["id"]: one["reason"] for one in impressions}
    viewings: dict[tuple[str, str, int], Rows] = defaultdict(list)
    shares: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for one in events:
        if one["at"] >= first * DAY_MS:
            viewings[one["video"], one["viewer"], one["at"] // SLOT_MS].append(one)
            if one["kind"] == "share":
                shares[one["video"]].add((one["viewer"], one["at"] // DAY_MS))
    found: dict[str, dict[str, Any]] = {
        video: {"views": 0, "watch_ms": 0, "once_ms": 0, "shares": len(shares[video]), "reached": [0] * 10,
                "sources": defaultdict(int), "viewers": defaultdict(set)}
        for video in LENGTHS
    }  # fmt: skip
    for (video, viewer, slot), of_one in viewings.items():
        if video not in LENGTHS or not {"view", "finish"} & {one["kind"] for one in of_one}:
            continue
        length, into = LENGTHS[video], found[video]
        watched = max(one["watched_ms"] for one in of_one)
        if any(one["kind"] == "finish" for one in of_one):
            watched = max(watched, length)
        into["views"] += 1
        into["watch_ms"] += watched
        into["once_ms"] += min(watched, length)
        into["reached"] = [n + (watched >= length * (i + 1) / 10) for i, n in enumerate(into["reached"])]
        named = [reasons[one["impression"]] for one in of_one if one["impression"]]
        told = [one["source"] for one in of_one if one["source"]]
        into["sources"][min(named) if named else min(told) if told else "direct"] += 1
        into["viewers"][slot * SLOT_MS // DAY_MS].add(viewer)
    return found


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("days", [7, 28])
def test_the_numbers_agree_with_a_count_by_hand(
    database: Database, people: dict[str, str], daily: Daily, reports: Reports, seed: int, days: Any
) -> None:
    viewers = [*(people[f"fan{number}"] for number in range(6)), "~visitor"]
    events, impressions = generated(random.Random(seed), viewers, 40)

    def write(connection: Connection) -> None:
        connection.execute(insert(feed_impressions), impressions)
        connection.execute(insert(feed_events), events)

    database.write(write)
    daily.run()
    daily.run()  # again: nothing is counted twice
    expected = by_hand(events, impressions, TODAY - days + 1)
    for video, numbers in expected.items():
        report = reports.video(video, who(people[OWNERS[video]]), days)
        assert (report.video.views, report.video.watch_ms, report.video.shares) == (
            numbers["views"], numbers["watch_ms"], numbers["shares"],
        )  # fmt: skip
        views = max(1, numbers["views"])
        assert report.video.average_share == pytest.approx(numbers["once_ms"] / (views * LENGTHS[video]), abs=1e-4)
        if numbers["views"]:
            assert report.retention == pytest.approx([1.0, *(n / views for n in numbers["reached"])], abs=1e-4)
        assert {one.source: one.views for one in report.sources} == numbers["sources"]
        assert [day.viewers for day in report.days] == [
            len(numbers["viewers"][day]) for day in range(TODAY - days + 1, TODAY + 1)
        ]
        assert sum(day.views for day in report.days) == numbers["views"]
    total = reports.creator(people["ada"], days)
    mine = [numbers for video, numbers in expected.items() if OWNERS[video] == "ada"]
    assert total.total.views == sum(numbers["views"] for numbers in mine)
    assert total.total.watch_ms == sum(numbers["watch_ms"] for numbers in mine)
    assert {one.id for one in total.videos} <= {"v1", "v2"}


def test_a_day_ends_at_midnight_utc(database: Database, people: dict[str, str], daily: Daily, reports: Reports) -> None:
    midnight = TODAY * DAY_MS
    put(database, event("~a", "v1", "view", midnight - 1), event("~a", "v1", "view", midnight))
    daily.run()
    days = reports.video("v1", who(people["ada"]), 7).days
    assert [day.views for day in days] == [0, 0, 0, 0, 0, 1, 1]
    assert days[-1].day == "2024-10-04"


def test_what_is_counted_outlives_its_events(
    database: Database, people: dict[str, str], daily: Daily, reports: Reports, clock: list[int]
) -> None:
    put(database, event("~a", "v1", "view", NOW))
    daily.run()
    clock[0] += 3 * DAY_MS
    daily.run()
    database.write(lambda c: c.execute(delete(feed_events)))
    clock[0] += DAY_MS
    daily.run()
    assert reports.creator(people["ada"], 7).total.views == 1
    clock[0] += 90 * DAY_MS
    daily.run()
    assert reports.creator(people["ada"], 90).total.views == 0


def test_days_without_a_run_are_made_up_for(
    database: Database, people: dict[str, str], daily: Daily, reports: Reports, clock: list[int]
) -> None:
    daily.run()
    put(database, *(event("~a", "v1", "view", NOW + day * DAY_MS) for day in range(5)))
    clock[0] += 5 * DAY_MS
    daily.run()
    assert reports.creator(people["ada"], 7).total.views == 5


def test_likes_and_comments_count_unless_they_are_taken_back(
    database: Database, people: dict[str, str], daily: Daily, reports: Reports
) -> None:
    def write(connection: Connection) -> None:
        likes = [{"video": "v1", "person": people[f"fan{number}"], "at": NOW} for number in range(3)]
        connection.execute(insert(video_likes), likes)
        comment = {"id": new_id(), "video": "v2", "person": people["fan0"], "text": "Encore!", "at": NOW}
        connection.execute(insert(video_comments), comment)

    database.write(write)
    daily.run()
    total = reports.creator(people["ada"], 7).total
    assert (total.likes, total.comments) == (3, 1)
    database.write(lambda c: c.execute(delete(video_likes)))
    daily.run()
    assert reports.creator(people["ada"], 7).total.likes == 0


def test_a_follower_is_won_by_the_creators_video_that_they_saw_last(
    database: Database,
    people: dict[str, str],
    follows: Follows,
    daily: Daily,
    reports: Reports,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FOLLOWS_IN_READ_MAX", 2)  # so that they are read in several parts
    fans = [people[f"fan{number}"] for number in range(5)]
    put(database, *(event(fan, "v1", "view", NOW - 3_000) for fan in fans))
    put(database, *(event(fan, "v2", "finish", NOW - 2_000) for fan in fans[:2]))
    put(database, *(event(fan, "v3", "view", NOW - 1_000) for fan in fans))  # somebody else's
    put(database, event(people["fan5"], "v1", "view", NOW - DAY_MS))  # too long ago
    for fan in (*fans, people["fan5"]):
        follows.follow(fan, "ada")
    daily.run()
    daily.run()
    won = {video: reports.video(video, who(people["eve"], "admin"), 7).video.followers for video in LENGTHS}
    assert won == {"v1": 3, "v2": 2, "v3": 0}
    assert reports.creator(people["ada"], 7).total.followers == 5


def test_only_the_creator_and_admins_see_them(people: dict[str, str], reports: Reports) -> None:
    assert reports.video("v1", who(people["ada"]), 7).retention == []
    assert reports.video("v1", who(people["eve"], "admin"), 7)
    for stranger in (who(people["eve"]), who(people["eve"], "moderator")):
        with pytest.raises(NotAllowed):
            reports.video("v1", stranger, 7)
    with pytest.raises(VideoNotFound):
        reports.video("gone", who(people["ada"]), 7)
    assert reports.creator(people["fan0"], 28).videos == []


def test_a_video_that_is_deleted_takes_its_counts_along(
    database: Database, people: dict[str, str], daily: Daily, reports: Reports
) -> None:
    put(database, event("~a", "v1", "view", NOW), event("~a", "v2", "view", NOW))
    daily.run()
    database.write(lambda c: c.execute(delete(videos).where(videos.c.id == "v1")))
    daily.run()
    assert reports.creator(people["ada"], 7).total.views == 1


def test_old_counts_are_forgotten(
    database: Database, people: dict[str, str], daily: Daily, reports: Reports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "DAYS_KEPT", 2)
    put(database, event("~a", "v1", "view", NOW - 4 * DAY_MS), event("~a", "v1", "view", NOW))
    daily.run()
    assert reports.creator(people["ada"], 7).total.views == 1


def test_a_video_that_is_first_seen_while_a_day_is_counted_is_no_fault(
    database: Database, people: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL shows every statement of a transaction what is committed meanwhile."""
    watched = viewings._watched
    put(database, event(people["fan0"], "v1", "view", NOW - 5, 500))
    monkeypatch.setattr(viewings, "_watched", lambda subquery: watched(subquery).where(videos.c.id == "not yet"))
    counts = database.read(lambda c: viewings.count_day(c, TODAY))
    assert counts["v1"].sources == {viewings.DIRECT: 1}
