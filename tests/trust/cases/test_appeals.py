"""Appeals: each is heard, none shields anything, and what a case says is there for whoever hears it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import select

import cadeau.app  # noqa: F401  # so that all tables are there
from core.identity import Identity
from core.tables import metadata
from tests.trust.cases.conftest import Desk
from trust.cases.rules import APPEAL_DAYS, DAY_MS
from trust.cases.tables import decisions
from trust.privacy.retention import Retention

WARN: dict[str, Any] = {"content": "keep", "measure": "warn"}
END: dict[str, Any] = {"content": "keep", "measure": "account", "days": 0}


def state_of(desk: Desk, decision: str) -> str:
    query = select(decisions.c.state).where(decisions.c.id == decision)
    return desk.database.read(lambda c: str(c.execute(query).scalar_one()))


def reported_again(desk: Desk, video: str, times: int = 3) -> None:
    for _ in range(times):
        desk.report(video, desk.house.person())


def third(desk: Desk) -> Identity:
    desk.moderators = 3
    return desk.house.person(moderates=True)


def test_each_of_two_appeals_against_decisions_of_one_case_is_heard_by_somebody_else(desk: Desk) -> None:
    video = desk.reported()
    first = desk.decide(**WARN)
    reported_again(desk, video)
    second = desk.decide(desk.ben)
    desk.appeal(first)
    desk.appeal(second)
    judge = third(desk)
    elsewhere = desk.reported()
    desk.appeal(desk.decide(desk.ben, **WARN))

    def shown(of: str) -> str:
        """What whoever hears the appeal of a case is shown."""
        found = desk.database.read(lambda c: desk.views.case(c, desk.case(of)))
        return found.appealed.id if found.appealed else ""

    assert (shown(video), desk.case(elsewhere).state) == (first, "appealed")
    assert shown(elsewhere) not in (first, second, "")
    desk.judge(judge, reverse=False)
    assert (state_of(desk, first), state_of(desk, second)) == ("upheld", "appealed")
    assert (desk.case(video).state, shown(video)) == ("appealed", second)
    assert desk.claim(desk.ben) is None, "both are against what he decided"
    for _ in range(2):
        desk.judge(judge, reverse=True)
    assert state_of(desk, second) == "reversed"
    assert (desk.case(video).state, shown(video)) == ("decided", "")


def test_an_appeal_takes_no_case_from_the_queue_that_has_been_reported_anew(desk: Desk) -> None:
    video = desk.reported()
    warned = desk.decide(**WARN)
    reported_again(desk, video)
    desk.appeal(warned)
    assert desk.case(video).state == "open"
    desk.decide(desk.ben)
    assert {one.text for one in desk.inbox.notices if one.kind == "report"} == {"upheld"}
    assert len([one for one in desk.inbox.notices if one.kind == "report"]) == 4, "all who reported are answered"
    assert (desk.case(video).state, desk.case(video).decided_by) == ("appealed", desk.ann.id)
    desk.judge(desk.ben, reverse=True)
    assert state_of(desk, warned) == "reversed"
    assert desk.case(video).state == "decided"


def test_an_appeal_drops_no_second_opinion(desk: Desk) -> None:
    video = desk.reported()
    warned = desk.decide(**WARN)
    reported_again(desk, video)
    boss = replace(desk.ann, role="admin")
    assert desk.decide(boss, **END) == ""
    desk.appeal(warned)
    assert desk.case(video).state == "second"
    assert desk.decide(desk.ben, **END) != ""
    assert "account" in desk.identity(desk.troll).barred


def test_what_was_reported_during_an_appeal_opens_the_case_afterwards(desk: Desk) -> None:
    video, other = desk.reported(), desk.reported()
    decided = {}
    for _ in range(2):
        row, token = desk.claimed()
        decided[row.subject] = desk.settle(row, token, **WARN)
    desk.appeal(decided[video])
    desk.appeal(decided[other])
    reported_again(desk, video)
    reported_again(desk, other, 2)
    for _ in range(2):
        desk.judge(desk.ben, reverse=False)
    assert (desk.case(video).state, desk.case(video).reports) == ("open", 3)
    assert desk.case(other).state == "decided", "as after any decision"
    desk.decide()
    assert len([one for one in desk.inbox.notices if one.kind == "report" and one.text == "upheld"]) == 5


def test_what_a_case_says_stays_until_nobody_can_appeal_any_more(desk: Desk) -> None:
    retention = Retention(desk.database, desk.clock, metadata)
    video = desk.house.show(desk.troll)
    desk.house.vod.videos.edit(video, desk.troll, "hateful words", None)
    desk.report(video)
    desk.clock.leap_ms += 100 * DAY_MS
    desk.appeal(desk.decide())
    desk.clock.leap_ms += (APPEAL_DAYS - 1) * DAY_MS
    desk.judge(desk.ben, reverse=False)
    retention.run()
    assert desk.case(video).evidence == "hateful words"
    desk.clock.leap_ms += 2 * DAY_MS
    retention.run()
    assert desk.case(video).evidence == ""
    assert "cases" not in retention.count()
